"""The two rules that arguments share, worded once: a range, and a name that can be part of a resource's name."""

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")


def between(field: str, value: float, low: float, high: float, way_out: str) -> None:
    """Raise ValueError unless `low <= value <= high`; `field` and `way_out` go into the message."""
    if not low <= value <= high:
        raise ValueError(f"{field}: want {low} to {high}, got {value}; {way_out}")


def plain_name(field: str, name: str) -> None:
    """Raise ValueError unless `name` has letters, digits and single hyphens only.

    That is what every AWS name takes; a load balancer's takes no more (Elastic Load Balancing API reference,
    CreateLoadBalancer: alphanumeric characters and hyphens, no hyphen at either end).
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{field}: want letters, digits and single hyphens, beginning with a letter, got {name!r}")
