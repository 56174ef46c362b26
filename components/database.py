"""Database: one PostgreSQL on RDS that only the wearers of its client security group reach."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import CustomTimeouts, Input, Output, ResourceOptions

from . import postgres
from .checks import between
from .log_retention import check_retention
from .naming import ROLE_LIMIT, short_name
from .scope import Scope

_LOGS = ("postgresql", "upgrade")
_MONITORING_INTERVALS = (0, 1, 5, 10, 15, 30, 60)  # RDS API reference, CreateDBInstance, MonitoringInterval
_MIN_SUBNETS = 2  # RDS User Guide, "Working with a DB instance in a VPC": a subnet group spans two zones
_CONNECTIONS_ALARM_SHARE = 0.6
_GIB = 1024**3


class DatabaseInsights(StrEnum):
    """How much CloudWatch Database Insights keeps of what the database did."""

    STANDARD = "standard"
    """Seven days of load by statement, wait and client; free."""
    ADVANCED = "advanced"
    """Fifteen months, with locks, execution plans and reports; priced by vCPU."""


_INSIGHTS_RETENTION_DAYS = {
    DatabaseInsights.STANDARD: 7,
    DatabaseInsights.ADVANCED: 465,  # RDS User Guide, "Considerations for Database Insights for Amazon RDS"
}


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """What the caller decides about a `Database`. Raises ValueError for what RDS would refuse."""

    vpc_id: Input[str]
    """VPC of the two security groups: the one the subnets belong to."""

    subnet_ids: Sequence[Input[str]]
    """At least two subnets in different zones without a way to the internet. Even a database in one zone needs two,
    or it could never become Multi-AZ."""

    database_name: str = "hotel"
    """Database that exists from the start. A change replaces the instance."""

    username: str = "hotel_admin"
    """Master user. Not `postgres`, which every scanner tries first (Security Hub control RDS.25). For migrations and
    for making lesser users, not for an application to serve with. A change replaces the instance."""

    postgres_version: str = "17"
    """Major version: 14, 15, 16, 17 or 18. The minor version is AWS's, which raises it in the maintenance window. A
    change is a major upgrade in place with some minutes of downtime: try it on a restored snapshot first. Past its
    standard support a major version costs more each hour (RDS User Guide, "Amazon RDS Extended Support")."""

    instance_class: str = "db.t4g.medium"
    """Two Graviton processors and 4 GiB, where a hotel's years of reservations fit into memory and quiet nights earn
    the credits for busy mornings. Wants an m or r class once CPU is steadily above a fifth."""

    allocated_storage_gib: int = 20
    """GiB of gp3 at the start, the least there is; the volume then grows by itself. It can never shrink."""

    max_allocated_storage_gib: int = 100
    """GiB at which growth ends, a bound to the bill: at least a tenth above `allocated_storage_gib`."""

    iops: int | None = None
    """Provisioned IOPS, 12000 to 64000; None for what the size brings (3000, or 12000 from 400 GiB on). Below 400 GiB
    RDS accepts none."""

    throughput_mibps: int | None = None
    """Provisioned MiB/s, 500 to 4000 and at most a quarter of the IOPS; None for what the size brings (125, or 500
    from 400 GiB on). Below 400 GiB RDS accepts none."""

    multi_az: bool = True
    """A standby in another zone that takes over within about a minute. On, because a zone fails sooner or later."""

    backup_retention_days: int = 35
    """Days, 1 to 35, into any second of which the database can be restored. The longest, because a mistake in a
    month's figures shows when the month is closed; it costs what changed in that time."""

    backup_window: str = "06:00-07:00"
    """Daily, UTC: three in the morning in São Paulo, after the day's close and before breakfast."""

    maintenance_window: str = "sun:07:30-sun:08:30"
    """Weekly, UTC, half an hour after the backup: AWS's patches and minor versions, the quietest hour of the week."""

    apply_immediately: bool = True
    """A change is made during the `up` that declares it, so that what `up` reports is what runs; some restart the
    instance. False leaves them to the maintenance window: `up` then ends before they are made, and a change of
    `postgres_version` cannot end well, because its old parameter group is in use until then."""

    deletion_protection: bool = True
    """AWS itself refuses to delete the instance, whoever asks. False where the stack is to be destroyed."""

    skip_final_snapshot: bool = False
    """True deletes the data with the instance and, in 30 days, the key with it. False leaves a snapshot and the key
    that it can be read with: see `Database.remainder`."""

    kms_key_arn: Input[str] | None = None
    """Key for storage, snapshots, insights and the master secret; None makes one that rotates every year. A change
    replaces the instance."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    """Further dynamic parameters of PostgreSQL by name, applied at once. They go before the component's own:
    `rds.force_ssl`, `log_min_duration_statement` and `log_parameter_max_length`."""

    static_parameters: Mapping[str, str] = field(default_factory=dict)
    """Further static parameters by name, such as `max_connections`: they wait for the next restart of the instance,
    which is the caller's to make. AWS refuses a static parameter among the dynamic ones."""

    slow_query_ms: int = 1000
    """Milliseconds from which a statement is logged, without the values bound to it, which are guests' data."""

    log_retention_days: int = 90
    """Days that the exported logs are kept: a quarter, in which most questions about an incident come up."""

    monitoring_interval_seconds: int = 60
    """Seconds between two readings of Enhanced Monitoring: 1, 5, 10, 15, 30 or 60, 0 for none. A minute, which is
    what the alarms look at; shorter costs more log."""

    insights: DatabaseInsights = DatabaseInsights.STANDARD
    """Standard, because it is free."""

    alarm_actions: Sequence[Input[str]] = ()
    """ARNs told of an alarm, such as an SNS topic. None: alarms only change their state."""

    free_storage_alarm_percent: int = 10
    """Alarm when less of the allocated storage has been free for 15 minutes. RDS lets the volume grow at a tenth after
    5 minutes, so that growth which works stays silent."""

    cpu_alarm_percent: int = 80
    """Alarm when more of the processors has been busy for 15 minutes: from there on waiting grows faster than load."""

    connections_alarm: int | None = None
    """Alarm when more connections have been open for 15 minutes. None: three fifths of what the class's nominal memory
    admits, which is about four fifths of what a micro really admits. Needed for a class outside t, m and r."""

    protect: bool = True
    """Pulumi refuses to delete or replace the instance and its key. Set it to False, run `up`, then destroy."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Put on everything that takes tags, snapshots included, beside `Name`."""

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < _MIN_SUBNETS:
            raise ValueError(
                f"subnet_ids: want at least {_MIN_SUBNETS}, in different zones, got {len(self.subnet_ids)}; "
                "give the isolated subnets of two zones"
            )
        postgres.check_database_name(self.database_name)
        postgres.check_username(self.username)
        postgres.check_version(self.postgres_version)
        postgres.check_storage(
            self.allocated_storage_gib, self.max_allocated_storage_gib, self.iops, self.throughput_mibps
        )
        between(
            "backup_retention_days",
            self.backup_retention_days,
            1,
            35,
            "1 still keeps backups on, more than 35 takes AWS Backup",
        )
        postgres.check_windows(self.backup_window, self.maintenance_window)
        if twice := self.parameters.keys() & self.static_parameters.keys():
            raise ValueError(
                f"static_parameters: want each parameter once, got {', '.join(sorted(twice))} in parameters as well; "
                "keep it where PostgreSQL's documentation puts it: static if it is only set at server start"
            )
        between("slow_query_ms", self.slow_query_ms, 1, 2_147_483_647, "0 would log every statement")
        check_retention("log_retention_days", self.log_retention_days)
        if self.monitoring_interval_seconds not in _MONITORING_INTERVALS:
            raise ValueError(
                f"monitoring_interval_seconds: want one of {', '.join(map(str, _MONITORING_INTERVALS))}, "
                f"got {self.monitoring_interval_seconds}; 0 turns Enhanced Monitoring off"
            )
        between("free_storage_alarm_percent", self.free_storage_alarm_percent, 1, 99, "e.g. 10")
        between("cpu_alarm_percent", self.cpu_alarm_percent, 1, 99, "e.g. 80")
        self.connections_threshold()

    def connections_threshold(self) -> int:
        """Open connections above which the alarm goes off."""
        if self.connections_alarm is not None:
            between("connections_alarm", self.connections_alarm, 1, 262_143, "leave it out to have it worked out")
            return self.connections_alarm
        most = postgres.max_connections(self.instance_class)
        if most is None:
            raise ValueError(
                f"instance_class: want a t, m or r class such as 'db.t4g.medium', got {self.instance_class!r}; for "
                "another one set connections_alarm too, as its memory is not known here"
            )
        return int(most * _CONNECTIONS_ALARM_SHARE)


