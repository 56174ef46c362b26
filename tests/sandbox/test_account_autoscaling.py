"""Auto Scaling of the account: where instances go, what replaces them, what AWS refuses, what is on record."""

from collections import Counter
from typing import Any

import pytest

from sandbox.account.instance_refresh import healthy_range_error, request_error
from tests.sandbox.aws import Network, image_id, make_network, refusal, wait_for
from tests.sandbox.conftest import REGION, Account


class World:
    """A network, a balancer with a target group, a launch template with two versions."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.autoscaling = account.client("autoscaling")
        self.ec2 = account.client("ec2")
        self.elbv2 = account.client("elbv2")
        self.network: Network = make_network(account)
        self.target_group = self.elbv2.create_target_group(
            Name="web", Protocol="HTTP", Port=8080, VpcId=self.network.vpc_id
        )["TargetGroups"][0]["TargetGroupArn"]
        self.template_id = self.ec2.create_launch_template(
            LaunchTemplateName="web", LaunchTemplateData=self.template_data("t4g.small")
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.ec2.create_launch_template_version(
            LaunchTemplateName="web", LaunchTemplateData=self.template_data("t4g.medium")
        )

    def template_data(self, instance_type: str) -> dict[str, Any]:
        interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [self.network.group_id]}
        return {
            "ImageId": image_id(self.account),
            "InstanceType": instance_type,
            "UserData": "aGVsbG8=",
            "MetadataOptions": {"HttpTokens": "required"},
            "NetworkInterfaces": [interface],
        }

    def arguments(self, **changes: Any) -> dict[str, Any]:
        return {
            "AutoScalingGroupName": "web",
            "MinSize": 1,
            "MaxSize": 6,
            "LaunchTemplate": self.version("1"),
            "VPCZoneIdentifier": ",".join(self.network.subnet_ids),
            "TargetGroupARNs": [self.target_group],
            **changes,
        }

    def version(self, number: str) -> dict[str, str]:
        return {"LaunchTemplateId": self.template_id, "Version": number}

    def create(self, **changes: Any) -> None:
        self.autoscaling.create_auto_scaling_group(**self.arguments(**changes))

    def group(self) -> Any:
        [group] = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"]
        return group

    def instance_ids(self) -> set[str]:
        return {instance["InstanceId"] for instance in self.group()["Instances"]}

    def target_ids(self) -> set[str]:
        health = self.elbv2.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return {target["Target"]["Id"] for target in health}

    def zones(self) -> list[int]:
        counts = Counter(instance["AvailabilityZone"] for instance in self.group()["Instances"])
        return [counts[f"{REGION}{zone}"] for zone in "abc"]

    def types(self) -> set[str]:
        return {instance["InstanceType"] for instance in self.group()["Instances"]}

    def activities(self) -> list[str]:
        found = self.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]
        return [activity["Description"].split(":")[0] for activity in found]

    def start(self, **arguments: Any) -> str:
        return str(
            self.autoscaling.start_instance_refresh(AutoScalingGroupName="web", **arguments)["InstanceRefreshId"]
        )

    def refresh(self) -> Any:
        return self.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]

    def wait_for_refresh(self, *statuses: str) -> Any:
        return wait_for(self.refresh, lambda refresh: refresh["Status"] in statuses)


@pytest.fixture
def world(account: Account) -> World:
    return World(account)


class TestInstances:
    def test_instances_spread_over_the_zones_and_are_registered(self, world: World) -> None:
        world.create(DesiredCapacity=4)
        assert world.zones() == [2, 1, 1]
        assert world.target_ids() == world.instance_ids()

    def test_instances_are_what_the_template_says(self, world: World) -> None:
        world.create(
            Tags=[
                {"Key": "team", "Value": "desk", "PropagateAtLaunch": True},
                {"Key": "owner", "Value": "group", "PropagateAtLaunch": False},
            ]
        )
        [member] = world.group()["Instances"]
        assert member["LaunchTemplate"] == {
            "LaunchTemplateId": world.template_id,
            "LaunchTemplateName": "web",
            "Version": "1",
        }
        [instance] = world.ec2.describe_instances(InstanceIds=[member["InstanceId"]])["Reservations"][0]["Instances"]
        assert instance["InstanceType"] == "t4g.small"
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert [group["GroupId"] for group in instance["SecurityGroups"]] == [world.network.group_id]
        assert instance["PrivateDnsName"].endswith(f".{REGION}.compute.internal")
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert tags["team"] == "desk"
        assert tags["aws:autoscaling:groupName"] == "web"
        assert "owner" not in tags

    def test_scale_in_takes_from_the_fullest_zone_and_spares_the_protected(self, world: World) -> None:
        world.create(DesiredCapacity=4)
        first = world.group()["Instances"][0]["InstanceId"]
        world.autoscaling.set_instance_protection(
            AutoScalingGroupName="web", InstanceIds=[first], ProtectedFromScaleIn=True
        )
        world.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
        assert world.zones() == [1, 1, 1]
        assert first in world.instance_ids()
        assert world.target_ids() == world.instance_ids()

    @pytest.mark.parametrize("how", ["terminated in EC2", "terminated in the group", "set unhealthy", "detached"])
    def test_what_leaves_is_deregistered_and_replaced_by_what_is_registered(self, world: World, how: str) -> None:
        world.create(DesiredCapacity=2)
        gone = sorted(world.instance_ids())[0]
        if how == "terminated in EC2":
            world.ec2.terminate_instances(InstanceIds=[gone])
        elif how == "terminated in the group":
            world.autoscaling.terminate_instance_in_auto_scaling_group(
                InstanceId=gone, ShouldDecrementDesiredCapacity=False
            )
        elif how == "set unhealthy":
            world.autoscaling.set_instance_health(InstanceId=gone, HealthStatus="Unhealthy")
        else:
            world.autoscaling.detach_instances(
                AutoScalingGroupName="web", InstanceIds=[gone], ShouldDecrementDesiredCapacity=False
            )
        assert len(world.instance_ids()) == 2
        assert gone not in world.instance_ids()
        assert world.target_ids() == world.instance_ids()

    def test_launch_that_fails_later_is_a_failed_activity(self, world: World) -> None:
        world.create()
        image = image_id(world.account)
        world.ec2.deregister_image(ImageId=image)
        world.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
        assert len(world.instance_ids()) == 1
        activity = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"][0]
        assert activity["StatusCode"] == "Failed"
        assert activity["StatusMessage"] == f"The image id '[{image}]' is no longer available"

    def test_group_of_one_takes_an_existing_interface(self, world: World) -> None:
        interface_id = world.ec2.create_network_interface(SubnetId=world.network.subnet_ids[1])["NetworkInterface"][
            "NetworkInterfaceId"
        ]
        data = world.template_data("t4g.nano")
        data["NetworkInterfaces"] = [{"DeviceIndex": 0, "NetworkInterfaceId": interface_id}]
        world.ec2.create_launch_template(LaunchTemplateName="nat", LaunchTemplateData=data)
        nat = {
            "AutoScalingGroupName": "nat",
            "MinSize": 1,
            "MaxSize": 1,
            "LaunchTemplate": {"LaunchTemplateName": "nat"},
        }
        subnets = {"VPCZoneIdentifier": world.network.subnet_ids[1]}
        assert refusal(world.autoscaling.create_auto_scaling_group, **nat, **subnets)[0] == "ValidationError"
        world.autoscaling.create_auto_scaling_group(**nat, AvailabilityZones=[f"{REGION}b"])

        def holder() -> str:
            [found] = world.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"]
            return str(found["Attachment"]["InstanceId"])

        first = holder()
        world.ec2.terminate_instances(InstanceIds=[first])
        assert holder() != first


class TestSettings:
    def test_what_moto_forgets_is_kept_and_taken_away(self, world: World) -> None:
        world.create(
            DefaultInstanceWarmup=90,
            MaxInstanceLifetime=604800,
            InstanceMaintenancePolicy={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110},
            DefaultCooldown=60,
        )
        group = world.group()
        assert group["DefaultInstanceWarmup"] == 90
        assert group["MaxInstanceLifetime"] == 604800
        assert group["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}
        assert (group["DefaultCooldown"], group["HealthCheckGracePeriod"]) == (60, 0)
        world.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName="web",
            DefaultInstanceWarmup=-1,
            MaxInstanceLifetime=0,
            InstanceMaintenancePolicy={"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1},
            DefaultCooldown=120,
            TerminationPolicies=["OldestInstance"],
        )
        group = world.group()
        assert {"DefaultInstanceWarmup", "MaxInstanceLifetime", "InstanceMaintenancePolicy"} & set(group) == set()
        assert (group["DefaultCooldown"], group["TerminationPolicies"]) == (120, ["OldestInstance"])

    @pytest.mark.parametrize(
        "setting",
        [
            {"MaxInstanceLifetime": 86399},
            {"InstanceMaintenancePolicy": {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 200}},
        ],
    )
    def test_setting_out_of_range_changes_nothing(self, world: World, setting: dict[str, Any]) -> None:
        assert refusal(world.create, **setting)[0] == "ValidationError"
        assert world.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
        world.create()
        update = {"AutoScalingGroupName": "web", "MaxSize": 5, **setting}
        assert refusal(world.autoscaling.update_auto_scaling_group, **update)[0] == "ValidationError"
        assert world.group()["MaxSize"] == 6

    def test_mixed_instances_policy_outlives_an_update_of_something_else(self, world: World) -> None:
        policy = {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": world.version("1"),
                "Overrides": [{"InstanceType": "t4g.large"}, {"InstanceType": "t4g.medium"}],
            },
            "InstancesDistribution": {"OnDemandBaseCapacity": 1},
        }
        arguments = world.arguments(MixedInstancesPolicy=policy)
        del arguments["LaunchTemplate"]
        world.autoscaling.create_auto_scaling_group(**arguments)
        world.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MaxSize=7)
        group = world.group()
        assert group["MaxSize"] == 7
        assert group["MixedInstancesPolicy"]["InstancesDistribution"]["OnDemandBaseCapacity"] == 1
        assert "LaunchTemplate" not in group
        assert world.types() == {"t4g.large"}

    @pytest.mark.parametrize(
        ("sizes", "message"),
        [
            ({"MinSize": 3, "MaxSize": 2}, "Max bound, 2, must be greater than or equal to min bound, 3"),
            (
                {"DesiredCapacity": 7},
                "Desired capacity:7 must be between the specified min size:1 and max size:6",
            ),
        ],
    )
    def test_sizes_that_contradict_are_refused(self, world: World, sizes: dict[str, int], message: str) -> None:
        assert refusal(world.create, **sizes) == ("ValidationError", message)
        world.create()
        update = {"AutoScalingGroupName": "web", **sizes}
        assert refusal(world.autoscaling.update_auto_scaling_group, **update) == ("ValidationError", message)

    def test_desired_capacity_outside_the_bounds_is_refused(self, world: World) -> None:
        world.create()
        assert refusal(world.autoscaling.set_desired_capacity, AutoScalingGroupName="web", DesiredCapacity=7) == (
            "ValidationError",
            "New SetDesiredCapacity value 7 is above max value 6 for the AutoScalingGroup.",
        )
        assert refusal(world.autoscaling.set_desired_capacity, AutoScalingGroupName="web", DesiredCapacity=0) == (
            "ValidationError",
            "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.",
        )

    def test_new_bounds_move_the_desired_capacity_between_them(self, world: World) -> None:
        world.create(DesiredCapacity=2)
        world.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=3)
        assert (world.group()["DesiredCapacity"], len(world.instance_ids())) == (3, 3)
        world.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, MaxSize=1)
        assert (world.group()["DesiredCapacity"], len(world.instance_ids())) == (1, 1)

    def test_template_that_cannot_launch_is_refused_at_creation(self, world: World) -> None:
        data = {**world.template_data("t4g.small"), "ImageId": "ami-0123456789abcdef0"}
        world.ec2.create_launch_template(LaunchTemplateName="broken", LaunchTemplateData=data)
        code, message = refusal(world.create, LaunchTemplate={"LaunchTemplateName": "broken"})
        assert code == "ValidationError"
        assert message.startswith("You must use a valid fully-formed launch template. The image id")
        assert world.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []

    def test_unknown_target_group_and_second_group_of_a_name_are_refused(self, world: World) -> None:
        unknown = world.target_group.replace("web", "bew")
        assert refusal(world.create, TargetGroupARNs=[unknown])[0] == "ValidationError"
        world.create()
        assert refusal(world.create)[0] == "AlreadyExists"


class TestDeletion:
    def test_group_with_instances_stays_unless_forced(self, world: World) -> None:
        world.create()
        [instance_id] = world.instance_ids()
        assert refusal(world.autoscaling.delete_auto_scaling_group, AutoScalingGroupName="web")[0] == "ResourceInUse"
        world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
        assert world.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
        [instance] = world.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"]
        assert instance["State"]["Name"] == "terminated"
        assert world.target_ids() == set()

    def test_group_takes_its_policies_actions_and_hooks_along(self, world: World) -> None:
        world.create()
        named = {"AutoScalingGroupName": "web"}
        world.autoscaling.put_scheduled_update_group_action(
            **named, ScheduledActionName="peak", MinSize=2, Recurrence="0 6 * * *"
        )
        world.autoscaling.put_scaling_policy(
            **named, PolicyName="out", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
        )
        world.autoscaling.put_lifecycle_hook(
            **named, LifecycleHookName="boot", LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING"
        )
        world.autoscaling.delete_auto_scaling_group(**named, ForceDelete=True)
        world.create()
        assert world.autoscaling.describe_scheduled_actions(**named)["ScheduledUpdateGroupActions"] == []
        assert world.autoscaling.describe_policies(**named)["ScalingPolicies"] == []
        assert world.autoscaling.describe_lifecycle_hooks(**named)["LifecycleHooks"] == []


class TestActivities:
    def test_launches_and_terminations_are_on_record_newest_first(self, world: World) -> None:
        world.create(DesiredCapacity=2)
        world.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=1)
        assert world.activities() == [
            "Terminating EC2 instance",
            "Launching a new EC2 instance",
            "Launching a new EC2 instance",
        ]
        activity = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"][-1]
        assert activity["StatusCode"] == "Successful"
        assert activity["Progress"] == 100
        assert activity["Details"] == (
            f'{{"Subnet ID": "{world.network.subnet_ids[0]}", "Availability Zone": "{REGION}a"}}'
        )

    def test_pages_and_deleted_groups_are_asked_for(self, world: World) -> None:
        world.create(DesiredCapacity=3)
        page = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="web", MaxRecords=2)
        rest = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="web", NextToken=page["NextToken"])
        assert (len(page["Activities"]), len(rest["Activities"]), "NextToken" in rest) == (2, 1, False)
        world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
        assert world.activities() == []
        deleted_too = world.autoscaling.describe_scaling_activities(IncludeDeletedGroups=True)
        assert len(deleted_too["Activities"]) == 6


class TestInstanceRefresh:
    def test_instances_are_replaced_new_before_old_with_the_desired_configuration(self, world: World) -> None:
        world.create(DesiredCapacity=3)
        before = world.instance_ids()
        refresh_id = world.start(
            DesiredConfiguration={"LaunchTemplate": world.version("2")},
            Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110},
        )
        running = world.refresh()
        assert (running["InstanceRefreshId"], running["Status"], running["InstancesToUpdate"]) == (
            refresh_id,
            "InProgress",
            3,
        )
        done = world.wait_for_refresh("Successful")
        assert (done["PercentageComplete"], done["InstancesToUpdate"]) == (100, 0)
        assert done["EndTime"] >= done["StartTime"]
        assert before & world.instance_ids() == set()
        assert world.types() == {"t4g.medium"}
        assert {instance["LaunchTemplate"]["Version"] for instance in world.group()["Instances"]} == {"2"}
        assert world.zones() == [1, 1, 1]
        assert world.target_ids() == world.instance_ids()
        assert world.group()["LaunchTemplate"]["Version"] == "2"
        assert world.activities()[:6] == ["Terminating EC2 instance", "Launching a new EC2 instance"] * 3

    def test_without_room_above_the_old_one_goes_first(self, world: World) -> None:
        world.create()
        world.start(Preferences={"MinHealthyPercentage": 90})
        world.wait_for_refresh("Successful")
        assert world.activities()[:2] == ["Launching a new EC2 instance", "Terminating EC2 instance"]

    def test_maintenance_policy_of_the_group_is_the_default(self, world: World) -> None:
        world.create(InstanceMaintenancePolicy={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200})
        world.start()
        preferences = world.refresh()["Preferences"]
        assert (preferences["MinHealthyPercentage"], preferences["MaxHealthyPercentage"]) == (100, 200)

    def test_one_refresh_at_a_time_until_it_is_cancelled(self, world: World) -> None:
        world.create()
        first = world.start(Preferences={"BakeTime": 3600})
        assert refusal(world.start)[0] == "InstanceRefreshInProgress"
        assert refusal(world.autoscaling.delete_auto_scaling_group, AutoScalingGroupName="web")[0] == "ResourceInUse"
        cancelled = world.autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")
        assert cancelled["InstanceRefreshId"] == first
        assert world.refresh()["Status"] == "Cancelled"
        assert refusal(world.autoscaling.cancel_instance_refresh, AutoScalingGroupName="web") == (
            "ActiveInstanceRefreshNotFound",
            "No in progress or pending Instance Refresh found for Auto Scaling group web",
        )
        second = world.start()
        all_of_them = world.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"]
        assert [each["InstanceRefreshId"] for each in all_of_them] == [second, first]
        [only] = world.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web", InstanceRefreshIds=[first])[
            "InstanceRefreshes"
        ]
        assert only["InstanceRefreshId"] == first

    def test_matching_instances_are_skipped_where_asked(self, world: World) -> None:
        world.create(DesiredCapacity=2)
        before = world.instance_ids()
        world.start(Preferences={"SkipMatching": True})
        assert world.wait_for_refresh("Successful")["InstancesToUpdate"] == 0
        assert world.instance_ids() == before

    def test_alarm_in_the_bake_time_rolls_back(self, world: World) -> None:
        cloudwatch = world.account.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="errors",
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_5XX_Count",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        world.create(DesiredCapacity=2)
        world.start(
            DesiredConfiguration={"LaunchTemplate": world.version("2")},
            Preferences={"AutoRollback": True, "BakeTime": 3600, "AlarmSpecification": {"Alarms": ["errors"]}},
        )
        world.wait_for_refresh("Baking")
        assert world.types() == {"t4g.medium"}
        assert world.group()["LaunchTemplate"]["Version"] == "1"
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
        rolled_back = world.wait_for_refresh("RollbackSuccessful")
        assert rolled_back["RollbackDetails"]["RollbackReason"] == "The alarm errors went into ALARM state."
        assert world.types() == {"t4g.small"}
        assert world.group()["LaunchTemplate"]["Version"] == "1"

    def test_user_rolls_back_what_can_be_rolled_back(self, world: World) -> None:
        world.create()
        world.start(Preferences={"BakeTime": 3600})
        code, _ = refusal(world.autoscaling.rollback_instance_refresh, AutoScalingGroupName="web")
        assert code == "IrreversibleInstanceRefresh"
        world.autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")
        world.start(DesiredConfiguration={"LaunchTemplate": world.version("2")}, Preferences={"BakeTime": 3600})
        world.wait_for_refresh("Baking")
        world.autoscaling.rollback_instance_refresh(AutoScalingGroupName="web")
        world.wait_for_refresh("RollbackSuccessful")
        assert world.types() == {"t4g.small"}

    def test_configuration_that_cannot_launch_fails_and_keeps_the_old_instances(self, world: World) -> None:
        data = {**world.template_data("t4g.small"), "ImageId": "ami-0123456789abcdef0"}
        world.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=data)
        world.create(DesiredCapacity=2)
        before = world.instance_ids()
        world.start(
            DesiredConfiguration={"LaunchTemplate": world.version("3")},
            Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200},
        )
        failed = world.wait_for_refresh("Failed")
        assert "does not exist" in failed["StatusReason"]
        assert world.instance_ids() == before
        assert world.group()["LaunchTemplate"]["Version"] == "1"

    @pytest.mark.parametrize(
        ("preferences", "desired", "part"),
        [
            ({"MaxHealthyPercentage": 150}, {}, "You must also specify MinHealthyPercentage"),
            (
                {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 200},
                {},
                "cannot be greater than 100",
            ),
            ({"CheckpointPercentages": [50, 20]}, {}, "in ascending order"),
            ({"AutoRollback": True}, {}, "specifies a desired configuration"),
            (
                {"AutoRollback": True},
                {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"}},
                "numbered launch template version",
            ),
        ],
    )
    def test_preferences_that_contradict_are_refused(
        self, preferences: dict[str, Any], desired: dict[str, Any], part: str
    ) -> None:
        assert part in (request_error(preferences, desired, "Rolling") or "")

    def test_refusal_reaches_the_caller(self, world: World) -> None:
        world.create()
        code, message = refusal(world.start, Preferences={"AutoRollback": True})
        assert (code, message) == (
            "ValidationError",
            "A rollback needs an instance refresh that specifies a desired configuration.",
        )

    @pytest.mark.parametrize(("minimum", "maximum"), [(100, 110), (0, 100), (90, 120), (None, None)])
    def test_percentages_of_a_rolling_update_are_accepted(self, minimum: int | None, maximum: int | None) -> None:
        assert healthy_range_error(minimum, maximum) is None


class TestPoliciesAndActions:
    def test_policy_answers_with_its_arn(self, world: World) -> None:
        world.create()
        answer = world.autoscaling.put_scaling_policy(
            AutoScalingGroupName="web",
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
                "TargetValue": 50,
            },
        )
        [policy] = world.autoscaling.describe_policies(AutoScalingGroupName="web")["ScalingPolicies"]
        assert answer["PolicyARN"] == policy["PolicyARN"]
        assert policy["PolicyARN"].endswith(":autoScalingGroupName/web:policyName/cpu")

    def test_request_count_policy_needs_a_listener_that_routes_to_the_group(self, world: World) -> None:
        world.create()
        balancer = world.elbv2.create_load_balancer(Name="web", Subnets=world.network.subnet_ids)["LoadBalancers"][0]
        balancer_arn = balancer["LoadBalancerArn"]
        label = f"{balancer_arn.partition(':loadbalancer/')[2]}/{world.target_group.rpartition(':')[2]}"
        policy = {
            "AutoScalingGroupName": "web",
            "PolicyName": "requests",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ALBRequestCountPerTarget",
                    "ResourceLabel": label,
                },
                "TargetValue": 100,
            },
        }
        code, message = refusal(world.autoscaling.put_scaling_policy, **policy)
        assert code == "ValidationError"
        assert message.startswith(f"The resource label {label!r} must name a load balancer")
        world.elbv2.create_listener(
            LoadBalancerArn=balancer_arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": world.target_group}],
        )
        world.autoscaling.put_scaling_policy(**policy)

    def test_two_groups_may_use_the_same_names(self, world: World) -> None:
        for name in ("web", "other"):
            world.create(AutoScalingGroupName=name)
            world.autoscaling.put_scheduled_update_group_action(
                AutoScalingGroupName=name, ScheduledActionName="peak", MinSize=2, Recurrence="0 6 * * *"
            )
            world.autoscaling.put_scaling_policy(
                AutoScalingGroupName=name, PolicyName="out", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
            )
        world.autoscaling.delete_scheduled_action(AutoScalingGroupName="web", ScheduledActionName="peak")
        world.autoscaling.delete_policy(AutoScalingGroupName="web", PolicyName="out")
        actions = world.autoscaling.describe_scheduled_actions()["ScheduledUpdateGroupActions"]
        policies = world.autoscaling.describe_policies()["ScalingPolicies"]
        assert [action["AutoScalingGroupName"] for action in actions] == ["other"]
        assert [policy["AutoScalingGroupName"] for policy in policies] == ["other"]
        assert actions[0]["ScheduledActionARN"].endswith(":autoScalingGroupName/other:scheduledActionName/peak")

    def test_action_without_a_size_or_with_contradicting_ones_is_refused(self, world: World) -> None:
        world.create()
        action = {"AutoScalingGroupName": "web", "ScheduledActionName": "peak", "Recurrence": "0 6 * * *"}
        put = world.autoscaling.put_scheduled_update_group_action
        assert refusal(put, **action)[0] == "ValidationError"
        assert refusal(put, **action, MinSize=3, MaxSize=2)[0] == "ValidationError"


class TestTrafficSources:
    def test_sources_are_attached_described_and_detached(self, world: World) -> None:
        world.create(TargetGroupARNs=[], TrafficSources=[{"Identifier": world.target_group, "Type": "elbv2"}])
        assert world.target_ids() == world.instance_ids()
        described = world.autoscaling.describe_traffic_sources(AutoScalingGroupName="web")["TrafficSources"]
        assert [(source["Identifier"], source["Type"], source["State"]) for source in described] == [
            (world.target_group, "elbv2", "InService")
        ]
        source = {"Identifier": world.target_group, "Type": "elbv2"}
        world.autoscaling.detach_traffic_sources(AutoScalingGroupName="web", TrafficSources=[source])
        assert world.target_ids() == set()
        assert world.group()["TargetGroupARNs"] == []
        world.autoscaling.attach_traffic_sources(AutoScalingGroupName="web", TrafficSources=[source])
        assert world.target_ids() == world.instance_ids()
        assert world.group()["TrafficSources"] == [source]
