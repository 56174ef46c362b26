"""Flow logs of a VPC in an encrypted CloudWatch log group: part of `Network`."""

import json
from enum import StrEnum

import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from .naming import ROLE_LIMIT, short_name
from .scope import Scope


class FlowLogs(StrEnum):
    """Which connections a network records."""

    OFF = "off"
    """None."""
    REJECTED = "rejected"
    """What security groups and network ACLs turned away: small, and what an investigation asks for first."""
    ALL = "all"
    """Every connection. CloudWatch bills by volume."""


_TRAFFIC_TYPES = {FlowLogs.REJECTED: "REJECT", FlowLogs.ALL: "ALL"}


def record_flows(
    scope: Scope,
    flow_logs: FlowLogs,
    *,
    vpc_id: Input[str],
    region: str,
    retention_days: int,
    protect: bool,
) -> None:
    """Make the log group, its key, the role that writes to it, and the flow log (other than `off`) itself."""
    partition = aws.get_partition(opts=scope.lookup()).partition
    account = aws.get_caller_identity(opts=scope.lookup()).account_id

    log_group_name = f"{scope.name}-flow-logs"
    key = aws.kms.Key(
        log_group_name,
        description=f"Flow logs of {scope.name}",
        enable_key_rotation=True,
        policy=_key_policy(partition, region, account, log_group_name),
        tags=scope.tagged(log_group_name),
        opts=ResourceOptions(parent=scope.parent, protect=protect),  # without it nobody reads the logs again
    )
    log_group = aws.cloudwatch.LogGroup(
        log_group_name,
        kms_key_id=key.arn,
        retention_in_days=retention_days,
        tags=scope.tagged(log_group_name),
        opts=scope.replaceable(),
    )
    role_name = short_name(scope.name, "flow-logs", ROLE_LIMIT)
    role = aws.iam.Role(
        role_name,
        assume_role_policy=_trust_policy(partition, region, account),
        tags=scope.tagged(role_name),
        opts=scope.replaceable(),
    )
    policy = aws.iam.RolePolicy(
        role_name, role=role.id, policy=log_group.arn.apply(_write_policy), opts=scope.replaceable()
    )
    aws.ec2.FlowLog(
        log_group_name,
        vpc_id=vpc_id,
        traffic_type=_TRAFFIC_TYPES[flow_logs],
        log_destination_type="cloud-watch-logs",
        log_destination=log_group.arn,
        iam_role_arn=role.arn,
        tags=scope.tagged(log_group_name),
        opts=ResourceOptions(
            parent=scope.parent,
            protect=False,
            depends_on=[policy],  # else the first records are refused
            delete_before_replace=True,  # AWS refuses a second log of the same traffic to the same place
        ),
    )


def _key_policy(partition: str, region: str, account: str, log_group_name: str) -> str:
    """After "Encrypt log data in CloudWatch Logs using AWS KMS" (Amazon CloudWatch Logs User Guide).

    The log group's name ends in a suffix that is not known before the key exists, hence the pattern.
    """
    log_groups = f"arn:{partition}:logs:{region}:{account}:log-group:{log_group_name}-*"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TheAccountDecidesByIam",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Sid": "CloudWatchLogsOfThisGroupOnly",
                    "Effect": "Allow",
                    "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                    "Action": [
                        "kms:Encrypt*",
                        "kms:Decrypt*",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:Describe*",
                    ],
                    "Resource": "*",
                    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
                },
            ],
        }
    )


def _trust_policy(partition: str, region: str, account: str) -> str:
    """Only flow logs of this account and region ("IAM role for publishing flow logs", Amazon VPC User Guide)."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnLike": {"aws:SourceArn": f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/*"},
                    },
                }
            ],
        }
    )


def _write_policy(log_group_arn: str) -> str:
    """Write to this log group and to nothing else."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                    ],
                    "Resource": f"{log_group_arn}:*",
                }
            ],
        }
    )
