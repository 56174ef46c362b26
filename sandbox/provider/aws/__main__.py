"""The executable `pulumi-resource-aws`: `python -m sandbox.provider.aws ENGINE_ADDRESS`."""

import sys

from sandbox.provider.aws import (
    addresses,
    cloudwatch,
    endpoints,
    flow_logs,
    iam,
    index,
    kms,
    lb,
    logs,
    network_interfaces,
    routes,
    security_groups,
    vpc,
)
from sandbox.provider.server import Provider, serve

VERSION = "7.51.1"
"""The version of pulumi-aws whose behaviour these types follow."""

MODULES = (
    addresses,
    cloudwatch,
    endpoints,
    flow_logs,
    iam,
    index,
    kms,
    lb,
    logs,
    network_interfaces,
    routes,
    security_groups,
    vpc,
)


def provider() -> Provider:
    """The AWS provider with every type and function the sandbox translates."""
    return Provider("aws", (t for m in MODULES for t in m.TYPES), (f for m in MODULES for f in m.FUNCTIONS))


if __name__ == "__main__":
    serve(provider(), VERSION, sys.argv[1:])
