"""The whole program under the recording engine, with a stack file or a variant of one."""

import json
import runpy
from pathlib import Path
from typing import Any

import pulumi.runtime
import yaml

from tests.components.conftest import Engine

ROOT = Path(__file__).parents[2]


def stack_config(stack: str) -> dict[str, Any]:
    """The `config` of a stack file."""
    return dict(yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"])


def flat(config: dict[str, Any]) -> dict[str, str]:
    """As the engine hands it to the program: JSON where it is not text."""
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}


def deploy_program(engine: Engine, config: dict[str, Any]) -> None:
    """Run `__main__.py` with `config`, AWS answering as it would."""
    engine.computed["aws:rds/instance:Instance"] = lambda _: {
        "address": "db.example",
        "masterUserSecrets": [{"secretArn": "arn:secret"}],
    }
    engine.computed["aws:acm/certificate:Certificate"] = lambda _: {
        "domainValidationOptions": [
            {"resourceRecordName": "_x.example", "resourceRecordType": "CNAME", "resourceRecordValue": "_y.example"}
        ]
    }
    engine.computed["aws:lb/loadBalancer:LoadBalancer"] = lambda r: {
        "dnsName": "lb.example",
        "zoneId": "Z2P70J7EXAMPLE",
        "arnSuffix": f"app/{r.name}/1",
    }
    engine.computed["aws:lb/targetGroup:TargetGroup"] = lambda r: {"arnSuffix": f"targetgroup/{r.name}/2"}
    engine.computed["random:index/randomId:RandomId"] = lambda r: {"hex": f"{r.inputs.get('prefix', '')}0a1b2c3d"}
    engine.computed["aws:s3/bucket:Bucket"] = lambda r: {"bucket": f"{r.name}-0a1b2c3"}
    engine.computed["aws:route53/record:Record"] = lambda r: {"fqdn": r.inputs["name"]}
    engine.computed["aws:ec2/launchTemplate:LaunchTemplate"] = lambda _: {"latestVersion": 1}
    engine.computed["aws:ec2/vpc:Vpc"] = lambda _: {"ipv6CidrBlock": "2600:1f1e:aaaa:bb00::/56"}
    engine.computed["aws:kms/key:Key"] = lambda r: {"keyId": f"{r.name}-id"}
    engine.computed["aws:ec2/eip:Eip"] = lambda r: {"allocationId": engine.identity(r)[0], "publicIp": "203.0.113.7"}
    engine.computed["aws:ec2/natGateway:NatGateway"] = lambda _: {
        "regionalNatGatewayAddresses": [{"publicIp": "203.0.113.8"}]
    }
    engine.answers["aws:route53/getZone:getZone"] = lambda args: {"zoneId": "Z1", "name": args["name"]}
    pulumi.runtime.set_all_config(flat(config))
    engine.deploy(lambda: runpy.run_path(str(ROOT / "__main__.py")))
