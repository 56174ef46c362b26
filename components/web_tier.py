"""WebTier: a load balancer that sends every request to a healthy instance, and a group that keeps enough of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pulumi_aws as aws
from pulumi import ComponentResource, Output, Resource, ResourceOptions, RunError

from .certificates import issued_certificate
from .checks import plain_name
from .firewall import firewall
from .log_bucket import ACCESS_LOGS, CONNECTION_LOGS, LogBucket, log_bucket
from .naming import LOAD_BALANCER_LIMIT, short_name
from .scaling import Sizes, sizes_in_force
from .scope import Scope
from .web_alarms import watch
from .web_instances import image, instance_role, launch_template
from .web_security import security_groups
from .web_tier_args import HTTP, HTTPS, MIN_HEALTHY_PERCENTAGE, MixedInstances, WebTierArgs

_DAY_SECONDS = 24 * 60 * 60
_FIRST_CAPACITY_TIMEOUT = "15m"
_GROUP_METRICS = [
    aws.autoscaling.Metric.GROUP_MIN_SIZE,
    aws.autoscaling.Metric.GROUP_MAX_SIZE,
    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    aws.autoscaling.Metric.GROUP_PENDING_INSTANCES,
    aws.autoscaling.Metric.GROUP_STANDBY_INSTANCES,
    aws.autoscaling.Metric.GROUP_TERMINATING_INSTANCES,
    aws.autoscaling.Metric.GROUP_TOTAL_INSTANCES,
]


class WebTier(ComponentResource):
    """HTTPS in, healthy instances behind it, as many as the demand needs."""

    url: Output[str]
    """Where the tier answers."""
    load_balancer_dns_name: Output[str]
    """The balancer's own name, for records that are not this component's."""
    security_group_id: Output[str]
    """Worn by the instances."""
    autoscaling_group_name: Output[str]
    """Name of the group of instances."""
    role_name: Output[str]
    """Name of the instances' role, for policies that need to know it."""
    log_bucket_name: Output[str]
    """Bucket of the access and connection logs."""

    def __init__(self, name: str, args: WebTierArgs, opts: ResourceOptions | None = None) -> None:
        plain_name("name", name)
        super().__init__("hotelaria:index:WebTier", name, {}, opts)
        scope = Scope(parent=self, name=name, tags=args.tags)
        image_id = image(scope, args)  # lookups first: nothing is made for an image or a zone that is not there
        zone_id = _zone_id(scope, args.hosted_zone) if args.hosted_zone else None

        logs = log_bucket(
            scope, retention_days=args.log_retention_days, force_destroy=args.force_destroy, protect=args.protect
        )
        guests_group, instances_group, rules = security_groups(scope, args)
        balancer = _balancer(scope, args, guests_group, logs)
        targets = _targets(scope, args)
        listeners = _listeners(scope, args, balancer, targets, zone_id)
        walls = [firewall(scope, args.waf, balancer_arn=balancer.arn)] if args.waf else []

        role, role_policies = instance_role(scope, args)
        template = launch_template(scope, args, image_id, role, instances_group)
        # What an instance finds when it starts: its way in and out, its permissions, and a listener in front of its
        # target group, without which the balancer checks no health. Its way out of the VPC comes with the subnet.
        ready = [*rules, *role_policies, *listeners, *walls]
        group = _group(scope, args, template, targets, ready)
        _scaling(scope, args, group, balancer, targets)
        watch(
            scope,
            args.alarms,
            balancer=balancer.arn_suffix,
            targets=targets.arn_suffix,
            actions=args.alarm_actions,
        )

        self.url = _url(args, balancer)
        self.load_balancer_dns_name = balancer.dns_name
        self.security_group_id = instances_group.id
        self.autoscaling_group_name = group.name
        self.role_name = role.name
        self.log_bucket_name = logs.name
        self.register_outputs(
            {
                "url": self.url,
                "load_balancer_dns_name": self.load_balancer_dns_name,
                "security_group_id": self.security_group_id,
                "autoscaling_group_name": self.autoscaling_group_name,
                "role_name": self.role_name,
                "log_bucket_name": self.log_bucket_name,
            }
        )


def _balancer(
    scope: Scope, args: WebTierArgs, security_group: aws.ec2.SecurityGroup, logs: LogBucket
) -> aws.lb.LoadBalancer:
    name = short_name(scope.name, "balancer", LOAD_BALANCER_LIMIT)
    return aws.lb.LoadBalancer(
        name,
        load_balancer_type="application",
        internal=False,
        ip_address_type="dualstack" if args.dual_stack else "ipv4",
        subnets=args.public_subnet_ids,
        security_groups=[security_group.id],
        enable_deletion_protection=args.deletion_protection,
        drop_invalid_header_fields=True,
        desync_mitigation_mode=args.desync_mitigation.value,
        access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.name, prefix=ACCESS_LOGS, enabled=True),
        connection_logs=aws.lb.LoadBalancerConnectionLogsArgs(bucket=logs.name, prefix=CONNECTION_LOGS, enabled=True),
        tags=scope.tagged(name),
        # The policy: AWS tries to write before it turns logs on.
        opts=ResourceOptions(parent=scope.parent, depends_on=[logs.ready]),
    )


