"""What a caller decides about a `WebTier`: the defaults with their reasons, and what is refused before anything is made."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi import Input

from .amazon_linux import Architecture, check_release
from .checks import between, plain_name
from .firewall import Waf
from .instance_types import check_instance_type
from .scaling import ScheduledAction, Sizes, check_actions
from .web_alarms import AlarmThresholds

TLS_POLICIES = (
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
)
"""TLS 1.2 and 1.3, or 1.3 alone, with forward secrecy and authenticated encryption only (Security Hub control ELB.17).
Those with `PQ` add key exchange that withstands quantum computers."""

USER_DATA_LIMIT = 16 * 1024
"""Bytes of user data before base64 (Amazon EC2 User Guide, "Run commands when you launch an EC2 instance")."""

MIN_HEALTHY_PERCENTAGE = 100
"""New instances before old ones: never fewer than wanted while instances are replaced."""

HTTP, HTTPS = 80, 443
"""Ports of the balancer."""

_IMAGE = re.compile(r"ami-[0-9a-f]{8}(?:[0-9a-f]{9})?")
_DOMAIN = re.compile(r"(?=.{1,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")  # 64: ACM, common name


class DesyncMitigation(StrEnum):
    """What the balancer does with requests that two parsers could read in two ways (HTTP desync)."""

    DEFENSIVE = "defensive"
    """Lets known harmless ones pass and closes the connection after doubtful ones."""
    STRICTEST = "strictest"
    """Refuses whatever does not follow RFC 7230."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the balancer finds out whether an instance can serve. Healthy means status 200."""

    path: str = "/healthz"
    """Should answer for the instance alone: a check that asks the database takes every instance out at once."""
    interval_seconds: int = 10
    """5 to 300. Ten, so that a dead instance gets no more requests after twenty."""
    timeout_seconds: int = 5
    """2 to 120 and below the interval."""
    healthy_threshold: int = 2
    """Good answers in a row that make an instance healthy, 2 to 10."""
    unhealthy_threshold: int = 2
    """Bad answers in a row that make it unhealthy, 2 to 10."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or len(self.path) > 1024:
            raise ValueError(
                f"health_check.path: want a path such as /healthz of at most 1024 characters, got {self.path!r}"
            )
        limits = "Elastic Load Balancing takes no other"
        between("health_check.interval_seconds", self.interval_seconds, 5, 300, limits)
        between("health_check.timeout_seconds", self.timeout_seconds, 2, 120, limits)
        between("health_check.healthy_threshold", self.healthy_threshold, 2, 10, limits)
        between("health_check.unhealthy_threshold", self.unhealthy_threshold, 2, 10, limits)
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"health_check.timeout_seconds: want less than interval_seconds {self.interval_seconds}, "
                f"got {self.timeout_seconds}; lower it or raise the interval"
            )


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How instances are replaced when their template changes; the upper bound holds for every other replacement too."""

    max_healthy_percentage: int = 110
    """Instances at most at a time, in per cent of those wanted, 110 to 200. The default adds one instance to a small
    group, so that whatever is wrong with the new ones shows on few; 200 replaces all at once."""
    skip_matching: bool = True
    """Leave instances alone that already have the new template, so that a rollout begun again goes on where it ended."""

    def __post_init__(self) -> None:
        between(
            "rollout.max_healthy_percentage",
            self.max_healthy_percentage,
            110,
            MIN_HEALTHY_PERCENTAGE + 100,
            f"Auto Scaling allows 100 above the {MIN_HEALTHY_PERCENTAGE} that always stay, and needs room for new ones",
        )


@dataclass(frozen=True, kw_only=True)
class MixedInstances:
    """Further instance types, and spot capacity, for when the first type is not to be had or too dear."""

    instance_types: Sequence[str]
    """Taken after `instance_type` in this order; at least one, at most 39, of the same architecture."""
    on_demand_base: int = 0
    """Instances that are on-demand before percentages count."""
    on_demand_percentage: int = 100
    """Per cent of the rest that is on-demand; what is left is spot, which AWS may take back with two minutes' notice."""

    def __post_init__(self) -> None:
        between("mixed_instances.instance_types", len(self.instance_types), 1, 39, "name types beside instance_type")
        between("mixed_instances.on_demand_base", self.on_demand_base, 0, 10_000, "0 leaves all to the percentage")
        between("mixed_instances.on_demand_percentage", self.on_demand_percentage, 0, 100, "100 means no spot")

    @property
    def uses_spot(self) -> bool:
        """Whether any instance can be a spot instance."""
        return self.on_demand_percentage < 100


