"""Samples for EventBridge."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench


def event_rule(bench: Bench) -> list[Values]:
    bench.account.events.create_event_bus(Name="hotel")
    return [
        {
            "name": "arrivals",
            "description": "guests",
            "eventBusName": "hotel",
            "eventPattern": {"source": ["hotel.desk"]},
            "forceDestroy": True,
            "roleArn": "arn:aws:iam::123456789012:role/events",
            "state": "DISABLED",
            "tags": {"Name": "arrivals"},
        },
        {"namePrefix": "night-", "scheduleExpression": "cron(0 3 * * ? *)"},
    ]


def event_target(bench: Bench) -> list[Values]:
    bench.account.events.create_event_bus(Name="hotel")
    rule = bench.make("aws:cloudwatch/eventRule:EventRule", scheduleExpression="rate(1 day)").id
    other = bench.make(
        "aws:cloudwatch/eventRule:EventRule", eventBusName="hotel", name="in", eventPattern={"source": ["desk"]}
    )
    queue = bench.make("aws:sqs/queue:Queue", fifoQueue=True)["arn"]
    dead = bench.make("aws:sqs/queue:Queue")["arn"]
    return [
        {
            "arn": queue,
            "rule": rule,
            "targetId": "queue",
            "deadLetterConfig": {"arn": dead},
            "input": '{"night": true}',
            "retryPolicy": {"maximumEventAgeInSeconds": 600, "maximumRetryAttempts": 3},
            "roleArn": "arn:aws:iam::123456789012:role/events",
            "sqsTarget": {"messageGroupId": "night"},
            "forceDestroy": True,
        },
        {"arn": dead, "rule": other["name"], "eventBusName": "hotel", "inputPath": "$.detail"},
        {
            "arn": dead,
            "rule": rule,
            "inputTransformer": {"inputPaths": {"room": "$.detail.room"}, "inputTemplate": '"<room> is ready"'},
        },
    ]


SAMPLES = {
    "aws:cloudwatch/eventRule:EventRule": event_rule,
    "aws:cloudwatch/eventTarget:EventTarget": event_target,
}
