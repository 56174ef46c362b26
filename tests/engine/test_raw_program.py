"""A program that somebody else wrote for such an architecture: more than seventy raw resources, in another style."""

import shutil

import pytest

from tests.engine.conftest import ROOT, World


def test_it_deploys_repeats_without_change_and_destroys_clean(fresh: World) -> None:
    for path in (ROOT / "tests/engine/programs/raw").iterdir():
        shutil.copy2(path, fresh.root / path.name)
    fresh.make("up")
    assert len([r for r in fresh.resources() if r["custom"]]) >= 70
    assert fresh.make("up").changes == {}
    refresh = fresh.make("refresh", "--expect-no-changes")
    assert refresh.changes == {}
    fresh.make("destroy")
    assert fresh.resources() == []
    assert [v for v in fresh.client("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]] == []
    assert fresh.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        (
            'aws.ec2.Vpc("vpc", ipv4_ipam_pool_id="ipam-pool-1", ipv4_netmask_length=24)',
            "does not translate property 'ipv4IpamPoolId' of aws:ec2/vpc:Vpc",
        ),
        ('aws.ec2.get_vpn_gateway(id="vgw-1")', "does not translate function aws:ec2/getVpnGateway:getVpnGateway"),
        ('aws.ecs.Cluster("c")', "does not translate resource type aws:ecs/cluster:Cluster"),
    ],
)
def test_what_is_not_translated_is_refused_by_its_name(program: str, refusal: str, world: World) -> None:
    (world.root / "Pulumi.yaml").write_text("name: hotelaria\nruntime: python\n")
    (world.root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: sa-east-1\n")
    (world.root / "__main__.py").write_text(f"import pulumi_aws as aws\n{program}\n")
    assert refusal in world.make("preview", fails=True).output