def _targets(scope: Scope, args: WebTierArgs) -> aws.lb.TargetGroup:
    """The instances as the balancer sees them.

    Without a fixed name, so that a replacement can stand beside the old one while the listener still uses that.
    """
    name = short_name(scope.name, "targets", LOAD_BALANCER_LIMIT)
    check = args.health_check
    return aws.lb.TargetGroup(
        name,
        vpc_id=args.vpc_id,
        target_type="instance",
        protocol="HTTP",
        port=args.port,
        deregistration_delay=args.deregistration_delay_seconds,
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            protocol="HTTP",
            path=check.path,
            matcher="200",
            interval=check.interval_seconds,
            timeout=check.timeout_seconds,
            healthy_threshold=check.healthy_threshold,
            unhealthy_threshold=check.unhealthy_threshold,
        ),
        tags=scope.tagged(name),
        opts=scope.replaceable(),
    )


def _listeners(
    scope: Scope,
    args: WebTierArgs,
    balancer: aws.lb.LoadBalancer,
    targets: aws.lb.TargetGroup,
    zone_id: str | None,
) -> list[Resource]:
    """What makes the balancer answer; also the names that lead to it."""
    forward = [aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)]
    http_name, https_name = f"{scope.name}-http", f"{scope.name}-https"
    if args.allow_plain_http:
        return [
            aws.lb.Listener(
                http_name,
                load_balancer_arn=balancer.arn,
                port=HTTP,
                protocol="HTTP",
                default_actions=forward,
                tags=scope.tagged(http_name),
                opts=scope.replaceable(),
            )
        ]

    certificate_arn = args.certificate_arn
    if args.domain and zone_id:
        certificate_arn = issued_certificate(scope, domain=args.domain, zone_id=zone_id)
        _names(scope, args, args.domain, zone_id, balancer)
    https = aws.lb.Listener(
        https_name,
        load_balancer_arn=balancer.arn,
        port=HTTPS,
        protocol="HTTPS",
        ssl_policy=args.tls_policy,
        certificate_arn=certificate_arn,
        default_actions=forward,
        tags=scope.tagged(https_name),
        opts=scope.replaceable(),
    )
    redirect = aws.lb.Listener(
        http_name,
        load_balancer_arn=balancer.arn,
        port=HTTP,
        protocol="HTTP",
        default_actions=[
            aws.lb.ListenerDefaultActionArgs(
                type="redirect",
                redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                    protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
                ),
            )
        ],
        tags=scope.tagged(http_name),
        opts=scope.replaceable(),
    )
    return [https, redirect]


def _names(scope: Scope, args: WebTierArgs, domain: str, zone_id: str, balancer: aws.lb.LoadBalancer) -> None:
    for record_type in ["A", "AAAA"] if args.dual_stack else ["A"]:
        aws.route53.Record(
            f"{scope.name}-{record_type.lower()}",
            zone_id=zone_id,
            name=domain,
            type=record_type,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                )
            ],
            opts=scope.replaceable(),
        )


def _url(args: WebTierArgs, balancer: aws.lb.LoadBalancer) -> Output[str]:
    if args.domain:
        return Output.from_input(f"https://{args.domain}")
    return Output.concat("http://" if args.allow_plain_http else "https://", balancer.dns_name)


