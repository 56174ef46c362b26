"""RDS of the account: what AWS refuses, what it completes, what it holds and what it leaves behind."""

import json
from typing import Any

import pytest

from sandbox.facts import rds_rules
from tests.sandbox.aws import ACCOUNT_ID, Network, make_network, refusal
from tests.sandbox.conftest import REGION, Account

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/monitoring"


class World:
    """A network with a subnet group over its zones, parameter groups of two families, a monitoring role."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.rds = account.client("rds")
        self.network: Network = make_network(account)
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="isolated", DBSubnetGroupDescription="d", SubnetIds=self.network.subnet_ids
        )
        for family in ("postgres16", "postgres17"):
            self.rds.create_db_parameter_group(
                DBParameterGroupName=family, DBParameterGroupFamily=family, Description="d"
            )
        self.make_role("monitoring", "monitoring.rds.amazonaws.com")

    def make_role(self, name: str, service: str) -> None:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)

    def arguments(self, **changes: Any) -> dict[str, Any]:
        return {
            "DBInstanceIdentifier": "hotel",
            "Engine": "postgres",
            "EngineVersion": "17",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "StorageType": "gp3",
            "MasterUsername": "hotel",
            "ManageMasterUserPassword": True,
            "DBSubnetGroupName": "isolated",
            "DBParameterGroupName": "postgres17",
            "VpcSecurityGroupIds": [self.network.group_id],
            **changes,
        }

    def create(self, **changes: Any) -> Any:
        self.rds.create_db_instance(**self.arguments(**changes))
        return self.instance()

    def instance(self) -> Any:
        [instance] = self.rds.describe_db_instances(DBInstanceIdentifier="hotel")["DBInstances"]
        return instance

    def modify(self, **changes: Any) -> Any:
        return self.rds.modify_db_instance(DBInstanceIdentifier="hotel", ApplyImmediately=True, **changes)


@pytest.fixture
def world(account: Account) -> World:
    return World(account)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("change", "code", "part"),
        [
            ({"EngineVersion": "99.9"}, "InvalidParameterCombination", "Cannot find version 99.9 for postgres"),
            ({"EngineVersion": "17.1"}, "InvalidParameterCombination", "Cannot find version 17.1 for postgres"),
            ({"DBInstanceClass": "db.nope"}, "InvalidParameterValue", "Invalid DB Instance class: db.nope"),
            ({"DBInstanceClass": "db.t2.micro"}, "InvalidParameterCombination", "DBInstanceClass=db.t2.micro"),
            ({"DBInstanceClass": "db.t4g.nano"}, "InvalidParameterCombination", "DBInstanceClass=db.t4g.nano"),
            ({"BackupRetentionPeriod": 36}, "InvalidParameterValue", "must be between 0 and 35"),
            ({"AllocatedStorage": 19}, "InvalidParameterValue", "storage type gp3: 19"),
            ({"MaxAllocatedStorage": 21}, "InvalidParameterCombination", "Invalid max storage size"),
            ({"Iops": 12000}, "InvalidParameterCombination", "a storage size less than 400"),
            ({"StorageThroughput": 500}, "InvalidParameterCombination", "a storage size less than 400"),
            ({"MasterUsername": "rdsadmin"}, "InvalidParameterValue", "reserved word used by the engine"),
            ({"MasterUsername": "1st"}, "InvalidParameterValue", "not a valid identifier"),
            ({"MasterUserPassword": "longenough"}, "InvalidParameterCombination", "ManageMasterUserPassword"),
            (
                {"ManageMasterUserPassword": False, "MasterUserPassword": "short"},
                "InvalidParameterValue",
                "shorter than 8 characters",
            ),
            (
                {"ManageMasterUserPassword": False, "MasterUserPassword": "with/slash"},
                "InvalidParameterValue",
                "only printable ASCII characters",
            ),
            ({"ManageMasterUserPassword": False}, "InvalidParameterValue", "must be provided"),
            ({"VpcSecurityGroupIds": ["sg-0"]}, "InvalidParameterValue", "Invalid security group , groupId= sg-0"),
            (
                {"DBParameterGroupName": "postgres16"},
                "InvalidParameterCombination",
                "DBParameterGroupFamily postgres17",
            ),
            ({"DBParameterGroupName": "nope"}, "DBParameterGroupNotFound", "nope not found"),
            ({"DBSubnetGroupName": "nope"}, "DBSubnetGroupNotFoundFault", "nope not found"),
            ({"CACertificateIdentifier": "rds-ca-2019"}, "CertificateNotFound", "rds-ca-2019"),
            ({"EnableCloudwatchLogsExports": ["audit"]}, "InvalidParameterCombination", "log types 'audit'"),
            ({"DatabaseInsightsMode": "advanced"}, "InvalidParameterCombination", "at least 465 days"),
            (
                {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 8},
                "InvalidParameterValue",
                "got 8",
            ),
            ({"KmsKeyId": "alias/aws/rds"}, "InvalidParameterCombination", "encrypted DB instance"),
            ({"StorageEncrypted": True, "KmsKeyId": "nope"}, "KMSKeyNotAccessibleFault", "nope"),
            ({"DBName": "1st"}, "InvalidParameterValue", "DBName must begin with a letter"),
            (
                {"MultiAZ": True, "AvailabilityZone": f"{REGION}a"},
                "InvalidParameterCombination",
                "Requesting a specific availability zone",
            ),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
    )
    def test_value_that_the_service_does_not_take(
        self, world: World, change: dict[str, Any], code: str, part: str
    ) -> None:
        refused, message = refusal(world.create, **change)
        assert refused == code
        assert part in message
        assert world.rds.describe_db_instances()["DBInstances"] == []

    def test_group_of_another_vpc(self, world: World) -> None:
        elsewhere = make_network(world.account)
        code, message = refusal(world.create, VpcSecurityGroupIds=[elsewhere.group_id])
        assert code == "InvalidVPCNetworkStateFault"
        assert elsewhere.vpc_id in message

    def test_monitoring_role_that_does_not_trust_the_service(self, world: World) -> None:
        world.make_role("other", "ec2.amazonaws.com")
        arn = ROLE.replace("monitoring", "other")
        code, _ = refusal(world.create, MonitoringInterval=60, MonitoringRoleArn=arn)
        assert code == "InvalidParameterValue"
        world.create(MonitoringInterval=60, MonitoringRoleArn=ROLE)

    def test_subnet_group_of_one_zone(self, world: World) -> None:
        one = {"DBSubnetGroupName": "one", "DBSubnetGroupDescription": "d", "SubnetIds": world.network.subnet_ids[:1]}
        assert refusal(world.rds.create_db_subnet_group, **one) == (
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
            f"Current AZ coverage: {REGION}a. Add subnets to cover at least 2 AZs.",
        )
        modify = world.rds.modify_db_subnet_group
        code, _ = refusal(modify, DBSubnetGroupName="isolated", SubnetIds=world.network.subnet_ids[:1])
        assert code == "DBSubnetGroupDoesNotCoverEnoughAZs"


class TestWhatIsCompleted:
    def test_major_version_resolves_to_a_minor_one_below_the_newest(self, world: World) -> None:
        assert world.create()["EngineVersion"] == "17.10"
        [default] = world.rds.describe_db_engine_versions(Engine="postgres", EngineVersion="17", DefaultOnly=True)[
            "DBEngineVersions"
        ]
        assert (default["EngineVersion"], default["DBParameterGroupFamily"]) == ("17.10", "postgres17")
        known = world.rds.describe_db_engine_versions(Engine="postgres", DBParameterGroupFamily="postgres17")
        assert [version["EngineVersion"] for version in known["DBEngineVersions"]] == [
            f"17.{minor}" for minor in range(5, 12)
        ]

    def test_instance_tells_everything_that_it_was_asked_for(self, world: World) -> None:
        instance = world.create(
            MultiAZ=True,
            MonitoringInterval=60,
            MonitoringRoleArn=ROLE,
            EnablePerformanceInsights=True,
            PerformanceInsightsRetentionPeriod=465,
            DatabaseInsightsMode="advanced",
            StorageEncrypted=True,
            EnableCloudwatchLogsExports=["postgresql"],
        )
        assert instance["PerformanceInsightsEnabled"] is True
        assert instance["PerformanceInsightsRetentionPeriod"] == 465
        assert instance["PerformanceInsightsKMSKeyId"] == instance["KmsKeyId"]
        assert instance["KmsKeyId"].startswith(f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/")
        assert instance["DatabaseInsightsMode"] == "advanced"
        assert instance["EnhancedMonitoringResourceArn"] == (
            f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:RDSOSMetrics:log-stream:{instance['DbiResourceId']}"
        )
        assert instance["CertificateDetails"]["CAIdentifier"] == "rds-ca-rsa2048-g1"
        assert (instance["Iops"], instance["StorageThroughput"]) == (3000, 125)
        assert (instance["AvailabilityZone"], instance["SecondaryAvailabilityZone"]) == (f"{REGION}a", f"{REGION}b")
        assert (instance["NetworkType"], instance["LicenseModel"]) == ("IPV4", "postgresql-license")
        [group] = world.account.client("logs").describe_log_groups()["logGroups"]
        assert group["logGroupName"] == "/aws/rds/instance/hotel/postgresql"

    def test_plain_instance_has_none_of_it(self, world: World) -> None:
        instance = world.create()
        absent = {
            "EnhancedMonitoringResourceArn",
            "SecondaryAvailabilityZone",
            "PerformanceInsightsKMSKeyId",
            "KmsKeyId",
        }
        assert absent & set(instance) == set()
        assert (instance["PerformanceInsightsEnabled"], instance["DatabaseInsightsMode"]) == (False, "standard")

    def test_managed_secret_holds_the_user_and_a_password_of_its_own(self, world: World) -> None:
        secrets = world.account.client("secretsmanager")
        arn = world.create()["MasterUserSecret"]["SecretArn"]

        def value() -> dict[str, str]:
            return dict(json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]))

        first = value()
        assert first["username"] == "hotel"
        assert set(first) == {"username", "password"}
        rds_rules.check_password(first["password"])
        described = secrets.describe_secret(SecretId=arn)
        assert (described["RotationEnabled"], described["RotationRules"]) == (True, {"AutomaticallyAfterDays": 7})
        assert described["OwningService"] == "rds"
        world.modify(RotateMasterUserPassword=True)
        second = value()
        assert second["username"] == "hotel"
        assert second["password"] != first["password"]


class TestChanges:
    def test_versions_go_up_and_majors_only_on_purpose(self, world: World) -> None:
        world.create(EngineVersion="17.6")
        world.modify(EngineVersion="17")
        assert world.instance()["EngineVersion"] == "17.6"
        world.modify(EngineVersion="17.8")
        assert world.instance()["EngineVersion"] == "17.8"
        assert refusal(world.modify, EngineVersion="17.7") == (
            "InvalidParameterCombination",
            "Cannot upgrade postgres from 17.8 to 17.7",
        )
        assert "AllowMajorVersionUpgrade" in refusal(world.modify, EngineVersion="18")[1]
        world.rds.create_db_parameter_group(
            DBParameterGroupName="postgres18", DBParameterGroupFamily="postgres18", Description="d"
        )
        major = {"EngineVersion": "18", "AllowMajorVersionUpgrade": True}
        assert "DBParameterGroupFamily postgres18" in refusal(world.modify, **major)[1]
        world.modify(**major, DBParameterGroupName="postgres18")
        assert world.instance()["EngineVersion"] == "18.3"

    def test_storage_grows_into_the_next_baseline_and_never_shrinks(self, world: World) -> None:
        world.create()
        world.modify(AllocatedStorage=400)
        instance = world.instance()
        assert (instance["AllocatedStorage"], instance["Iops"], instance["StorageThroughput"]) == (400, 12000, 500)
        world.modify(AllocatedStorage=400, Iops=16000, StorageThroughput=1000)
        instance = world.instance()
        assert (instance["Iops"], instance["StorageThroughput"]) == (16000, 1000)
        code, message = refusal(world.modify, AllocatedStorage=100)
        assert (code, "cannot be less than" in message) == ("InvalidParameterCombination", True)

    def test_insights_port_and_logs_change(self, world: World) -> None:
        world.create(EnablePerformanceInsights=True, EnableCloudwatchLogsExports=["postgresql"])
        world.modify(
            EnablePerformanceInsights=False,
            DBPortNumber=5433,
            CloudwatchLogsExportConfiguration={"EnableLogTypes": ["upgrade"], "DisableLogTypes": ["postgresql"]},
        )
        instance = world.instance()
        assert instance["PerformanceInsightsEnabled"] is False
        assert instance["Endpoint"]["Port"] == 5433
        assert instance["EnabledCloudwatchLogsExports"] == ["upgrade"]

    def test_subnet_group_is_still_there_after_a_change(self, world: World) -> None:
        world.rds.modify_db_subnet_group(DBSubnetGroupName="isolated", SubnetIds=world.network.subnet_ids[:2])
        [group] = world.rds.describe_db_subnet_groups(DBSubnetGroupName="isolated")["DBSubnetGroups"]
        assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == list(world.network.subnet_ids[:2])


class TestDeletion:
    def test_instance_holds_its_groups_and_subnets(self, world: World) -> None:
        world.create()
        ec2 = world.account.client("ec2")
        assert refusal(world.rds.delete_db_parameter_group, DBParameterGroupName="postgres17") == (
            "InvalidDBParameterGroupState",
            "One or more database instances are still members of this parameter group postgres17, "
            "so the group cannot be deleted",
        )
        code, _ = refusal(world.rds.delete_db_subnet_group, DBSubnetGroupName="isolated")
        assert code == "InvalidDBSubnetGroupStateFault"
        assert refusal(ec2.delete_security_group, GroupId=world.network.group_id)[0] == "DependencyViolation"
        assert refusal(ec2.delete_subnet, SubnetId=world.network.subnet_ids[0])[0] == "DependencyViolation"
        world.rds.delete_db_instance(DBInstanceIdentifier="hotel", SkipFinalSnapshot=True)
        world.rds.delete_db_parameter_group(DBParameterGroupName="postgres17")
        world.rds.delete_db_subnet_group(DBSubnetGroupName="isolated")
        ec2.delete_security_group(GroupId=world.network.group_id)
        ec2.delete_subnet(SubnetId=world.network.subnet_ids[0])

    def test_final_snapshot_is_made_unless_it_is_given_up_in_words(self, world: World) -> None:
        world.create(DeletionProtection=True, CopyTagsToSnapshot=True, Tags=[{"Key": "team", "Value": "desk"}])
        delete = {"DBInstanceIdentifier": "hotel"}
        refused = refusal(world.rds.delete_db_instance, **delete, SkipFinalSnapshot=True)
        assert refused[0] == "InvalidParameterCombination"
        assert "disable deletion protection" in refused[1]
        world.modify(DeletionProtection=False)
        assert refusal(world.rds.delete_db_instance, **delete) == (
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        )
        world.rds.delete_db_instance(**delete, FinalDBSnapshotIdentifier="last")
        assert world.rds.describe_db_instances()["DBInstances"] == []
        [snapshot] = world.rds.describe_db_snapshots()["DBSnapshots"]
        assert (snapshot["DBSnapshotIdentifier"], snapshot["SnapshotType"]) == ("last", "manual")
        assert snapshot["TagList"] == [{"Key": "team", "Value": "desk"}]


class TestStorageRules:
    @pytest.mark.parametrize(
        ("storage_type", "size", "iops", "throughput"),
        [
            ("gp3", 20, None, None),
            ("gp3", 65_536, None, None),
            ("gp3", 400, 12_000, 500),
            ("gp3", 400, 64_000, 4_000),
            ("gp2", 20, None, None),
            ("io1", 100, 1_000, None),
            ("io1", 100, 5_000, None),
            ("io2", 100, 100_000, None),
        ],
    )
    def test_taken(self, storage_type: str, size: int, iops: int | None, throughput: int | None) -> None:
        rds_rules.check_storage(storage_type, size, iops, throughput, None)

    @pytest.mark.parametrize(
        ("storage_type", "size", "iops", "throughput"),
        [
            ("gp3", 65_537, None, None),
            ("gp3", 399, 12_000, None),
            ("gp3", 400, 11_999, None),
            ("gp3", 400, 64_001, None),
            ("gp3", 400, 12_000, 499),
            ("gp3", 400, 12_000, 3_001),
            ("gp2", 20, 3_000, None),
            ("io1", 100, None, None),
            ("io1", 100, 5_001, None),
            ("io1", 99, 1_000, None),
            ("ssd", 20, None, None),
        ],
    )
    def test_refused(self, storage_type: str, size: int, iops: int | None, throughput: int | None) -> None:
        with pytest.raises(rds_rules.Refusal):
            rds_rules.check_storage(storage_type, size, iops, throughput, None)
