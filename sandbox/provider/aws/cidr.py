"""IP networks as the AWS API writes them."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.provider.schema import UNKNOWN


def broken(name: str, value: Any, version: int, shortest: int = 0, longest: int = 128) -> Iterator[tuple[str, str]]:
    """(name, reason) when `value` is no network of IP `version` in canonical form with a mask of that length.

    Silent for what is unset and for what a preview does not know.
    """
    if not value or value is UNKNOWN:
        return
    address, _, mask = value.partition("/")
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        network = None
    if network is None or network.version != version or not mask.isdigit():
        yield name, f"{value!r} is not a valid IPv{version} CIDR block"
    elif network.network_address != ipaddress.ip_address(address):
        yield name, f"{value!r} is not a valid CIDR block; did you mean {str(network)!r}?"
    elif not shortest <= network.prefixlen <= longest:
        yield name, f"{value!r} must have a mask of /{shortest} to /{longest}"


def same(one: Any, other: Any) -> bool:
    """Whether two spellings mean the same network (IPv6 has several)."""
    try:
        return ipaddress.ip_network(one) == ipaddress.ip_network(other)
    except ValueError:
        return bool(one == other)