class Database(pulumi.ComponentResource):
    """PostgreSQL on RDS: encrypted, backed up, watched, and reachable on 5432 from its clients alone.

    RDS makes the master password, keeps it in Secrets Manager and changes it every seven days; it is in no code,
    configuration or state. Enhanced Monitoring writes to the log group `RDSOSMetrics`, which belongs to the account
    and all its databases, so no component declares it and no destroy removes it.

    Raises ValueError for a `name` that cannot begin an RDS identifier.
    """

    endpoint: Output[str]
    """Host name. Connect to this name and no alias of it, or the server's certificate cannot be verified."""

    port: Output[int]
    """TCP port, 5432."""

    database_name: Output[str]
    """Database to connect to."""

    secret_arn: Output[str]
    """Secrets Manager secret with the master user's `username` and `password`, as RDS keeps it."""

    client_security_group_id: Output[str]
    """Whoever wears this group may connect; it allows nothing else. Using it waits for the rules that make it true."""

    identifier: Output[str]
    """Name of the RDS instance in the account."""

    remainder: Output[list[str]]
    """What `pulumi destroy` leaves in the account, a line each; empty with `skip_final_snapshot`."""

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        postgres.check_name(name)
        super().__init__("hotelaria:index:Database", name, {}, opts)
        scope = Scope(parent=self, name=name, tags=args.tags)
        # None leaves protection to whatever the caller's own options say.
        stateful = ResourceOptions(parent=self, protect=args.protect or None)

        key_arn = _key_arn(scope, args, stateful)
        identifier = random.RandomId(
            f"{name}-identifier",
            prefix=f"{name}-",
            byte_length=postgres.IDENTIFIER_BYTES,
            # All that replaces an instance: the new one then has a name and log groups of its own, so that it can be
            # made before the old one goes.
            keepers={"database_name": args.database_name, "username": args.username, "kms_key": key_arn},
            opts=scope.replaceable(),
        ).hex
        final_snapshot = Output.concat(identifier, "-final")

        server, client, rules = _security_groups(scope, args)
        subnets = aws.rds.SubnetGroup(
            f"{name}-subnets",
            description="Subnets of the database",
            subnet_ids=args.subnet_ids,
            tags=scope.tagged(f"{name}-subnets"),
            opts=scope.replaceable(),
        )
        parameters = _parameter_group(scope, args)
        logs = [_log_group(scope, args, log, identifier) for log in _LOGS]
        role, role_policies = _monitoring_role(scope, args)

        instance = aws.rds.Instance(
            f"{name}-instance",
            identifier=identifier,
            engine="postgres",
            # The major version alone: the provider then sees no difference after AWS has applied a minor one.
            engine_version=args.postgres_version,
            auto_minor_version_upgrade=True,
            # AWS looks at it only when the engine version changes, and here that takes a change of the major one.
            allow_major_version_upgrade=True,
            parameter_group_name=parameters.name,
            instance_class=args.instance_class,
            multi_az=args.multi_az,
            storage_type="gp3",
            allocated_storage=args.allocated_storage_gib,
            max_allocated_storage=args.max_allocated_storage_gib,
            iops=args.iops,
            storage_throughput=args.throughput_mibps,
            storage_encrypted=True,
            kms_key_id=key_arn,
            db_name=args.database_name,
            username=args.username,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key_arn,
            iam_database_authentication_enabled=True,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[server.id],
            port=postgres.PORT,
            publicly_accessible=False,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            backup_retention_period=args.backup_retention_days,
            backup_window=args.backup_window,
            maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            apply_immediately=args.apply_immediately,
            deletion_protection=args.deletion_protection,
            skip_final_snapshot=args.skip_final_snapshot,
            final_snapshot_identifier=final_snapshot,
            delete_automated_backups=True,  # the final snapshot is what stays, see `remainder`
            enabled_cloudwatch_logs_exports=list(_LOGS),
            monitoring_interval=args.monitoring_interval_seconds,
            monitoring_role_arn=role.arn if role else None,
            database_insights_mode=args.insights.value,
            performance_insights_enabled=True,
            performance_insights_retention_period=_INSIGHTS_RETENTION_DAYS[args.insights],
            performance_insights_kms_key_id=key_arn,
            tags=scope.tagged(f"{name}-instance"),
            opts=ResourceOptions.merge(
                stateful,
                ResourceOptions(
                    # RDS makes a log group that is missing, without retention, and without its policy the role cannot
                    # write the readings.
                    depends_on=[*logs, *role_policies],
                    # The provider would delete first, because the identifier is given; it is never used twice, and
                    # whoever replaces a database wants the old one until the new one stands.
                    delete_before_replace=False,
                    # The provider gives up after 40, 80 and 60 minutes. A restored standby, a major upgrade that
                    # optimises storage and a final snapshot of a full volume take longer and go on at AWS regardless.
                    custom_timeouts=CustomTimeouts(create="60m", update="3h", delete="2h"),
                ),
            ),
        )
        _alarms(scope, args, instance)

        self.endpoint = instance.address
        self.port = instance.port
        self.database_name = instance.db_name
        self.secret_arn = instance.master_user_secrets[0].secret_arn
        # A URN is known at preview, so this orders whoever uses the id after the rules and makes nothing unknown.
        self.client_security_group_id = Output.all(client.id, *[rule.urn for rule in rules]).apply(
            lambda values: str(values[0])
        )
        self.identifier = instance.identifier
        self.remainder = Output.all(final_snapshot, key_arn).apply(lambda values: _remainder(args, *values))
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "port": self.port,
                "database_name": self.database_name,
                "secret_arn": self.secret_arn,
                "client_security_group_id": self.client_security_group_id,
                "identifier": self.identifier,
                "remainder": self.remainder,
            }
        )


