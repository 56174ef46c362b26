"""The image of an Amazon Linux release is looked up so that nobody else's image and no newer one can be found."""

from typing import Any

import grpc
import pytest
from pulumi import InvokeOptions, RunError

from components.amazon_linux import Architecture, check_release, image_id

RELEASE = "2023.12.20260930.0"


@pytest.mark.parametrize("architecture", Architecture)
def test_the_image_is_found_by_exact_name_and_amazon_as_owner(engine: Any, architecture: Architecture) -> None:
    asked: list[dict[str, Any]] = []

    def answer(args: dict[str, Any]) -> dict[str, Any]:
        asked.append(args)
        return {"id": "ami-1"}

    engine.answers["aws:ec2/getAmi:getAmi"] = answer
    found: list[str] = []

    engine.deploy(lambda: found.append(image_id(RELEASE, architecture, InvokeOptions())))

    assert found == ["ami-1"]
    assert asked == [
        {
            "owners": ["amazon"],
            "includeDeprecated": True,  # a pinned release is deprecated some day and must still be found
            "filters": [{"name": "name", "values": [f"al2023-ami-{RELEASE}-kernel-6.1-{architecture}"]}],
        }
    ]


@pytest.mark.parametrize("release", ["latest", "2023", "2023.12.20260930", "2022.0.20260930.0", "2023.12.20260930.0 "])
def test_what_is_not_a_release_is_refused_with_the_form_and_the_command_that_shows_the_newest(release: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole text is asserted
        check_release("image_release", release)
    assert str(refusal.value) == (
        f"image_release: want an Amazon Linux 2023 release such as 2023.12.20260930.0, got {release!r}; "
        "`make image` shows the newest one"
    )


class Refusal(grpc.RpcError):  # type: ignore[misc]  # grpc has no types
    """A provider's error as it reaches the program."""

    def __init__(self, message: str) -> None:
        self.message = message

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self.message


def refusing(message: str) -> Any:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        raise Refusal(message)

    return answer


def test_a_release_that_the_region_does_not_have_is_named_without_a_traceback(engine: Any) -> None:
    engine.answers["aws:ec2/getAmi:getAmi"] = refusing(
        "invocation of aws:ec2/getAmi:getAmi returned an error: Your query returned no results. "
        "Please change your search criteria and try again."
    )
    with pytest.raises(RunError) as refusal:
        engine.deploy(lambda: image_id(RELEASE, Architecture.X86_64, InvokeOptions()))
    assert str(refusal.value) == (
        f"image_release: Amazon has no image al2023-ami-{RELEASE}-kernel-6.1-x86_64 in this region; "
        "`make image` shows the newest release"
    )


def test_any_other_failure_of_the_lookup_is_not_mistaken_for_that(engine: Any) -> None:
    engine.answers["aws:ec2/getAmi:getAmi"] = refusing("UnauthorizedOperation: not allowed to describe images")
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        engine.deploy(lambda: image_id(RELEASE, Architecture.X86_64, InvokeOptions()))


def test_a_release_is_checked_before_anything_is_looked_up(engine: Any) -> None:
    engine.answers.clear()
    with pytest.raises(ValueError, match="want an Amazon Linux 2023 release"):
        engine.deploy(lambda: image_id("latest", Architecture.ARM64, InvokeOptions()))
