"""The processor of an instance type, from its name."""

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPES

from components.amazon_linux import Architecture
from components.instance_types import architecture_of, check_instance_type

OUT_OF_SCOPE = {
    "mac1",
    "mac2",
    "mac2-m2",
    "mac2-m2pro",
    "mac2-m1ultra",
    "mac-m4",
    "mac-m4pro",
    "mac-m4max",
    "mac-m3ultra",
}


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        ("t4g.nano", "arm64"),
        ("m7g.large", "arm64"),
        ("c7gn.16xlarge", "arm64"),
        ("r8gd.metal-24xl", "arm64"),
        ("x2gd.medium", "arm64"),
        ("im4gn.large", "arm64"),
        ("is4gen.medium", "arm64"),
        ("i8ge.large", "arm64"),
        ("hpc7g.4xlarge", "arm64"),
        ("g5g.xlarge", "arm64"),
        ("a1.medium", "arm64"),
        ("p6e-gb200.36xlarge", "arm64"),
        ("t3.small", "x86_64"),
        ("t3a.small", "x86_64"),
        ("m7i-flex.large", "x86_64"),
        ("g4dn.xlarge", "x86_64"),
        ("g5.xlarge", "x86_64"),
        ("gr6.4xlarge", "x86_64"),
        ("u-12tb1.112xlarge", "x86_64"),
    ],
)
def test_the_letter_g_after_the_generation_means_graviton(instance_type: str, architecture: str) -> None:
    assert architecture_of(instance_type) == architecture


def test_the_rule_agrees_with_what_aws_publishes_for_every_type() -> None:
    wrong = {
        name: architecture_of(name).value
        for name, facts in INSTANCE_TYPES.items()
        if name.partition(".")[0] not in OUT_OF_SCOPE
        and architecture_of(name).value not in facts["ProcessorInfo"]["SupportedArchitectures"]
    }
    assert wrong == {}
    assert len(INSTANCE_TYPES) > 800


@pytest.mark.parametrize(
    "text", ["", "t4g", "t4g.", "T4G.small", "4g.small", "t4g small", "mac2.metal", "mac-m4.metal"]
)
def test_what_is_no_linux_instance_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"want an EC2 instance type for Linux such as t4g\.small, got "):
        architecture_of(text)


def test_a_mismatch_names_field_both_architectures_and_the_way_out() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is the assertion
        check_instance_type("instance_type", "t3.small", Architecture.ARM64)
    assert str(refused.value) == (
        "instance_type: t3.small is x86_64 and the image is arm64; take another type (arm64: t4g, m7g, c7g; x86_64: "
        "t3, m7i, c7i) or set architecture: x86_64"
    )
    check_instance_type("instance_type", "t3.small", Architecture.X86_64)


def test_a_wrong_type_names_the_field() -> None:
    with pytest.raises(ValueError, match=r"^web\.instance_type: want an EC2 instance type"):
        check_instance_type("web.instance_type", "large", Architecture.ARM64)
