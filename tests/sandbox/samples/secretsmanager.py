"""Samples for Secrets Manager."""

import json

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench


def secret(bench: Bench) -> list[Values]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    return [
        {
            "name": "hotel/key",
            "description": "opens doors",
            "kmsKeyId": "alias/hotel",
            "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            "recoveryWindowInDays": 7,
            "tags": {"Name": "key"},
        },
        {"namePrefix": "hotel/key-", "recoveryWindowInDays": 0},
    ]


def secret_version(bench: Bench) -> list[Values]:
    made = bench.make("aws:secretsmanager/secret:Secret")
    return [
        {"secretId": made.id, "secretString": "hush", "versionStages": ["AWSCURRENT", "BLUE"]},
        {"secretId": made.id, "secretBinary": "aHVzaA=="},
    ]


SAMPLES = {
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretVersion:SecretVersion": secret_version,
}