@dataclass(frozen=True, kw_only=True)
class WebTierArgs:
    """What the caller decides. A value that cannot work is a ValueError that names its field."""

    vpc_id: Input[str]
    """VPC that all the subnets belong to."""
    public_subnet_ids: Sequence[Input[str]]
    """Home of the balancer: at least two, in different zones."""
    private_subnet_ids: Sequence[Input[str]]
    """Home of the instances, in zones of the balancer's. They need a way out for their packages and for AWS's APIs."""
    user_data: Input[str]
    """What an instance runs at its first start, as plain text of at most 16 KB; must start what answers on `port`. No
    secrets: whoever may describe a launch template reads it. A change rolls out."""

    security_group_ids: Sequence[Input[str]] = ()
    """Worn by the instances beside their own group, e.g. a database's client group."""
    policy_arns: Mapping[str, Input[str]] = field(default_factory=dict)
    """Managed policies for the instances' role, each under a short name of yours."""
    policies: Mapping[str, Input[str]] = field(default_factory=dict)
    """Policy documents (JSON) for the instances' role, each under a short name of yours."""

    image_release: str | None = None
    """Amazon Linux 2023 release, e.g. `2023.12.20260930.0`, or else `image_id`: one of the two. Pinned, because an
    image looked up as "latest" would roll the fleet in somebody's unrelated change. Raising it rolls out."""
    image_id: Input[str] | None = None
    """An image of your own, of `architecture`, whose root device is `/dev/xvda` as Amazon Linux's is."""
    architecture: Architecture = Architecture.ARM64
    """Processor of image and instance types. Graviton by default, for its price."""
    instance_type: str = "t4g.small"
    """Type of the instances, by default the smallest with 2 GiB, of the burstable family with unlimited credit."""
    mixed_instances: MixedInstances | None = None
    """Further types and spot. None by default: one type on demand."""
    root_volume_gib: int = 8
    """Size of the encrypted root volume, 8 to 16384. Eight is what the image needs."""

    domain: str | None = None
    """Name that guests use, e.g. `hotel.example.com`; with `hosted_zone` it gets a certificate and points here."""
    hosted_zone: str | None = None
    """Name of the public Route 53 zone that `domain` is in, e.g. `example.com`; must exist in the account."""
    certificate_arn: Input[str] | None = None
    """A certificate in this region, instead of `domain`; then its names are yours to point at the balancer."""
    allow_plain_http: bool = False
    """Serve without TLS, instead of `domain` or `certificate_arn`. Everything can be read and changed on the way."""
    tls_policy: str = TLS_POLICIES[0]
    """TLS versions and ciphers, one of `TLS_POLICIES`. By default TLS 1.2 and 1.3, which all browsers in use know."""
    dual_stack: bool = False
    """IPv6 beside IPv4 for guests; the public subnets must have it."""
    desync_mitigation: DesyncMitigation = DesyncMitigation.DEFENSIVE
    """Protection against requests made to be misread. Defensive as AWS recommends; strictest may refuse odd clients."""
    waf: Waf | None = None
    """Firewall before the balancer, paid by the month and the request. None by default."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete the balancer, whose address guests know."""

    port: int = 8080
    """Where instances answer plain HTTP, 1024 to 65535: below that a process needs privileges. A change interrupts the
    service until instances with the new user data run."""
    health_check: HealthCheck = field(default_factory=HealthCheck)
    """How health is found out."""
    deregistration_delay_seconds: int = 30
    """What a leaving instance has to finish its requests, 0 to 3600: longer than the slowest request."""
    health_check_grace_seconds: int = 180
    """Before this a new instance is not replaced for being unhealthy: more than it needs from launch to healthy, or
    none ever gets there. Three minutes are twice what Amazon Linux needs to boot and start a small service."""
    warmup_seconds: int = 60
    """Time in service after which an instance counts as ready, for scaling and for rollouts."""

    min_size: int = 2
    """Instances at least. Two, so that one can fail."""
    max_size: int = 4
    """Instances at most: the ceiling of the bill."""
    allow_zero: bool = False
    """Allow sizes of 0, with which the tier does not answer."""
    requests_per_target: int | None = None
    """Requests an instance should get each minute; the group grows above it. Measure it: half of what one instance
    bears. None by default, for nobody knows it before."""
    cpu_target_percent: int | None = 50
    """Average CPU use to keep, 1 to 100; the group grows above it. Half, so that there is room while instances start.
    Of both rules the one that wants more instances wins."""
    scheduled_actions: Sequence[ScheduledAction] = ()
    """Known peaks. Deploying in the middle of one does not end it: while an action is in force, the sizes it set are
    AWS's, and a change of `min_size` or `max_size` takes effect when an action returns to them. A group made in the
    middle of a peak begins with the peak's sizes. A `refresh` in a peak that began after the last deployment reports
    the sizes as changed, once, and that does no harm."""
    rollout: Rollout = field(default_factory=Rollout)
    """How instances are replaced."""
    max_instance_lifetime_days: int | None = 30
    """Age at which an instance is replaced, 1 to 365, or None. A month, so that nothing on a disk is there to stay and
    replacing an instance is never new."""

    log_retention_days: int = 90
    """Days for which access and connection logs are kept, 1 to 3653. A quarter: break-ins are found late."""
    force_destroy: bool = False
    """Delete the logs with the stack. Else the bucket stays, guarded as it was, for you to delete."""
    alarms: AlarmThresholds = field(default_factory=AlarmThresholds)
    """When to raise an alarm."""
    alarm_actions: Sequence[Input[str]] = ()
    """ARNs told when an alarm goes off and when it is over, e.g. an SNS topic. Without one, alarms are seen in
    CloudWatch only."""

    protect: bool = True
    """Whether the engine refuses to delete the bucket of logs. The rest holds nothing that cannot be made again."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """For every resource that takes tags, instances and their volumes too. Those come from the launch template, so a
    change of tags is a new version of it: preview shows the group's `launchTemplate` change, and instances roll."""

    def __post_init__(self) -> None:
        _check_placement(self)
        _check_instances(self)
        _check_entrance(self)
        _check_timing(self)
        _check_sizes(self)
        between("log_retention_days", self.log_retention_days, 1, 3653, "ten years are the most")


