"""The executable `pulumi-resource-aws`: `python -m sandbox.provider.aws ENGINE_ADDRESS`."""

import sys

from sandbox.provider.aws import (
    acm,
    addresses,
    autoscaling,
    cloudwatch,
    endpoints,
    flow_logs,
    iam,
    images,
    index,
    kms,
    launch_templates,
    lb,
    logs,
    network_acls,
    network_interfaces,
    route53,
    routes,
    s3,
    s3_lifecycle,
    s3_objects,
    security_groups,
    vpc,
)
from sandbox.provider.server import Provider, serve

VERSION = "7.51.1"
"""The version of pulumi-aws whose behaviour these types follow."""

MODULES = (
    acm,
    addresses,
    autoscaling,
    cloudwatch,
    endpoints,
    flow_logs,
    iam,
    images,
    index,
    kms,
    launch_templates,
    lb,
    logs,
    network_acls,
    network_interfaces,
    route53,
    routes,
    s3,
    s3_lifecycle,
    s3_objects,
    security_groups,
    vpc,
)


def provider() -> Provider:
    """The AWS provider with every type and function the sandbox translates."""
    return Provider("aws", (t for m in MODULES for t in m.TYPES), (f for m in MODULES for f in m.FUNCTIONS))


if __name__ == "__main__":
    serve(provider(), VERSION, sys.argv[1:])
