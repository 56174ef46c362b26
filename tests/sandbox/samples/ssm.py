"""Samples for Systems Manager."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench


def parameter(bench: Bench) -> list[Values]:
    arn = "arn:aws:ssm:sa-east-1:123456789012:parameter/hotel/stars"
    return [
        {
            "name": "/hotel/stars",
            "type": "String",
            "allowedPattern": "^[1-5]$",
            "arn": arn,
            "dataType": "text",
            "description": "how many",
            "insecureValue": "4",
            "overwrite": True,
            "tier": "Advanced",
            "tags": {"Name": "stars"},
        },
        {"type": "SecureString", "value": "hush", "keyId": "alias/aws/ssm"},
        {"type": "StringList", "value": "one,two"},
    ]


SAMPLES = {"aws:ssm/parameter:Parameter": parameter}
