"""Samples for Key Management Service."""

import json

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench


def key_policy(account: str = "123456789012", *statements: object) -> str:
    """A key policy that leaves the key to the account, as AWS's default does, and allows `statements` too."""
    owner = {
        "Sid": "Enable IAM policies",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [owner, *statements]})


def key(bench: Bench) -> list[Values]:
    return [
        {
            "bypassPolicyLockoutSafetyCheck": True,
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "deletionWindowInDays": 7,
            "description": "storage",
            "enableKeyRotation": True,
            "isEnabled": False,
            "keyUsage": "ENCRYPT_DECRYPT",
            "multiRegion": True,
            "policy": key_policy(),
            "rotationPeriodInDays": 180,
            "tags": {"Name": "storage"},
        },
        {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"},
    ]


def alias(bench: Bench) -> list[Values]:
    made = bench.make("aws:kms/key:Key")
    return [
        {"name": "alias/storage", "targetKeyId": made.id},
        {"namePrefix": "alias/storage-", "targetKeyId": made["arn"]},
    ]


SAMPLES = {"aws:kms/key:Key": key, "aws:kms/alias:Alias": alias}
