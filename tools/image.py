"""The Amazon Linux release that each stack pins: how old it is, which is the newest, and raising it on purpose."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from components.amazon_linux import Architecture
from tools.steps import Failure

_PIN = re.compile(
    r"""^(?P<before>[ \t]+['"]?hotelaria:image_release['"]?:[ \t]*)(?P<quote>['"]?)(?P<release>[\w.-]+)(?P=quote)""",
    re.MULTILINE,
)
_NAME = re.compile(r"al2023-ami-(2023\.\d+\.\d{8}\.\d+)-kernel-6\.1-(\w+)")


def pinned(text: str, name: str) -> str:
    """The release that the stack file `name` pins, e.g. "2023.12.20260930.0"."""
    return _pin(text, name)["release"]


def raised(text: str, name: str, release: str) -> str:
    """The text of the stack file `name` with its release replaced, and not a byte beside it."""
    pin = _pin(text, name)
    return text[: pin.start("release")] + release + text[pin.end("release") :]


def _pin(text: str, name: str) -> "re.Match[str]":
    pins = list(_PIN.finditer(text))
    if len(pins) != 1:
        raise Failure(
            f"{name} has {len(pins) or 'no'} image releases, and wants one, under `config:`, such as\n"
            "  hotelaria:image_release: 2023.12.20260930.0"
        )
    return pins[0]


def released(release: str) -> date:
    """The day of a release, which is a part of it. Raises Failure for anything but an Amazon Linux 2023 release."""
    found = re.fullmatch(r"2023\.\d+\.(\d{4})(\d{2})(\d{2})\.\d+", release)
    try:
        return date(*map(int, found.groups() if found else ()))
    except (TypeError, ValueError):
        raise Failure(f"{release} is no Amazon Linux 2023 release; one looks like 2023.12.20260930.0") from None


def order(release: str) -> tuple[int, ...]:
    """A key that sorts releases from oldest to newest."""
    return tuple(int(part) for part in release.split("."))


def available(ec2: Any) -> list[str]:
    """The releases that Amazon offers for every architecture in the region of the client `ec2`, newest first."""
    pages = ec2.get_paginator("describe_images").paginate(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*-kernel-6.1-*"]}]
    )
    return complete(image["Name"] for page in pages for image in page["Images"])


def complete(names: Iterable[str]) -> list[str]:
    """From names of images, the releases that have one for every architecture, newest first."""
    found: dict[str, set[str]] = {}
    for name in names:
        if match := _NAME.fullmatch(name):
            found.setdefault(match[1], set()).add(match[2])
    every = {architecture.value for architecture in Architecture}
    return sorted((release for release, has in found.items() if every <= has), key=order, reverse=True)


def choose(wanted: str, offered: list[str]) -> str:
    """The release that a person asked for: one of those offered, or "newest". Raises Failure for any other."""
    if not offered:
        raise Failure("The region offers no Amazon Linux 2023 release for both architectures.")
    if wanted == "newest":
        return offered[0]
    if wanted not in offered:
        raise Failure(f"Release {wanted} is not offered for both architectures. Newest are: {', '.join(offered[:5])}.")
    return wanted


def report(pins: Mapping[str, str], offered: list[str], today: date) -> list[str]:
    """A line for each stack: its release, how old that is, and whether there is a newer one."""
    lines = []
    for stack, release in pins.items():
        newer = [other for other in offered[:1] if order(other) > order(release)]
        note = f"newest is {newer[0]}, {age(newer[0], today)}" if newer else "none newer is offered"
        lines.append(f"{stack:6} {release}, {age(release, today)}; {note}")
    return lines


def age(release: str, today: date) -> str:
    """How old a release is, in words."""
    days = (today - released(release)).days
    return f"{days} day old" if days == 1 else f"{days} days old"
