"""What an account holds before any deployment."""

from collections.abc import Iterable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID


def hosted_zones(names: Iterable[str]) -> None:
    """Create a public hosted zone for each of `names`, as somebody who owns the domains has."""
    from moto.route53.models import route53_backends  # noqa: PLC0415

    backend: Any = route53_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for name in names:
        backend.create_hosted_zone(f"{name.rstrip('.')}.", private_zone=False, comment="seeded by the sandbox")
