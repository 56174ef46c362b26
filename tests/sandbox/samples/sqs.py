"""Samples for SQS."""

import json

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench


def queue_policy_document(queue: str) -> str:
    """SNS may send."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def queue(bench: Bench) -> list[Values]:
    dead = bench.make("aws:sqs/queue:Queue")
    return [
        {
            "name": "arrivals",
            "delaySeconds": 5,
            "kmsDataKeyReusePeriodSeconds": 600,
            "kmsMasterKeyId": "alias/aws/sqs",
            "maxMessageSize": 2048,
            "messageRetentionSeconds": 86400,
            "policy": queue_policy_document(f"arn:aws:sqs:{REGION}:123456789012:arrivals"),
            "receiveWaitTimeSeconds": 20,
            "redriveAllowPolicy": {"redrivePermission": "denyAll"},
            "redrivePolicy": {"deadLetterTargetArn": dead["arn"], "maxReceiveCount": 4},
            "visibilityTimeoutSeconds": 60,
            "tags": {"Name": "arrivals"},
        },
        {
            "name": "arrivals.fifo",
            "contentBasedDeduplication": True,
            "deduplicationScope": "messageGroup",
            "fifoQueue": True,
            "fifoThroughputLimit": "perMessageGroupId",
        },
        {"namePrefix": "arrivals-", "sqsManagedSseEnabled": True},
        {"namePrefix": "arrivals-", "fifoQueue": True},
    ]


def queue_policy(bench: Bench) -> list[Values]:
    made = bench.make("aws:sqs/queue:Queue")
    return [{"queueUrl": made.id, "policy": queue_policy_document(made["arn"])}]


SAMPLES = {"aws:sqs/queue:Queue": queue, "aws:sqs/queuePolicy:QueuePolicy": queue_policy}
