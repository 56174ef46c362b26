"""The executable `pulumi-resource-aws`: `python -m sandbox.provider.aws ENGINE_ADDRESS`."""

import sys

from sandbox.provider.aws import (
    acm,
    addresses,
    autoscaling,
    cloudwatch,
    endpoints,
    events,
    flow_logs,
    iam,
    images,
    index,
    instances,
    key_pairs,
    kms,
    lambda_,
    launch_templates,
    lb,
    logs,
    network_acls,
    network_interfaces,
    rds,
    route53,
    routes,
    s3,
    s3_lifecycle,
    s3_objects,
    secretsmanager,
    security_groups,
    sns,
    sqs,
    ssm,
    volumes,
    vpc,
    wafv2,
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
    events,
    flow_logs,
    iam,
    images,
    index,
    instances,
    key_pairs,
    kms,
    lambda_,
    launch_templates,
    lb,
    logs,
    network_acls,
    network_interfaces,
    rds,
    route53,
    routes,
    s3,
    s3_lifecycle,
    s3_objects,
    secretsmanager,
    security_groups,
    sns,
    sqs,
    ssm,
    volumes,
    vpc,
    wafv2,
)


def provider() -> Provider:
    """The AWS provider with every type and function the sandbox translates."""
    return Provider("aws", (t for m in MODULES for t in m.TYPES), (f for m in MODULES for f in m.FUNCTIONS))


if __name__ == "__main__":
    serve(provider(), VERSION, sys.argv[1:])
