"""An online shop as many teams write it: raw resources in one file, inline rules, a password from Pulumi, a bit of everything."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_random as random

config = pulumi.Config()
env = pulumi.get_stack()
instance_type = config.get("instanceType") or "t3.small"
tags = {"Project": "shop", "Environment": env, "ManagedBy": "pulumi"}

current = aws.get_caller_identity()
region = aws.get_region()
zones = aws.get_availability_zones(state="available")
ami = aws.ec2.get_ami(
    most_recent=True,
    owners=["amazon"],
    filters=[
        aws.ec2.GetAmiFilterArgs(name="name", values=["al2023-ami-2023.*-kernel-6.1-x86_64"]),
        aws.ec2.GetAmiFilterArgs(name="virtualization-type", values=["hvm"]),
    ],
)

# Network
vpc = aws.ec2.Vpc(
    "vpc",
    cidr_block="10.0.0.0/16",
    enable_dns_hostnames=True,
    enable_dns_support=True,
    tags={**tags, "Name": f"shop-{env}"},
)
igw = aws.ec2.InternetGateway("igw", vpc_id=vpc.id, tags=tags)
public, private, nats = [], [], []
public_table = aws.ec2.RouteTable(
    "public",
    vpc_id=vpc.id,
    routes=[aws.ec2.RouteTableRouteArgs(cidr_block="0.0.0.0/0", gateway_id=igw.id)],
    tags=tags,
)
for i, zone in enumerate(zones.names[:2]):
    subnet = aws.ec2.Subnet(
        f"public-{i}",
        vpc_id=vpc.id,
        cidr_block=f"10.0.{i}.0/24",
        availability_zone=zone,
        map_public_ip_on_launch=True,
        tags={**tags, "Name": f"public-{zone}"},
    )
    aws.ec2.RouteTableAssociation(f"public-{i}", subnet_id=subnet.id, route_table_id=public_table.id)
    eip = aws.ec2.Eip(f"nat-{i}", domain="vpc", tags=tags, opts=pulumi.ResourceOptions(depends_on=[igw]))
    nat = aws.ec2.NatGateway(f"nat-{i}", subnet_id=subnet.id, allocation_id=eip.id, tags=tags)
    inner = aws.ec2.Subnet(
        f"private-{i}", vpc_id=vpc.id, cidr_block=f"10.0.{10 + i}.0/24", availability_zone=zone, tags=tags
    )
    table = aws.ec2.RouteTable(f"private-{i}", vpc_id=vpc.id, tags=tags)
    aws.ec2.Route(f"private-{i}", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", nat_gateway_id=nat.id)
    aws.ec2.RouteTableAssociation(f"private-{i}", subnet_id=inner.id, route_table_id=table.id)
    public.append(subnet)
    private.append(inner)
aws.ec2.VpcEndpoint(
    "s3",
    vpc_id=vpc.id,
    service_name=f"com.amazonaws.{region.region}.s3",
    route_table_ids=[public_table.id],
    tags=tags,
)

# Security groups, the inline way
alb_sg = aws.ec2.SecurityGroup(
    "alb",
    vpc_id=vpc.id,
    description="Load balancer",
    ingress=[
        {"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["0.0.0.0/0"], "description": "http"},
        {
            "protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
            "cidr_blocks": ["0.0.0.0/0"],
            "ipv6_cidr_blocks": ["::/0"],
        },
    ],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
    tags=tags,
)
app_sg = aws.ec2.SecurityGroup(
    "app",
    vpc_id=vpc.id,
    description="Application",
    ingress=[{"protocol": "tcp", "from_port": 8080, "to_port": 8080, "security_groups": [alb_sg.id]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
    tags=tags,
)
db_sg = aws.ec2.SecurityGroup("db", vpc_id=vpc.id, description="Database", tags=tags)
aws.ec2.SecurityGroupRule(
    "db-from-app",
    type="ingress",
    protocol="tcp",
    from_port=5432,
    to_port=5432,
    security_group_id=db_sg.id,
    source_security_group_id=app_sg.id,
)

# Database
db_password = random.RandomPassword("db", length=24, special=False)
db_subnets = aws.rds.SubnetGroup("db", subnet_ids=[s.id for s in private], tags=tags)
db_params = aws.rds.ParameterGroup(
    "db",
    family="postgres16",
    parameters=[
        {"name": "log_connections", "value": "1"},
        {"name": "shared_preload_libraries", "value": "pg_stat_statements", "apply_method": "pending-reboot"},
    ],
    tags=tags,
)
db = aws.rds.Instance(
    "db",
    engine="postgres",
    engine_version="16",
    instance_class="db.t4g.small",
    allocated_storage=20,
    max_allocated_storage=100,
    storage_type="gp3",
    storage_encrypted=True,
    db_name="shop",
    username="shop",
    password=db_password.result,
    db_subnet_group_name=db_subnets.name,
    parameter_group_name=db_params.name,
    vpc_security_group_ids=[db_sg.id],
    backup_retention_period=7,
    skip_final_snapshot=True,
    apply_immediately=True,
    tags=tags,
)
db_secret = aws.secretsmanager.Secret("db", description="Database access", recovery_window_in_days=0, tags=tags)
aws.secretsmanager.SecretVersion(
    "db",
    secret_id=db_secret.id,
    secret_string=pulumi.Output.json_dumps(
        {"username": db.username, "password": db_password.result, "host": db.address, "port": db.port}
    ),
)

# Buckets
suffix = random.RandomId("suffix", byte_length=3)
assets = aws.s3.Bucket("assets", force_destroy=True, tags=tags)
aws.s3.BucketVersioning(
    "assets",
    bucket=assets.id,
    versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
)
assets_block = aws.s3.BucketPublicAccessBlock(
    "assets",
    bucket=assets.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "assets",
    bucket=assets.id,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
)
aws.s3.BucketLifecycleConfiguration(
    "assets",
    bucket=assets.id,
    rules=[
        {"id": "old", "status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 30}},
        {
            "id": "uploads",
            "status": "Enabled",
            "filter": {},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        },
    ],
)
aws.s3.BucketObjectv2(
    "robots", bucket=assets.id, key="robots.txt", content="User-agent: *\nDisallow: /\n", content_type="text/plain"
)
logs = aws.s3.Bucket("logs", force_destroy=True, tags=tags)
logs_policy = aws.s3.BucketPolicy(
    "logs",
    bucket=logs.id,
    policy=aws.iam.get_policy_document_output(
        statements=[
            {
                "effect": "Allow",
                "principals": [{"type": "Service", "identifiers": ["logdelivery.elasticloadbalancing.amazonaws.com"]}],
                "actions": ["s3:PutObject"],
                "resources": [pulumi.Output.concat(logs.arn, f"/alb/AWSLogs/{current.account_id}/*")],
            }
        ]
    ).json,
)

# IAM
role = aws.iam.Role(
    "app",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
    tags=tags,
)
aws.iam.RolePolicyAttachment("ssm", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
read_assets = aws.iam.Policy(
    "read-assets",
    policy=assets.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [arn, f"{arn}/*"]}
                ],
            }
        )
    ),
    tags=tags,
)
aws.iam.RolePolicyAttachment("read-assets", role=role.name, policy_arn=read_assets.arn)
aws.iam.RolePolicy(
    "read-secret",
    role=role.id,
    policy=db_secret.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}],
            }
        )
    ),
)
profile = aws.iam.InstanceProfile("app", role=role.name, tags=tags)

# Balancer
alb = aws.lb.LoadBalancer(
    "shop",
    load_balancer_type="application",
    internal=False,
    security_groups=[alb_sg.id],
    subnets=[s.id for s in public],
    idle_timeout=120,
    enable_deletion_protection=False,
    access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.bucket, prefix="alb", enabled=True),
    tags=tags,
    opts=pulumi.ResourceOptions(depends_on=[logs_policy]),
)
targets = aws.lb.TargetGroup(
    "shop",
    port=8080,
    protocol="HTTP",
    vpc_id=vpc.id,
    target_type="instance",
    deregistration_delay=30,
    health_check=aws.lb.TargetGroupHealthCheckArgs(path="/health", matcher="200-299", interval=15),
    stickiness=aws.lb.TargetGroupStickinessArgs(type="lb_cookie", cookie_duration=3600, enabled=True),
    tags=tags,
)
zone = aws.route53.Zone("shop", name="shop.example", comment="the shop", tags=tags)
certificate = aws.acm.Certificate("shop", domain_name="shop.example", validation_method="DNS", tags=tags)
validation_record = aws.route53.Record(
    "validation",
    zone_id=zone.zone_id,
    name=certificate.domain_validation_options[0].resource_record_name,
    type=certificate.domain_validation_options[0].resource_record_type,
    records=[certificate.domain_validation_options[0].resource_record_value],
    ttl=60,
)
validation = aws.acm.CertificateValidation(
    "shop", certificate_arn=certificate.arn, validation_record_fqdns=[validation_record.fqdn]
)
aws.lb.Listener(
    "http",
    load_balancer_arn=alb.arn,
    port=80,
    protocol="HTTP",
    default_actions=[{"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}],
    tags=tags,
)
https = aws.lb.Listener(
    "https",
    load_balancer_arn=alb.arn,
    port=443,
    protocol="HTTPS",
    ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificate_arn=validation.certificate_arn,
    default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
    tags=tags,
)
aws.lb.ListenerRule(
    "maintenance",
    listener_arn=https.arn,
    priority=10,
    conditions=[{"path_pattern": {"values": ["/maintenance*"]}}],
    actions=[
        {
            "type": "fixed-response",
            "fixed_response": {"content_type": "text/plain", "message_body": "soon", "status_code": "503"},
        }
    ],
    tags=tags,
)
aws.route53.Record(
    "www",
    zone_id=zone.zone_id,
    name="www.shop.example",
    type="A",
    aliases=[{"name": alb.dns_name, "zone_id": alb.zone_id, "evaluate_target_health": True}],
)

# Instances
template = aws.ec2.LaunchTemplate(
    "app",
    image_id=ami.id,
    instance_type=instance_type,
    update_default_version=True,
    iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
    vpc_security_group_ids=[app_sg.id],
    user_data="IyEvYmluL2Jhc2gKZWNobyBoZWxsbwo=",
    metadata_options={"http_tokens": "required", "http_endpoint": "enabled"},
    block_device_mappings=[
        {"device_name": "/dev/xvda", "ebs": {"volume_size": 20, "volume_type": "gp3", "encrypted": "true"}}
    ],
    tag_specifications=[{"resource_type": "instance", "tags": {**tags, "Name": "shop-app"}}],
    tags=tags,
)
group = aws.autoscaling.Group(
    "app",
    min_size=2,
    max_size=6,
    desired_capacity=2,
    vpc_zone_identifiers=[s.id for s in private],
    target_group_arns=[targets.arn],
    health_check_type="ELB",
    health_check_grace_period=120,
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
    instance_refresh={"strategy": "Rolling", "preferences": {"min_healthy_percentage": 50}},
    tags=[{"key": "Name", "value": "shop-app", "propagate_at_launch": True}],
)
aws.autoscaling.Policy(
    "cpu",
    autoscaling_group_name=group.name,
    policy_type="TargetTrackingScaling",
    target_tracking_configuration={
        "predefined_metric_specification": {"predefined_metric_type": "ASGAverageCPUUtilization"},
        "target_value": 60,
    },
)
aws.autoscaling.Schedule(
    "night",
    autoscaling_group_name=group.name,
    scheduled_action_name="night",
    recurrence="0 3 * * *",
    min_size=1,
    max_size=2,
    desired_capacity=1,
)

# Watching
topic = aws.sns.Topic("alarms", tags=tags)
aws.sns.TopicSubscription("ops", topic=topic.arn, protocol="email", endpoint="ops@shop.example")
aws.cloudwatch.MetricAlarm(
    "errors",
    namespace="AWS/ApplicationELB",
    metric_name="HTTPCode_Target_5XX_Count",
    dimensions={"LoadBalancer": alb.arn_suffix},
    statistic="Sum",
    period=60,
    evaluation_periods=5,
    threshold=10,
    comparison_operator="GreaterThanThreshold",
    treat_missing_data="notBreaching",
    alarm_actions=[topic.arn],
    tags=tags,
)
app_logs = aws.cloudwatch.LogGroup("app", name=f"/shop/{env}/app", retention_in_days=30, tags=tags)
aws.ssm.Parameter("db-host", name=f"/shop/{env}/db/host", type="String", value=db.address, tags=tags)
key = aws.kms.Key("app", description="application data", enable_key_rotation=True, deletion_window_in_days=7, tags=tags)
aws.kms.Alias("app", name=f"alias/shop-{env}", target_key_id=key.key_id)
dead = aws.sqs.Queue("dead", message_retention_seconds=1209600, tags=tags)
aws.sqs.Queue(
    "orders",
    visibility_timeout_seconds=60,
    redrive_policy=dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})),
    tags=tags,
)
acl = aws.wafv2.WebAcl(
    "shop",
    scope="REGIONAL",
    default_action={"allow": {}},
    visibility_config={"cloudwatch_metrics_enabled": True, "metric_name": "shop", "sampled_requests_enabled": True},
    rules=[
        {
            "name": "rate",
            "priority": 1,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP"}},
            "visibility_config": {
                "cloudwatch_metrics_enabled": True,
                "metric_name": "rate",
                "sampled_requests_enabled": True,
            },
        }
    ],
    tags=tags,
)
aws.wafv2.WebAclAssociation("shop", resource_arn=alb.arn, web_acl_arn=acl.arn)

pulumi.export("url", alb.dns_name.apply(lambda name: f"https://{name}"))
pulumi.export("zone_id", alb.zone_id)
pulumi.export("db_host", db.address)
pulumi.export("assets", assets.bucket)
pulumi.export("log_group", app_logs.arn)
pulumi.export("suffix", suffix.hex)
