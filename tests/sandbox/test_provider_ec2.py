"""Launch templates, instances, volumes, keys: versions, what changes in place, protection."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.schema import Values
from sandbox.provider.server import _planned
from tests.sandbox.harness import TYPES, Bench, Made
from tests.sandbox.samples.instances import INSTANCE, a_profile, an_image, an_instance
from tests.sandbox.samples.key_pairs import KEY_PAIR, PLACEMENT_GROUP, PUBLIC_KEY
from tests.sandbox.samples.launch_templates import LAUNCH_TEMPLATE, USER_DATA
from tests.sandbox.samples.security_groups import a_group
from tests.sandbox.samples.volumes import VOLUME
from tests.sandbox.samples.vpc import ZONE, a_subnet, a_vpc


def replaced(bench: Bench, made: Made, **values: Any) -> set[str]:
    return {d.name for d in bench.differences(made, **values) if d.replaces}


class TestLaunchTemplate:
    def test_every_change_of_content_is_a_new_version_and_replaces_nothing(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small", userData=USER_DATA)
        assert (made["latestVersion"], made["defaultVersion"]) == (1, 1)
        made = bench.change(made, instanceType="t4g.medium")
        assert (made["latestVersion"], made["defaultVersion"]) == (2, 1)
        [version] = bench.account.ec2.describe_launch_template_versions(LaunchTemplateId=made.id, Versions=["2"])[
            "LaunchTemplateVersions"
        ]
        assert version["LaunchTemplateData"]["InstanceType"] == "t4g.medium"
        assert version["LaunchTemplateData"]["UserData"] == USER_DATA

    def test_what_the_program_no_longer_says_is_not_in_the_new_version(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small", monitoring={"enabled": True})
        made = bench.change(made, monitoring=None)
        [version] = bench.account.ec2.describe_launch_template_versions(LaunchTemplateId=made.id, Versions=["2"])[
            "LaunchTemplateVersions"
        ]
        assert "Monitoring" not in version["LaunchTemplateData"]

    def test_the_default_version_follows_where_the_program_wants_it(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small", updateDefaultVersion=True)
        made = bench.change(made, description="bigger", instanceType="t4g.large")
        assert (made["latestVersion"], made["defaultVersion"], made["description"]) == (2, 2, "bigger")

    def test_a_description_belongs_to_a_version(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small", description="small")
        made = bench.change(made, description="still small")
        assert (made["latestVersion"], made["description"]) == (2, "still small")

    def test_the_default_version_may_be_pinned(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small")
        made = bench.change(made, instanceType="t4g.large")
        assert bench.change(made, defaultVersion=2)["defaultVersion"] == 2

    def test_its_own_tags_make_no_version(self, bench: Bench) -> None:
        made = bench.change(bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small"), tags={"team": "hotel"})
        assert (made["latestVersion"], made["tags"]) == (1, {"team": "hotel"})

    def test_tags_of_what_it_launches_do(self, bench: Bench) -> None:
        of_instances = [{"resourceType": "instance", "tags": {"Name": "web"}}]
        made = bench.change(
            bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small", tags={"team": "hotel"}),
            tagSpecifications=of_instances,
        )
        assert (made["latestVersion"], made["tags"]) == (2, {"team": "hotel"})

    @pytest.mark.parametrize(
        ("changed", "unknown"),
        [
            ({"instanceType"}, {"latestVersion"}),
            ({"tags", "tagsAll"}, {"latestVersion"}),  # as the real provider foresees it, though none comes of it
            ({"description"}, set()),
            ({"defaultVersion"}, set()),
        ],
    )
    def test_a_preview_foresees_a_new_version(self, changed: set[str], unknown: set[str]) -> None:
        template = TYPES[LAUNCH_TEMPLATE]
        assert set(template.recomputed(changed, {})) == unknown
        following = {"defaultVersion"} if changed not in ({"description"},) else set()
        assert set(template.recomputed(changed, {"updateDefaultVersion": True})) == unknown | following

    def test_a_preview_keeps_the_default_version_that_does_not_follow(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small")
        planned = _planned(
            TYPES[LAUNCH_TEMPLATE], {**made.inputs, "instanceType": "t4g.large"}, made.state, {"instanceType"}
        )
        assert planned["defaultVersion"] == 1

    def test_only_its_name_replaces_it(self, bench: Bench) -> None:
        made = bench.make(LAUNCH_TEMPLATE, instanceType="t4g.small")
        assert replaced(bench, made, name="web") == {"name"}
        everything = {"imageId": "ami-1", "keyName": "k", "userData": USER_DATA, "tags": {"a": "b"}}
        assert replaced(bench, made, **everything) == set()

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"metadataOptions": {"httpTokens": "always"}}, "'always' is none of optional, required"),
            ({"metadataOptions": {"httpPutResponseHopLimit": 65}}, "to be between 1 and 64, got 65"),
            (
                {"instanceType": "t4g.small", "instanceRequirements": {}},
                "instanceRequirements conflicts with instanceType",
            ),
            (
                {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeType": "gp4"}}]},
                "'gp4' is none of standard, io1, io2, gp2",
            ),
            ({"name": "w" * 129}, "a launch template's name has 3 to 128 letters"),
            (
                {"networkInterfaces": [{"deviceIndex": 0}], "vpcSecurityGroupIds": ["sg-1"]},
                "AWS launches nothing from a template with both network interfaces and security groups of its own",
            ),
            ({"blockDeviceMappings": [{"ebs": {"encrypted": "yes"}}]}, 'must be the string "true" or "false"'),
        ],
    )
    def test_what_aws_would_refuse_is_refused(self, bench: Bench, values: Values, reason: str) -> None:
        assert any(reason in told for told in bench.refused(LAUNCH_TEMPLATE, **values))

    def test_what_instances_get_from_it_is_what_it_says(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        group = a_group(bench, vpc)
        made = bench.make(
            LAUNCH_TEMPLATE,
            imageId=an_image(bench),
            instanceType="t4g.small",
            metadataOptions={"httpTokens": "required", "httpPutResponseHopLimit": 1},
            networkInterfaces=[{"deviceIndex": 0, "securityGroups": [group.id], "subnetId": a_subnet(bench, vpc).id}],
            blockDeviceMappings=[
                {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "volumeType": "gp3", "iops": 4000}}
            ],
            userData=USER_DATA,
        )
        answer = bench.account.ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": made.id})
        [instance] = answer["Instances"]
        assert [g["GroupId"] for g in instance["SecurityGroups"]] == [group.id]
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        [mapping] = instance["BlockDeviceMappings"]
        [volume] = bench.account.ec2.describe_volumes(VolumeIds=[mapping["Ebs"]["VolumeId"]])["Volumes"]
        assert (mapping["DeviceName"], volume["Encrypted"], volume["Iops"]) == ("/dev/xvda", True, 4000)


class TestInstance:
    @pytest.fixture
    def made(self, bench: Bench) -> Made:
        return an_instance(bench, a_subnet(bench, a_vpc(bench)))

    def test_it_has_an_encryptable_root_volume_of_its_image(self, made: Made) -> None:
        root = made["rootBlockDevice"]
        assert (root["deviceName"], root["volumeSize"], root["volumeType"]) == ("/dev/xvda", 8, "gp3")

    def test_its_type_changes_in_place_within_an_architecture(self, bench: Bench, made: Made) -> None:
        changed = bench.change(made, instanceType="t4g.small")
        assert (changed["instanceType"], changed["instanceState"]) == ("t4g.small", "running")
        assert replaced(bench, made, instanceType="t3.small") == {"instanceType"}

    def test_image_place_and_key_replace_it(self, bench: Bench, made: Made) -> None:
        assert replaced(bench, made, ami="ami-1") == {"ami"}
        assert replaced(bench, made, subnetId="subnet-1") == {"subnetId"}
        assert replaced(bench, made, keyName="front-desk") == {"keyName"}

    def test_user_data_changes_in_place_unless_the_program_wants_a_new_instance(self, bench: Bench, made: Made) -> None:
        changed = bench.change(made, userData="echo new")
        answer = bench.account.ec2.describe_instance_attribute(InstanceId=made.id, Attribute="userData")
        assert base64.b64decode(answer["UserData"]["Value"]) == b"echo new"
        assert replaced(bench, changed, userData="echo newer", userDataReplaceOnChange=True) == {"userData"}

    def test_profile_groups_metadata_and_monitoring_change_in_place(self, bench: Bench, made: Made) -> None:
        [subnet] = bench.account.ec2.describe_subnets(SubnetIds=[made["subnetId"]])["Subnets"]
        group = bench.make("aws:ec2/securityGroup:SecurityGroup", vpcId=subnet["VpcId"])
        for profile in ("web", "desk"):
            a_profile(bench, profile)
            made = bench.change(made, iamInstanceProfile=profile)
        bench.change(
            made,
            vpcSecurityGroupIds=[group.id],
            metadataOptions={"httpTokens": "required"},
            monitoring=True,
            sourceDestCheck=False,
            instanceInitiatedShutdownBehavior="terminate",
            creditSpecification={"cpuCredits": "standard"},
            cpuOptions={"coreCount": 1, "threadsPerCore": 1},
            maintenanceOptions={"autoRecovery": "disabled"},
        )

    def test_its_root_volume_grows_in_place_and_is_encrypted_by_replacement(self, bench: Bench, made: Made) -> None:
        made = bench.change(made, rootBlockDevice={"volumeSize": 20, "iops": 4000, "tags": {"Name": "root"}})
        assert (made["rootBlockDevice"]["volumeSize"], made["rootBlockDevice"]["iops"]) == (20, 4000)
        assert made["rootBlockDevice"]["tagsAll"] == {"Name": "root"}
        assert replaced(bench, made, rootBlockDevice={"volumeSize": 20, "encrypted": True}) == {"rootBlockDevice"}

    def test_a_protected_one_is_not_deleted(self, bench: Bench, made: Made) -> None:
        protected = bench.change(made, disableApiTermination=True)
        with pytest.raises(ClientError, match="OperationNotPermitted"):
            bench.end(protected)
        bench.end(bench.change(protected, forceDestroy=True))

    def test_it_needs_an_image_or_a_template(self, bench: Bench) -> None:
        assert bench.refused(INSTANCE, instanceType="t4g.nano") == ["one of ami and launchTemplate must be given"]

    def test_an_image_that_is_not_there_is_refused_by_the_account(self, bench: Bench) -> None:
        with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
            bench.make(INSTANCE, ami="ami-0123456789abcdef0", instanceType="t4g.nano")


class TestVolume:
    def test_size_type_and_speed_change_in_place(self, bench: Bench) -> None:
        made = bench.make(VOLUME, availabilityZone=ZONE, size=10)
        made = bench.change(made, size=20, type="gp3", iops=4000, throughput=200)
        assert [made[name] for name in ("size", "type", "iops", "throughput")] == [20, "gp3", 4000, 200]
        assert replaced(bench, made, encrypted=True) == {"encrypted"}
        assert replaced(bench, made, availabilityZone="sa-east-1b") == {"availabilityZone"}

    def test_a_final_snapshot_stays(self, bench: Bench) -> None:
        made = bench.make(VOLUME, availabilityZone=ZONE, size=10, finalSnapshot=True, tags={"Name": "data"})
        bench.end(made)
        own = bench.account.ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [made.id]}])["Snapshots"]
        assert [snapshot["Tags"] for snapshot in own] == [[{"Key": "Name", "Value": "data"}]]

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({}, "one of size and snapshotId must be given"),
            ({"size": 10, "type": "io2"}, "'iops' must be set when 'type' is 'io2'"),
            ({"size": 10, "iops": 100}, "'iops' must not be set when 'type' is 'gp2'"),
            ({"size": 10, "throughput": 200}, "'throughput' must not be set when 'type' is 'gp2'"),
        ],
    )
    def test_what_does_not_fit_its_type_is_refused(self, bench: Bench, values: Values, reason: str) -> None:
        assert bench.refused(VOLUME, availabilityZone=ZONE, **values) == [reason]


class TestKeyPair:
    def test_another_comment_is_no_other_key(self, bench: Bench) -> None:
        made = bench.make(KEY_PAIR, keyName="front-desk", publicKey=PUBLIC_KEY)
        assert made["publicKey"] == PUBLIC_KEY
        assert replaced(bench, made, publicKey=PUBLIC_KEY.replace("IOMq", "IOMr")) == {"publicKey"}
        assert bench.change(made, tags={"team": "hotel"})["tags"] == {"team": "hotel"}


def test_a_placement_group_is_replaced_by_another_strategy(bench: Bench) -> None:
    made = bench.make(PLACEMENT_GROUP, strategy="spread")
    assert made["spreadLevel"] == "rack"
    assert replaced(bench, made, strategy="cluster") == {"strategy"}
    [reason] = bench.refused(PLACEMENT_GROUP, strategy="spread", partitionCount=2)
    assert reason == "partitionCount must not be set when strategy is 'spread', only when it is 'partition'"
