"""Samples for S3: buckets and their configurations."""

import json

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench
from tests.sandbox.samples.kms import key_policy


def bucket_name(bench: Bench) -> str:
    return bench.make("aws:s3/bucket:Bucket").id


def read_policy(bucket: str) -> str:
    """The account may read the bucket's objects."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def logging_policy(bucket: str) -> str:
    """S3's own log delivery may write into the bucket."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bucket(bench: Bench) -> list[Values]:
    return [
        {"bucket": "hotel-logs", "forceDestroy": True, "objectLockEnabled": True, "tags": {"Name": "logs"}},
        {"bucketPrefix": "hotel-"},
    ]


def bucket_policy(bench: Bench) -> list[Values]:
    name = bucket_name(bench)
    return [{"bucket": name, "policy": read_policy(name)}]


def bucket_public_access_block(bench: Bench) -> list[Values]:
    return [
        {
            "bucket": bucket_name(bench),
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
            "skipDestroy": False,
        }
    ]


def bucket_ownership_controls(bench: Bench) -> list[Values]:
    return [{"bucket": bucket_name(bench), "rule": {"objectOwnership": "BucketOwnerEnforced"}}]


def bucket_encryption(bench: Bench) -> list[Values]:
    key = bench.make("aws:kms/key:Key", policy=key_policy())
    return [
        {
            "bucket": bucket_name(bench),
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key["arn"]},
                    "blockedEncryptionTypes": ["SSE-C"],
                    "bucketKeyEnabled": True,
                }
            ],
        },
        {"bucket": bucket_name(bench), "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    ]


def bucket_versioning(bench: Bench) -> list[Values]:
    return [{"bucket": bucket_name(bench), "versioningConfiguration": {"status": "Enabled"}}]


def bucket_logging(bench: Bench) -> list[Values]:
    target = bucket_name(bench)
    bench.make("aws:s3/bucketPolicy:BucketPolicy", bucket=target, policy=logging_policy(target))
    common = {"targetBucket": target, "targetPrefix": "access/"}
    partitioned = {"partitionedPrefix": {"partitionDateSource": "EventTime"}}
    return [
        {"bucket": bucket_name(bench), **common, "targetObjectKeyFormat": partitioned},
        {"bucket": bucket_name(bench), **common, "targetObjectKeyFormat": {"simplePrefix": {}}},
    ]


def bucket_acl(bench: Bench) -> list[Values]:
    name = bucket_name(bench)
    bench.make(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        bucket=name,
        rule={"objectOwnership": "BucketOwnerPreferred"},
    )
    return [{"bucket": name, "acl": "authenticated-read"}]


def bucket_cors_configuration(bench: Bench) -> list[Values]:
    return [
        {
            "bucket": bucket_name(bench),
            "corsRules": [
                {
                    "id": "site",
                    "allowedHeaders": ["*"],
                    "allowedMethods": ["GET", "PUT"],
                    "allowedOrigins": ["https://hotel.example"],
                    "exposeHeaders": ["ETag"],
                    "maxAgeSeconds": 3000,
                }
            ],
        }
    ]


def bucket_notification(bench: Bench) -> list[Values]:
    queue = bench.account.sqs.create_queue(QueueName="arrived")["QueueUrl"].rsplit("/", 1)[-1]
    topic = bench.account.sns.create_topic(Name="arrived")["TopicArn"]
    rules = {"events": ["s3:ObjectCreated:*"], "filterPrefix": "in/", "filterSuffix": ".csv", "id": "one"}
    function = f"arn:aws:lambda:{REGION}:123456789012:function:arrived"
    return [
        {
            "bucket": bucket_name(bench),
            "eventbridge": True,
            "lambdaFunctions": [{**rules, "lambdaFunctionArn": function}],
            "queues": [{**rules, "id": "two", "queueArn": bench.account.arn("sqs", queue)}],
            "topics": [{**rules, "id": "three", "topicArn": topic}],
        }
    ]


SAMPLES = {
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketPolicy:BucketPolicy": bucket_policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucket_public_access_block,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucket_ownership_controls,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucket_encryption,
    "aws:s3/bucketVersioning:BucketVersioning": bucket_versioning,
    "aws:s3/bucketLogging:BucketLogging": bucket_logging,
    "aws:s3/bucketAcl:BucketAcl": bucket_acl,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": bucket_cors_configuration,
    "aws:s3/bucketNotification:BucketNotification": bucket_notification,
}