def _key_arn(scope: Scope, args: DatabaseArgs, stateful: ResourceOptions) -> Output[str]:
    if args.kms_key_arn is not None:
        return Output.from_input(args.kms_key_arn)
    key = aws.kms.Key(
        f"{scope.name}-key",
        description="Storage, snapshots, insights and master secret of the database",
        enable_key_rotation=True,
        deletion_window_in_days=30,  # the longest time to change one's mind
        tags=scope.tagged(f"{scope.name}-key"),
        opts=ResourceOptions.merge(
            stateful,
            # A snapshot is unreadable once its key is scheduled for deletion, so the key outlives the stack with it.
            ResourceOptions(retain_on_delete=None if args.skip_final_snapshot else True),
        ),
    )
    aws.kms.Alias(f"{scope.name}-key", target_key_id=key.key_id, opts=scope.replaceable())
    return key.arn


def _security_groups(
    scope: Scope, args: DatabaseArgs
) -> tuple[aws.ec2.SecurityGroup, aws.ec2.SecurityGroup, list[pulumi.Resource]]:
    """The server's group, the clients' group and the two rules between them."""
    server = aws.ec2.SecurityGroup(
        f"{scope.name}-server",
        description="The database: lets its clients in and nothing out",
        vpc_id=args.vpc_id,
        tags=scope.tagged(f"{scope.name}-server"),
        opts=scope.replaceable(),
    )
    client = aws.ec2.SecurityGroup(
        f"{scope.name}-client",
        description="Clients of the database: its wearers may connect to it",
        vpc_id=args.vpc_id,
        tags=scope.tagged(f"{scope.name}-client"),
        opts=scope.replaceable(),
    )
    ingress = aws.vpc.SecurityGroupIngressRule(
        f"{scope.name}-server-ingress",
        description="PostgreSQL from its clients",
        security_group_id=server.id,
        referenced_security_group_id=client.id,
        ip_protocol="tcp",
        from_port=postgres.PORT,
        to_port=postgres.PORT,
        tags=scope.tagged(f"{scope.name}-server-ingress"),
        opts=scope.replaceable(),
    )
    egress = aws.vpc.SecurityGroupEgressRule(
        f"{scope.name}-client-egress",
        description="PostgreSQL to the database",
        security_group_id=client.id,
        referenced_security_group_id=server.id,
        ip_protocol="tcp",
        from_port=postgres.PORT,
        to_port=postgres.PORT,
        tags=scope.tagged(f"{scope.name}-client-egress"),
        opts=scope.replaceable(),
    )
    return server, client, [ingress, egress]


