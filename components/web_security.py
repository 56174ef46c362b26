"""Who may speak to whom in a web tier: guests to the balancer, the balancer to the instances, those to HTTPS anywhere."""

from collections.abc import Callable, Mapping

import pulumi_aws as aws
from pulumi import Input, Resource

from .scope import Scope
from .web_tier_args import HTTP, HTTPS, WebTierArgs

_ANYWHERE = {"ipv4": {"cidr_ipv4": "0.0.0.0/0"}, "ipv6": {"cidr_ipv6": "::/0"}}


def security_groups(
    scope: Scope, args: WebTierArgs
) -> tuple[aws.ec2.SecurityGroup, aws.ec2.SecurityGroup, list[Resource]]:
    """The balancer's group, the instances' group, and their rules."""
    balancer = _group(scope, args, "balancer", "Load balancer: web from anywhere, on to the instances")
    instance = _group(scope, args, "instance", "Instances: from the load balancer only")
    families = ["ipv4", "ipv6"] if args.dual_stack else ["ipv4"]
    web_ports = [HTTP] if args.allow_plain_http else [HTTP, HTTPS]  # beside HTTPS, plain HTTP is redirected
    ingress, egress = aws.vpc.SecurityGroupIngressRule, aws.vpc.SecurityGroupEgressRule

    rules = [
        _rule(scope, ingress, f"balancer-from-{family}-{port}", balancer, port, "Guests", _ANYWHERE[family])
        for port in web_ports
        for family in families
    ]
    purpose = "Requests and health checks"
    to_instance, from_balancer = (
        {"referenced_security_group_id": instance.id},
        {"referenced_security_group_id": balancer.id},
    )
    rules += [
        _rule(scope, egress, "balancer-to-instance", balancer, args.port, purpose, to_instance),
        _rule(scope, ingress, "instance-from-balancer", instance, args.port, purpose, from_balancer),
    ]
    # To anywhere, because packages (S3), Session Manager and the other APIs of AWS have no addresses that stay.
    rules += [
        _rule(
            scope, egress, f"instance-to-{family}", instance, HTTPS, "Packages and the APIs of AWS", _ANYWHERE[family]
        )
        for family in families
    ]
    return balancer, instance, rules


def _group(scope: Scope, args: WebTierArgs, suffix: str, description: str) -> aws.ec2.SecurityGroup:
    name = f"{scope.name}-{suffix}"
    return aws.ec2.SecurityGroup(
        name, vpc_id=args.vpc_id, description=description, tags=scope.tagged(name), opts=scope.lasting()
    )


def _rule(
    scope: Scope,
    direction: Callable[..., Resource],
    suffix: str,
    group: aws.ec2.SecurityGroup,
    port: int,
    description: str,
    peer: Mapping[str, Input[str]],
) -> Resource:
    """Open one TCP port of `group` for `peer`, an address block or another group."""
    name = f"{scope.name}-{suffix}"
    return direction(
        name,
        security_group_id=group.id,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        **peer,
        tags=scope.tagged(name),
        opts=scope.replaceable(),
    )