def encoded_user_data(user_data: str) -> str:
    """User data as a launch template wants it. Raises ValueError above AWS's limit."""
    size = len(user_data.encode())
    if size > USER_DATA_LIMIT:
        raise ValueError(
            f"user_data: want at most {USER_DATA_LIMIT} bytes, got {size}; fetch the rest from S3 at the first start"
        )
    return base64.b64encode(user_data.encode()).decode()


def _check_placement(args: WebTierArgs) -> None:
    if len(args.public_subnet_ids) < 2:
        raise ValueError(
            f"public_subnet_ids: a load balancer wants at least 2 subnets in different zones, got "
            f"{len(args.public_subnet_ids)}; add one"
        )
    if not args.private_subnet_ids:
        raise ValueError("private_subnet_ids: want at least 1 subnet for the instances, got none; add one per zone")
    for key in (*args.policy_arns, *args.policies):
        plain_name("policy_arns, policies", key)
        between("policy_arns, policies", len(key), 1, 32, f"shorten the name {key}")
    if both := {"session-manager"} & {*args.policy_arns} | {*args.policy_arns} & {*args.policies}:
        raise ValueError(f"policy_arns, policies: want each name once, got {', '.join(sorted(both))} twice; rename one")
    if isinstance(args.user_data, str):
        encoded_user_data(args.user_data)


def _check_instances(args: WebTierArgs) -> None:
    if (args.image_release is None) == (args.image_id is None):
        raise ValueError(
            f"image_release, image_id: want one of the two, got {'neither' if args.image_id is None else 'both'}; "
            "name an Amazon Linux 2023 release, `make image` shows the newest one"
        )
    if args.image_release is not None:
        check_release("image_release", args.image_release)
    if isinstance(args.image_id, str) and not _IMAGE.fullmatch(args.image_id):
        raise ValueError(f"image_id: want an id such as ami-0123456789abcdef0, got {args.image_id!r}")
    check_instance_type("instance_type", args.instance_type, args.architecture)
    if args.mixed_instances:
        for instance_type in args.mixed_instances.instance_types:
            check_instance_type("mixed_instances.instance_types", instance_type, args.architecture)
        types = [args.instance_type, *args.mixed_instances.instance_types]
        if len(set(types)) != len(types):
            raise ValueError(
                f"mixed_instances.instance_types: want types beside instance_type, each once, got {', '.join(types)}"
            )
    between("root_volume_gib", args.root_volume_gib, 8, 16_384, "the image needs 8 GiB, gp3 ends at 16 TiB")


