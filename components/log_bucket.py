"""The bucket for a load balancer's logs: only the balancer writes, nobody reads over plain HTTP, old logs expire."""

import json
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from .naming import AUTOMATIC_SUFFIX, short_name
from .scope import Scope

BUCKET_LIMIT = 63 - AUTOMATIC_SUFFIX
"""Longest logical name of a bucket (Amazon S3 User Guide, "General purpose bucket naming rules": 63 characters)."""

ACCESS_LOGS = "access"
"""Prefix of the requests: one line each."""

CONNECTION_LOGS = "connection"
"""Prefix of the TLS connections, those that failed too."""

_LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
_ABANDONED_UPLOAD_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class LogBucket:
    """What a load balancer needs of it."""

    name: Output[str]
    ready: Resource
    """Without it the balancer may not write, and Elastic Load Balancing refuses to turn logs on."""


def log_bucket(scope: Scope, *, retention_days: int, force_destroy: bool, protect: bool) -> LogBucket:
    """Make a bucket for the access and connection logs of load balancers in this account and region.

    Unless `force_destroy` is set, deleting the stack leaves the bucket as it is, guarded, to be deleted by hand when
    its logs may go: S3 refuses to delete one that is not empty, and a destroy that ends in that error helps nobody.
    """
    name = short_name(scope.name, "logs", BUCKET_LIMIT)
    stays = ResourceOptions(parent=scope.parent, retain_on_delete=not force_destroy)
    bucket = aws.s3.Bucket(
        name,
        force_destroy=force_destroy,
        tags=scope.tagged(name),
        opts=ResourceOptions.merge(stays, ResourceOptions(protect=protect)),
    )
    no_public_access = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=stays,
    )
    aws.s3.BucketOwnershipControls(
        name,
        bucket=bucket.id,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=stays,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"  # the only one a load balancer writes with; it knows no KMS keys
                )
            )
        ],
        opts=stays,
    )
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="expire",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=retention_days),
                abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=_ABANDONED_UPLOAD_DAYS
                ),
            )
        ],
        opts=stays,
    )
    account_id = aws.get_caller_identity(opts=scope.lookup()).account_id
    policy = aws.s3.BucketPolicy(
        name,
        bucket=bucket.id,
        policy=bucket.arn.apply(lambda arn: json.dumps(_policy(arn, account_id))),
        # S3 refuses two of these calls on one bucket at a time (terraform-provider-aws issue 7628).
        opts=ResourceOptions.merge(stays, ResourceOptions(depends_on=[no_public_access])),
    )
    return LogBucket(name=bucket.bucket, ready=policy)


def _policy(bucket_arn: str, account_id: str) -> dict[str, object]:
    """The bucket's policy (Application Load Balancers guide, "Enable access logs" and "Enable connection logs").

    The account id in the path keeps other accounts' balancers out, as those pages say. They show no condition on
    aws:SourceArn, and a condition on a key that the service does not send would refuse it.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "BalancersOfThisAccountWrite",
                "Effect": "Allow",
                "Principal": {"Service": _LOG_DELIVERY},
                "Action": "s3:PutObject",
                "Resource": [
                    f"{bucket_arn}/{prefix}/AWSLogs/{account_id}/*" for prefix in (ACCESS_LOGS, CONNECTION_LOGS)
                ],
            },
            {
                "Sid": "NobodyWithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