def _group(
    scope: Scope,
    args: WebTierArgs,
    template: aws.ec2.LaunchTemplate,
    targets: aws.lb.TargetGroup,
    ready: Sequence[Resource],
) -> aws.autoscaling.Group:
    name = f"{scope.name}-group"
    base = Sizes(args.min_size, args.max_size)
    sizes = sizes_in_force(base, args.scheduled_actions, _now())
    version = template.latest_version.apply(str)
    mixed = args.mixed_instances
    return aws.autoscaling.Group(
        name,
        vpc_zone_identifiers=args.private_subnet_ids,
        target_group_arns=[targets.arn],
        launch_template=None if mixed else aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
        mixed_instances_policy=_mixed_instances(args.instance_type, mixed, template, version) if mixed else None,
        capacity_rebalance=mixed.uses_spot if mixed else None,
        min_size=sizes.min_size,
        max_size=sizes.max_size,  # the number between them is Auto Scaling's: a desired_capacity here would reset it
        health_check_type="ELB",
        health_check_grace_period=args.health_check_grace_seconds,
        default_instance_warmup=args.warmup_seconds,
        # The first deployment succeeds when so many instances are healthy at the balancer, and fails after the timeout.
        # Not wait_for_elb_capacity, which wants exactly that number on every later update too.
        min_elb_capacity=sizes.min_size,
        wait_for_capacity_timeout=_FIRST_CAPACITY_TIMEOUT,
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                min_healthy_percentage=MIN_HEALTHY_PERCENTAGE,
                max_healthy_percentage=args.rollout.max_healthy_percentage,
                skip_matching=args.rollout.skip_matching,
                # No auto_rollback: the provider saves the new version in the group before the refresh starts, so
                # there is nothing to roll back to (terraform-provider-aws issue 34189).
            ),
        ),
        instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
            min_healthy_percentage=MIN_HEALTHY_PERCENTAGE,
            max_healthy_percentage=args.rollout.max_healthy_percentage,
        ),
        max_instance_lifetime=args.max_instance_lifetime_days and args.max_instance_lifetime_days * _DAY_SECONDS,
        termination_policies=["OldestLaunchTemplate", "OldestInstance"],
        enabled_metrics=_GROUP_METRICS,
        tags=[  # the group's own; instances have theirs from the template, which tags their volumes too
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
            for key, value in scope.tagged(name).items()
        ],
        opts=ResourceOptions(
            parent=scope.parent,
            depends_on=ready,
            ignore_changes=[
                "min_elb_capacity",  # only the creation looks at it
                # A size that a scheduled action set is AWS's until another action returns to the base: neither drift
                # nor to be undone. Outside such a time nothing is ignored, so a change of the base is applied.
                *(size for size in Sizes._fields if getattr(sizes, size) != getattr(base, size)),
            ],
        ),
    )


def _mixed_instances(
    first_type: str, mixed: MixedInstances, template: aws.ec2.LaunchTemplate, version: Output[str]
) -> "aws.autoscaling.GroupMixedInstancesPolicyArgs":
    return aws.autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template.id, version=version
            ),
            overrides=[
                aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=instance_type)
                for instance_type in (first_type, *mixed.instance_types)
            ],
        ),
        instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=mixed.on_demand_base,
            on_demand_percentage_above_base_capacity=mixed.on_demand_percentage,
            on_demand_allocation_strategy="prioritized",
            spot_allocation_strategy="price-capacity-optimized",
        ),
    )


def _scaling(
    scope: Scope,
    args: WebTierArgs,
    group: aws.autoscaling.Group,
    balancer: aws.lb.LoadBalancer,
    targets: aws.lb.TargetGroup,
) -> None:
    """What changes the number of instances: demand, and the clock."""
    if args.requests_per_target is not None:
        # AWS takes the label only once a listener leads to the target group, which the group waited for.
        label = Output.concat(balancer.arn_suffix, "/", targets.arn_suffix)
        _track(scope, group, "requests", "ALBRequestCountPerTarget", args.requests_per_target, label)
    if args.cpu_target_percent is not None:
        _track(scope, group, "cpu", "ASGAverageCPUUtilization", args.cpu_target_percent)
    for action in args.scheduled_actions:
        if not action.is_over(_now()):
            aws.autoscaling.Schedule(
                f"{scope.name}-{action.name}",
                autoscaling_group_name=group.name,
                scheduled_action_name=action.name,
                recurrence=action.recurrence,
                time_zone=action.time_zone,
                start_time=action.start_time,
                end_time=action.end_time,
                # -1 leaves a size as it is; left out, the provider would send 0 and empty the group.
                min_size=_or_unchanged(action.min_size),
                max_size=_or_unchanged(action.max_size),
                desired_capacity=_or_unchanged(action.desired_capacity),
                opts=scope.replaceable(),
            )


def _track(
    scope: Scope,
    group: aws.autoscaling.Group,
    suffix: str,
    metric: str,
    target: int,
    label: Output[str] | None = None,
) -> None:
    aws.autoscaling.Policy(
        f"{scope.name}-{suffix}",
        autoscaling_group_name=group.name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
            predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type=metric, resource_label=label
            ),
            target_value=target,
        ),
        opts=scope.replaceable(),
    )


def _or_unchanged(size: int | None) -> int:
    return -1 if size is None else size


def _now() -> datetime:
    return datetime.now(UTC)


def _zone_id(scope: Scope, hosted_zone: str) -> str:
    try:
        return aws.route53.get_zone(name=hosted_zone, private_zone=False, opts=scope.lookup()).zone_id
    except Exception as error:  # an invoke fails with nothing more specific
        raise RunError(
            f"hosted_zone: cannot look up the public hosted zone {hosted_zone}: {error}; create it in Route 53, correct "
            "the name, or give certificate_arn instead"
        ) from error
