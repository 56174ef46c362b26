"""Which processor an EC2 instance type has, from its name alone, so that a mismatch is found before anything is made."""

import re

from .amazon_linux import Architecture

_TYPE = re.compile(r"(?P<family>[a-z][a-z0-9-]*)\.[a-z0-9-]+")
_GRAVITON = re.compile(r"[a-z]+\d+[a-z]*g[a-z]*")
_ARM_WITHOUT_THE_LETTER = {"a1", "p6e-gb200"}


def architecture_of(instance_type: str) -> Architecture:
    """The architecture of an instance type such as `t4g.small`.

    A `g` after the generation's digits means an AWS Graviton processor (Amazon EC2 Instance Types guide, "Naming
    conventions"); the first Graviton family `a1` and the NVIDIA Grace family came before or beside that rule.
    Raises ValueError for what is no instance type, and for Mac hosts, which cannot be in an Auto Scaling group of
    Linux instances.
    """
    match = _TYPE.fullmatch(instance_type)
    if not match or match["family"].startswith("mac"):
        raise ValueError(f"want an EC2 instance type for Linux such as t4g.small, got {instance_type!r}")
    family = match["family"]
    arm = family in _ARM_WITHOUT_THE_LETTER or _GRAVITON.fullmatch(family)
    return Architecture.ARM64 if arm else Architecture.X86_64


def check_instance_type(field: str, instance_type: str, architecture: Architecture) -> None:
    """Raise ValueError unless an image of `architecture` boots on `instance_type`; `field` names it in the error."""
    try:
        found = architecture_of(instance_type)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None
    if found is not architecture:
        raise ValueError(
            f"{field}: {instance_type} is {found.value} and the image is {architecture.value}; "
            f"take another type (arm64: t4g, m7g, c7g; x86_64: t3, m7i, c7i) or set architecture: {found.value}"
        )
