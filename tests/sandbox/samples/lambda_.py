"""Samples for Lambda."""

import io
import zipfile

from sandbox.provider.schema import Asset, Values
from tests.sandbox.assets import archive
from tests.sandbox.harness import REGION, Bench
from tests.sandbox.samples.iam import TRUST

CODE = "def handler(event, context):\n    return event\n"


def role(bench: Bench) -> str:
    trust = TRUST.replace("ec2.amazonaws.com", "lambda.amazonaws.com")
    return str(bench.make("aws:iam/role:Role", assumeRolePolicy=trust)["arn"])


def code(text: str = CODE) -> Asset:
    return archive(assets={"main.py": text})


def zip_file() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("main.py", CODE)
    return packed.getvalue()


def function(bench: Bench) -> list[Values]:
    common = {"role": role(bench), "handler": "main.handler", "runtime": "python3.13"}
    bucket = bench.make("aws:s3/bucket:Bucket").id
    bench.account.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = bench.account.s3.put_object(Bucket=bucket, Key="code.zip", Body=zip_file())["VersionId"]
    vpc = bench.make("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16").id
    subnet = bench.account.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = bench.account.ec2.create_security_group(GroupName="f", Description="f", VpcId=vpc)["GroupId"]
    layer = bench.account.client("lambda").publish_layer_version(LayerName="l", Content={"ZipFile": zip_file()})
    return [
        {
            **common,
            "name": "arrivals",
            "architectures": ["arm64"],
            "code": code(),
            "deadLetterConfig": {"targetArn": f"arn:aws:sqs:{REGION}:123456789012:dead"},
            "description": "guests",
            "environment": {"variables": {"STAGE": "dev"}},
            "ephemeralStorage": {"size": 1024},
            "kmsKeyArn": f"arn:aws:kms:{REGION}:123456789012:key/0d8a8a1b-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
            "layers": [layer["LayerVersionArn"]],
            "memorySize": 256,
            "packageType": "Zip",
            "publish": True,
            "reservedConcurrentExecutions": 5,
            "skipDestroy": False,
            "sourceCodeHash": "any",
            "timeout": 30,
            "tracingConfig": {"mode": "Active"},
            "vpcConfig": {"securityGroupIds": [group], "subnetIds": [subnet], "vpcId": vpc},
            "tags": {"Name": "arrivals"},
        },
        {**common, "s3Bucket": bucket, "s3Key": "code.zip", "s3ObjectVersion": version},
    ]


def permission(bench: Bench) -> list[Values]:
    made = bench.make(
        "aws:lambda/function:Function", role=role(bench), handler="main.handler", runtime="python3.13", code=code()
    )
    common = {"action": "lambda:InvokeFunction", "function": made.id}
    return [
        {
            **common,
            "principal": "events.amazonaws.com",
            "sourceAccount": "123456789012",
            "sourceArn": f"arn:aws:events:{REGION}:123456789012:rule/night",
            "statementId": "night",
        },
        {**common, "principal": "123456789012", "statementIdPrefix": "own-", "principalOrgId": "o-a1b2c3d4e5"},
    ]


SAMPLES = {
    "aws:lambda/function:Function": function,
    "aws:lambda/permission:Permission": permission,
}
