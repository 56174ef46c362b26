"""Amazon Linux 2023 by release: the same operating system in every region, raised on purpose and never by itself."""

import re
from enum import StrEnum

import pulumi_aws as aws
from pulumi import InvokeOptions, RunError

_RELEASE = re.compile(r"2023\.\d+\.\d{8}\.\d+")


class Architecture(StrEnum):
    """The processor an image and an instance type are made for."""

    ARM64 = "arm64"
    """AWS Graviton."""
    X86_64 = "x86_64"
    """Intel and AMD."""


def check_release(field: str, release: str) -> None:
    """Raise ValueError unless `release` has the form of an Amazon Linux 2023 release; `field` names it in the error."""
    if not _RELEASE.fullmatch(release):
        raise ValueError(
            f"{field}: want an Amazon Linux 2023 release such as 2023.12.20260930.0, got {release!r}; "
            "`make image` shows the newest one"
        )


def image_id(release: str, architecture: Architecture, opts: InvokeOptions) -> str:
    """The id that the image of `release` has in the provider's region.

    An exact name and Amazon as the owner, so the answer does not change while the release is not raised. Deprecated
    images count too: Amazon deprecates its older ones, which then vanish from searches though they stay usable (Amazon
    EC2 User Guide, "Deprecate an Amazon EC2 AMI"), and a pinned stack must not stop deploying on that day.

    Raises ValueError where `release` has the wrong form, RunError where the region has no such image.
    """
    check_release("image_release", release)
    name = f"al2023-ami-{release}-kernel-6.1-{architecture}"
    try:
        return aws.ec2.get_ami(
            owners=["amazon"],
            include_deprecated=True,
            filters=[aws.ec2.GetAmiFilterArgs(name="name", values=[name])],
            opts=opts,
        ).id
    except Exception as error:
        if "returned no results" not in str(error):
            raise
        raise RunError(
            f"image_release: Amazon has no image {name} in this region; `make image` shows the newest release"
        ) from None
