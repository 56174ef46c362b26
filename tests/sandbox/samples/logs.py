"""Samples for CloudWatch Logs."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench
from tests.sandbox.samples.kms import key_policy

LOGS_MAY_USE_KEY = {
    "Effect": "Allow",
    "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:123456789012:log-group:*"}},
}


def log_group(bench: Bench) -> list[Values]:
    key = bench.make("aws:kms/key:Key", policy=key_policy("123456789012", LOGS_MAY_USE_KEY))
    return [
        {
            "name": "/hotel/web",
            "deletionProtectionEnabled": False,
            "kmsKeyId": key["arn"],
            "logGroupClass": "INFREQUENT_ACCESS",
            "retentionInDays": 90,
            "skipDestroy": False,
            "tags": {"Name": "web"},
        },
        {"namePrefix": "/hotel/web-"},
    ]


def log_metric_filter(bench: Bench) -> list[Values]:
    return [
        {
            "name": "errors",
            "logGroupName": bench.make("aws:cloudwatch/logGroup:LogGroup").id,
            "metricTransformation": {
                "name": "Errors",
                "namespace": "Hotel",
                "value": "1",
                "defaultValue": "0",
                "dimensions": {"zone": "$.zone"},
                "unit": "Count",
            },
            "pattern": "{ $.level = ERROR }",
        }
    ]


SAMPLES = {
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": log_metric_filter,
}