def _check_entrance(args: WebTierArgs) -> None:
    """Exactly one way in: a domain with its zone, a certificate, or plain HTTP in as many words."""
    if args.domain is None and args.hosted_zone is not None:
        raise ValueError(
            f"domain: hosted_zone {args.hosted_zone} wants a domain in it, got none; name one, or drop both"
        )
    if args.domain is not None and args.hosted_zone is None:
        raise ValueError(
            f"hosted_zone: domain {args.domain} wants the public Route 53 zone it is in, got none; name it, or give "
            "certificate_arn in place of domain"
        )
    ways = {
        "domain": args.domain is not None,
        "certificate_arn": args.certificate_arn is not None,
        "allow_plain_http": args.allow_plain_http,
    }
    given = [way for way, chosen in ways.items() if chosen]
    if len(given) != 1:
        raise ValueError(
            f"{', '.join(ways)}: want exactly one, got {' and '.join(given) or 'none'}; for HTTPS name domain and "
            "hosted_zone or give certificate_arn, and allow_plain_http: true serves without TLS"
        )
    if args.domain is not None and args.hosted_zone is not None:
        if not _DOMAIN.fullmatch(args.domain):
            raise ValueError(
                f"domain: want a lower-case name of at most 64 characters such as hotel.example.com, got {args.domain!r}"
            )
        zone = args.hosted_zone.rstrip(".")
        if args.domain != zone and not args.domain.endswith(f".{zone}"):
            raise ValueError(
                f"domain: want {zone} or a name below it, got {args.domain}; correct domain or hosted_zone"
            )
    if isinstance(args.certificate_arn, str) and not re.fullmatch(r"arn:[\w-]+:acm:.+", args.certificate_arn):
        raise ValueError(
            f"certificate_arn: want the ARN of a certificate in AWS Certificate Manager, got {args.certificate_arn!r}"
        )
    if args.tls_policy not in TLS_POLICIES:
        raise ValueError(f"tls_policy: want one of {', '.join(TLS_POLICIES)}, got {args.tls_policy!r}")


def _check_timing(args: WebTierArgs) -> None:
    between("port", args.port, 1024, 65_535, "8080 is as good as any")
    between(
        "deregistration_delay_seconds", args.deregistration_delay_seconds, 0, 3600, "an Elastic Load Balancing limit"
    )
    between("warmup_seconds", args.warmup_seconds, 0, 3600, "an hour is more than any instance needs")
    healthy_after = args.health_check.interval_seconds * args.health_check.healthy_threshold
    between(
        "health_check_grace_seconds",
        args.health_check_grace_seconds,
        healthy_after,
        7200,
        f"no instance is healthy before interval_seconds x healthy_threshold = {healthy_after}, and one that is "
        "unhealthy after its grace is replaced",
    )
    if args.max_instance_lifetime_days is not None:
        between("max_instance_lifetime_days", args.max_instance_lifetime_days, 1, 365, "or none for no limit")


def _check_sizes(args: WebTierArgs) -> None:
    if not 0 <= args.min_size <= args.max_size or args.max_size == 0:
        raise ValueError(
            f"min_size, max_size: want 0 <= min_size <= max_size and max_size at least 1, got min_size {args.min_size} "
            f"and max_size {args.max_size}; raise max_size or lower min_size"
        )
    emptied_by = ["min_size"] if args.min_size == 0 else []
    emptied_by += [
        f"scheduled_actions.{a.name}" for a in args.scheduled_actions if 0 in (a.min_size, a.desired_capacity)
    ]
    if emptied_by and not args.allow_zero:
        raise ValueError(
            f"{emptied_by[0]}: 0 instances serve nobody, want at least 1; set allow_zero: true if that is meant"
        )
    if args.requests_per_target is not None:
        between("requests_per_target", args.requests_per_target, 1, 1_000_000_000, "requests a minute for one instance")
    if args.cpu_target_percent is not None:
        between("cpu_target_percent", args.cpu_target_percent, 1, 100, "or none for no scaling on CPU")
    check_actions(Sizes(args.min_size, args.max_size), args.scheduled_actions)
