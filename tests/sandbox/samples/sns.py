"""Samples for SNS."""

import json

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench

ROLE = "arn:aws:iam::123456789012:role/feedback"


def topic_policy_document(topic: str) -> str:
    """CloudWatch may publish."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def topic(bench: Bench) -> list[Values]:
    retries = {"defaultHealthyRetryPolicy": {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3}}
    return [
        {
            "name": "alarms",
            "deliveryPolicy": {"http": retries},
            "displayName": "Alarms",
            "kmsMasterKeyId": "alias/aws/sns",
            "policy": topic_policy_document(f"arn:aws:sns:{REGION}:123456789012:alarms"),
            "signatureVersion": 2,
            "tracingConfig": "Active",
            "tags": {"Name": "alarms"},
        },
        {"name": "arrivals.fifo", "fifoTopic": True, "contentBasedDeduplication": True},
        {"namePrefix": "arrivals-", "fifoTopic": True},
    ]


def topic_policy(bench: Bench) -> list[Values]:
    arn = bench.make("aws:sns/topic:Topic").id
    return [{"arn": arn, "policy": topic_policy_document(arn)}]


def topic_subscription(bench: Bench) -> list[Values]:
    arn = bench.make("aws:sns/topic:Topic").id
    queue = bench.make("aws:sqs/queue:Queue")
    firehose = f"arn:aws:firehose:{REGION}:123456789012:deliverystream/alarms"
    return [
        {"topic": arn, "protocol": "email", "endpoint": "desk@hotel.example", "confirmationTimeoutInMinutes": 5},
        {
            "topic": arn,
            "protocol": "sqs",
            "endpoint": queue["arn"],
            "filterPolicy": {"kind": ["arrival"]},
            "filterPolicyScope": "MessageBody",
            "rawMessageDelivery": True,
            "redrivePolicy": {"deadLetterTargetArn": queue["arn"]},
            "endpointAutoConfirms": True,
        },
        {
            "topic": arn,
            "protocol": "https",
            "endpoint": "https://hotel.example/hook",
            "deliveryPolicy": {"healthyRetryPolicy": {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3}},
        },
        {"topic": arn, "protocol": "firehose", "endpoint": firehose, "subscriptionRoleArn": ROLE},
    ]


SAMPLES = {
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": topic_subscription,
}