def _parameter_group(scope: Scope, args: DatabaseArgs) -> aws.rds.ParameterGroup:
    dynamic = {
        "rds.force_ssl": "1",
        "log_min_duration_statement": str(args.slow_query_ms),
        "log_parameter_max_length": "0",
        **args.parameters,
    }
    by_method = {"immediate": dynamic, "pending-reboot": args.static_parameters}
    return aws.rds.ParameterGroup(
        f"{scope.name}-parameters",
        description="Parameters of the database",
        family=postgres.parameter_family(args.postgres_version),
        parameters=[
            aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=method)
            for method, parameters in by_method.items()
            for key, value in sorted(parameters.items())
        ],
        tags=scope.tagged(f"{scope.name}-parameters"),
        opts=ResourceOptions.merge(
            scope.replaceable(),
            # AWS refuses to delete a group while the instance uses it, so the new one comes first; said explicitly,
            # because left unsaid it was deleted first all the same (SST #6585).
            ResourceOptions(delete_before_replace=False),
        ),
    )


def _log_group(scope: Scope, args: DatabaseArgs, log: str, identifier: Output[str]) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(
        f"{scope.name}-{log}-log",
        # RDS User Guide, "Publishing PostgreSQL logs to Amazon CloudWatch Logs".
        name=Output.concat("/aws/rds/instance/", identifier, "/", log),
        retention_in_days=args.log_retention_days,
        tags=scope.tagged(f"{scope.name}-{log}-log"),
        opts=ResourceOptions.merge(
            scope.replaceable(),
            # The provider would delete first, because the name is given, while the old instance still writes to it.
            ResourceOptions(delete_before_replace=False),
        ),
    )


def _monitoring_role(scope: Scope, args: DatabaseArgs) -> tuple[aws.iam.Role | None, list[pulumi.Resource]]:
    """The role of Enhanced Monitoring and its policies; nothing when monitoring is off."""
    if args.monitoring_interval_seconds == 0:
        return None, []
    account = aws.get_caller_identity(opts=scope.lookup()).account_id
    partition = aws.get_partition(opts=scope.lookup()).partition
    role_name = short_name(scope.name, "monitoring", ROLE_LIMIT)
    role = aws.iam.Role(
        role_name,
        description="RDS Enhanced Monitoring of the database",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "monitoring.rds.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        # RDS User Guide, "Setting up and enabling Enhanced Monitoring", confused deputy.
                        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                    }
                ],
            }
        ),
        tags=scope.tagged(role_name),
        opts=scope.replaceable(),
    )
    policy = aws.iam.RolePolicyAttachment(
        role_name,
        role=role.name,
        policy_arn=f"arn:{partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        opts=scope.replaceable(),
    )
    return role, [policy]


def _alarms(scope: Scope, args: DatabaseArgs, instance: aws.rds.Instance) -> None:
    # The instance's own size, not the declared one: the volume grows by itself, and the threshold follows.
    free_storage = instance.allocated_storage.apply(lambda gib: gib * _GIB * args.free_storage_alarm_percent / 100)
    for suffix, metric, comparison, threshold, description in (
        ("free-storage", "FreeStorageSpace", "LessThanThreshold", free_storage, "The database runs out of storage"),
        ("cpu", "CPUUtilization", "GreaterThanThreshold", args.cpu_alarm_percent, "The database is short of CPU"),
        (
            "connections",
            "DatabaseConnections",
            "GreaterThanThreshold",
            args.connections_threshold(),
            "The database runs out of connections",
        ),
    ):
        aws.cloudwatch.MetricAlarm(
            f"{scope.name}-{suffix}",
            alarm_description=description,
            namespace="AWS/RDS",
            metric_name=metric,
            dimensions={"DBInstanceIdentifier": instance.identifier},
            statistic="Average",
            period=300,
            evaluation_periods=3,
            comparison_operator=comparison,
            threshold=threshold,
            alarm_actions=args.alarm_actions,
            tags=scope.tagged(f"{scope.name}-{suffix}"),
            opts=scope.replaceable(),
        )


def _remainder(args: DatabaseArgs, snapshot: str, key_arn: str) -> list[str]:
    if args.skip_final_snapshot:
        return []
    lines = [f"RDS snapshot {snapshot}, the last state of the database"]
    if args.kms_key_arn is None:
        lines.append(f"KMS key {key_arn}, which that snapshot is encrypted with")
    return lines
