"""Auto Scaling: the wait for capacity, refreshes, what changes in place, how a group ends, and what is refused."""

import re
from typing import Any

import pytest

from sandbox.provider.aws.autoscaling_capacity import Wanted, seconds_of
from sandbox.provider.schema import UNKNOWN, Incomplete, Values
from tests.sandbox.harness import TYPES, Bench, Made
from tests.sandbox.samples.autoscaling import GROUP, group_of, launch_template
from tests.sandbox.samples.lb import listener_of, network, target_group_of

POLICY = "aws:autoscaling/policy:Policy"
SCHEDULE = "aws:autoscaling/schedule:Schedule"
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"
ROLLING = {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 100, "maxHealthyPercentage": 150}}


def replacing(differences: list[Any]) -> set[str]:
    return {d.name for d in differences if d.replaces}


def described(bench: Bench, made: Made) -> Any:
    [group] = bench.account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[made.id])[
        "AutoScalingGroups"
    ]
    return group


def refreshes(bench: Bench, made: Made) -> list[Any]:
    answer = bench.account.autoscaling.describe_instance_refreshes(AutoScalingGroupName=made.id)
    return list(answer["InstanceRefreshes"])


def served_by_a_balancer(bench: Bench) -> tuple[list[str], str]:
    """(subnets, target group that a listener sends to)."""
    vpc, subnets = network(bench)
    targets = target_group_of(bench, vpc).id
    balancer = bench.make("aws:lb/loadBalancer:LoadBalancer", subnets=subnets).id
    listener_of(bench, loadBalancerArn=balancer, defaultActions=[{"type": "forward", "targetGroupArn": targets}])
    return subnets, targets


# Capacity


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("0", 0), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("200ms", 0.2), ("90s", 90), (".5m", 30)],
)
def test_durations_are_read_as_go_writes_them(duration: str, seconds: float) -> None:
    assert seconds_of(duration) == pytest.approx(seconds)


@pytest.mark.parametrize("duration", ["", "10", "10 m", "m", "ten minutes", "10m5", "-1m"])
def test_what_is_no_duration_is_none(duration: str) -> None:
    assert seconds_of(duration) is None


@pytest.mark.parametrize(
    ("wanted", "have", "missing"),
    [
        (Wanted(2, 0, exactly=False), (1, 0), "want at least 2 healthy instance(s) in Auto Scaling Group, have 1"),
        (Wanted(2, 0, exactly=False), (3, 0), ""),
        (Wanted(2, 2, exactly=False), (2, 1), "want at least 2 healthy instance(s) in Load Balancer, have 1"),
        (Wanted(2, 0, exactly=True), (3, 3), "want exactly 2 healthy instance(s) in Auto Scaling Group, have 3"),
        (Wanted(2, 1, exactly=True), (2, 2), "want exactly 1 healthy instance(s) in Load Balancer, have 2"),
        (Wanted(2, 0, exactly=True), (2, 2), ""),
    ],
)
def test_a_creation_is_content_with_more_and_an_update_is_not(
    wanted: Wanted, have: tuple[int, int], missing: str
) -> None:
    assert wanted.missing(*have) == missing


def test_a_group_is_made_when_its_instances_are_healthy_at_the_balancer(bench: Bench) -> None:
    subnets, targets = served_by_a_balancer(bench)
    made = group_of(
        bench, vpcZoneIdentifiers=subnets, targetGroupArns=[targets], minSize=2, minElbCapacity=2, healthCheckType="ELB"
    )
    assert made["desiredCapacity"] == 2
    health = bench.account.elbv2.describe_target_health(TargetGroupArn=targets)["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy", "healthy"]


def test_a_group_whose_instances_no_balancer_serves_is_incomplete_after_the_timeout(bench: Bench) -> None:
    vpc, subnets = network(bench)
    targets = target_group_of(bench, vpc).id  # no listener sends to it
    inputs, failures = bench.check(
        GROUP,
        {
            "name": "web",
            "minSize": 1,
            "maxSize": 2,
            "vpcZoneIdentifiers": subnets,
            "launchTemplate": {"id": launch_template(bench), "version": "1"},
            "targetGroupArns": [targets],
            "minElbCapacity": 1,
            "waitForCapacityTimeout": "200ms",
        },
    )
    assert failures == []
    with pytest.raises(
        Incomplete, match=r"want at least 1 healthy instance\(s\) in Load Balancer, have 0, timeout 200ms"
    ) as told:
        TYPES[GROUP].create(bench.account, inputs)
    assert told.value.id == "web"
    assert bench.read(GROUP, "web", inputs) is not None


def test_a_failed_activity_ends_the_wait_at_once_unless_it_is_to_be_ignored(bench: Bench) -> None:
    made = group_of(bench)
    [template] = bench.account.ec2.describe_launch_templates()["LaunchTemplates"]
    bench.account.ec2.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])
    with pytest.raises(Incomplete, match=r"scaling activity \([-0-9a-f]+\): Launching a new EC2 instance"):
        bench.change(made, minSize=1)
    state = bench.read(GROUP, made.id, made.state)
    assert state is not None
    patient = {**made.inputs, "minSize": 1, "ignoreFailedScalingActivities": True, "waitForCapacityTimeout": "100ms"}
    with pytest.raises(Incomplete, match=r"want exactly 1 healthy instance\(s\) in Auto Scaling Group, have 0"):
        TYPES[GROUP].update(bench.account, made.id, state, patient, {"minSize"})


def test_a_failure_before_the_change_does_not_end_its_wait(bench: Bench) -> None:
    made = group_of(bench)
    bench.account.ec2.delete_launch_template(LaunchTemplateName="web")
    with pytest.raises(Incomplete, match="scaling activity"):
        bench.change(made, minSize=1)
    state = bench.read(GROUP, made.id, made.state)
    assert state is not None
    mended = bench.change(
        Made(GROUP, made.id, made.inputs, state),
        launchTemplate={"id": launch_template(bench, "mended"), "version": "1"},
        minSize=2,
    )
    assert len(described(bench, mended)["Instances"]) == 2


def test_an_instance_counts_at_the_balancer_when_all_its_target_groups_find_it_healthy(bench: Bench) -> None:
    subnets, served = served_by_a_balancer(bench)
    [vpc] = {s["VpcId"] for s in bench.account.ec2.describe_subnets(SubnetIds=subnets)["Subnets"]}
    unserved = target_group_of(bench, vpc).id
    with pytest.raises(Incomplete, match=r"at least 1 healthy instance\(s\) in Load Balancer, have 0"):
        group_of(
            bench,
            vpcZoneIdentifiers=subnets,
            targetGroupArns=[served, unserved],
            minSize=1,
            minElbCapacity=1,
            waitForCapacityTimeout="100ms",
        )


def test_a_timeout_of_zero_waits_for_nothing(bench: Bench) -> None:
    vpc, subnets = network(bench)
    targets = [target_group_of(bench, vpc).id]
    made = group_of(
        bench, vpcZoneIdentifiers=subnets, targetGroupArns=targets, minElbCapacity=1, waitForCapacityTimeout="0"
    )
    assert made["targetGroupArns"] == targets


def test_a_capacity_that_the_program_leaves_to_aws_is_no_drift(bench: Bench) -> None:
    made = group_of(bench, maxSize=4)
    bench.account.autoscaling.set_desired_capacity(AutoScalingGroupName=made.id, DesiredCapacity=3)
    state = bench.read(GROUP, made.id, made.state)
    assert state is not None
    assert state["desiredCapacity"] == 3
    drifted = Made(GROUP, made.id, made.inputs, state)
    assert bench.differences(drifted) == []
    assert [d.path for d in bench.differences(drifted, desiredCapacity=1)] == ["desiredCapacity"]
    assert bench.change(drifted, maxSize=5)["desiredCapacity"] == 3


# Changes


def test_settings_change_in_place_and_go_back_to_aws_when_they_are_dropped(bench: Bench) -> None:
    made = group_of(
        bench,
        defaultInstanceWarmup=60,
        maxInstanceLifetime=604800,
        capacityRebalance=True,
        instanceMaintenancePolicy={"minHealthyPercentage": 100, "maxHealthyPercentage": 150},
        terminationPolicies=["OldestInstance"],
        context="hotel",
    )
    changed = bench.change(
        made,
        defaultInstanceWarmup=90,
        healthCheckType="ELB",
        healthCheckGracePeriod=30,
        terminationPolicies=["NewestInstance"],
    )
    assert (changed["defaultInstanceWarmup"], changed["healthCheckGracePeriod"]) == (90, 30)
    dropped = bench.change(
        changed,
        defaultInstanceWarmup=None,
        maxInstanceLifetime=None,
        capacityRebalance=None,
        instanceMaintenancePolicy=None,
        terminationPolicies=None,
        context=None,
    )
    group = described(bench, dropped)
    assert group["TerminationPolicies"] == ["Default"]
    assert "DefaultInstanceWarmup" not in group
    assert "InstanceMaintenancePolicy" not in group


def test_only_name_and_first_hooks_replace_a_group(bench: Bench) -> None:
    made = group_of(bench)
    hook = {"name": "warm", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    changed = bench.differences(
        made,
        name="other",
        initialLifecycleHooks=[hook],
        vpcZoneIdentifiers=["subnet-1"],
        maxSize=9,
        launchTemplate={"name": "api"},
    )
    assert replacing(changed) == {"name", "initialLifecycleHooks"}


def test_tags_are_added_changed_and_removed(bench: Bench) -> None:
    def tag(key: str, value: str, *, propagate: bool = True) -> Values:
        return {"key": key, "value": value, "propagateAtLaunch": propagate}

    made = group_of(bench, tags=[tag("Name", "web"), tag("team", "a")])
    changed = bench.change(made, tags=[tag("Name", "web", propagate=False), tag("stage", "dev")])
    seen = {t["Key"]: (t["Value"], t["PropagateAtLaunch"]) for t in described(bench, changed)["Tags"]}
    assert seen == {"Name": ("web", False), "stage": ("dev", True)}


def test_target_groups_are_attached_and_detached(bench: Bench) -> None:
    vpc, subnets = network(bench)
    first, second = target_group_of(bench, vpc).id, target_group_of(bench, vpc).id
    made = group_of(bench, vpcZoneIdentifiers=subnets, targetGroupArns=[first])
    changed = bench.change(made, targetGroupArns=[second])
    assert changed["targetGroupArns"] == [second]
    sources = group_of(
        bench,
        vpcZoneIdentifiers=subnets,
        launchTemplate={"name": "web"},
        trafficSources=[{"identifier": first, "type": "elbv2"}],
    )
    moved = bench.change(sources, trafficSources=[{"identifier": second, "type": "elbv2"}])
    assert moved["targetGroupArns"] == [second]


def test_an_attachment_is_no_difference_of_a_group_that_is_silent(bench: Bench) -> None:
    vpc, subnets = network(bench)
    made = group_of(bench, vpcZoneIdentifiers=subnets)
    attachment = bench.make(
        "aws:autoscaling/attachment:Attachment",
        autoscalingGroupName=made.id,
        lbTargetGroupArn=target_group_of(bench, vpc).id,
    )
    state = bench.read(GROUP, made.id, made.state)
    assert state is not None
    assert state["targetGroupArns"] == [attachment["lbTargetGroupArn"]]
    assert bench.differences(Made(GROUP, made.id, made.inputs, state)) == []
    bench.end(attachment)
    assert described(bench, made)["TargetGroupARNs"] == []


def test_metrics_and_suspended_processes_follow_the_program(bench: Bench) -> None:
    made = group_of(bench, enabledMetrics=["GroupMinSize", "GroupMaxSize"], suspendedProcesses=["AZRebalance"])
    changed = bench.change(made, enabledMetrics=["GroupMaxSize", "GroupTotalInstances"], suspendedProcesses=["Launch"])
    assert set(changed["enabledMetrics"]) == {"GroupMaxSize", "GroupTotalInstances"}
    assert changed["suspendedProcesses"] == ["Launch"]
    dropped = bench.change(changed, enabledMetrics=None, suspendedProcesses=None)
    assert (dropped["enabledMetrics"], dropped["suspendedProcesses"]) == ([], [])


def test_a_template_gives_way_to_a_mixed_instances_policy_and_back(bench: Bench) -> None:
    template = launch_template(bench)
    made = group_of(bench, launchTemplate={"id": template, "version": "1"})
    policy = {
        "launchTemplate": {
            "launchTemplateSpecification": {"launchTemplateId": template, "version": "1"},
            "overrides": [{"instanceType": "t4g.medium"}],
        }
    }
    mixed = bench.change(made, launchTemplate=None, mixedInstancesPolicy=policy)
    assert "launchTemplate" not in mixed.state
    assert described(bench, mixed)["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"] == [
        {"InstanceType": "t4g.medium"}
    ]
    back = bench.change(mixed, mixedInstancesPolicy=None, launchTemplate={"id": template, "version": "1"})
    assert "mixedInstancesPolicy" not in back.state


def test_a_warm_pool_comes_and_goes(bench: Bench) -> None:
    made = bench.change(group_of(bench), warmPool={"minSize": 1})
    assert made["warmPool"] == {"maxGroupPreparedCapacity": -1, "minSize": 1, "poolState": "Stopped"}
    assert "warmPool" not in bench.change(made, warmPool=None).state


def test_the_first_hooks_stand_before_the_first_instance(bench: Bench) -> None:
    hook = {"name": "warm", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "heartbeatTimeout": 60}
    made = group_of(bench, minSize=1, initialLifecycleHooks=[hook])
    assert len(described(bench, made)["Instances"]) == 1
    hooks = bench.account.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=made.id)["LifecycleHooks"]
    assert [h["LifecycleHookName"] for h in hooks] == ["warm"]


# Refresh


def new_version(bench: Bench, template: str) -> str:
    bench.account.ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
    )
    return "2"


def test_a_new_template_version_starts_a_refresh_where_the_program_asks_for_one(bench: Bench) -> None:
    template = launch_template(bench)
    made = group_of(bench, launchTemplate={"id": template, "version": "1"}, instanceRefresh=ROLLING)
    version = new_version(bench, template)
    changed = bench.change(made, launchTemplate={"id": template, "version": version})
    [refresh] = refreshes(bench, changed)
    assert refresh["Preferences"]["MinHealthyPercentage"] == 100
    assert refresh["Preferences"]["MaxHealthyPercentage"] == 150
    assert "DesiredConfiguration" not in refresh


def test_a_new_template_version_alone_replaces_no_instance(bench: Bench) -> None:
    template = launch_template(bench)
    made = group_of(bench, launchTemplate={"id": template, "version": "1"})
    bench.change(made, launchTemplate={"id": template, "version": new_version(bench, template)})
    assert refreshes(bench, made) == []


def test_other_changes_start_a_refresh_only_where_they_are_triggers(bench: Bench) -> None:
    made = group_of(bench, instanceRefresh={**ROLLING, "triggers": ["tag"]})
    larger = bench.change(made, maxSize=3)
    other = bench.change(larger, instanceRefresh={**ROLLING, "triggers": ["tag", "max_size"]})
    assert refreshes(bench, other) == []
    tagged = bench.change(other, tags=[{"key": "Name", "value": "web", "propagateAtLaunch": True}])
    assert len(refreshes(bench, tagged)) == 1


def test_a_refresh_that_still_runs_is_cancelled_by_the_next_one(bench: Bench) -> None:
    template = launch_template(bench)
    made = group_of(bench, launchTemplate={"id": template, "version": "1"}, instanceRefresh=ROLLING)
    first = bench.change(made, launchTemplate={"id": template, "version": new_version(bench, template)})
    bench.change(first, launchTemplate={"id": template, "version": "1"})
    newer, older = refreshes(bench, made)
    assert older["Status"] == "Cancelled"
    assert newer["Status"] in ("Pending", "InProgress")


def test_a_refresh_that_may_roll_back_says_what_it_leads_to(bench: Bench) -> None:
    template = launch_template(bench)
    preferences = {**ROLLING["preferences"], "autoRollback": True}  # type: ignore[dict-item]
    refresh = {"strategy": "Rolling", "preferences": preferences}
    made = group_of(bench, launchTemplate={"id": template, "version": "1"}, instanceRefresh=refresh)
    changed = bench.change(made, launchTemplate={"id": template, "version": new_version(bench, template)})
    [started] = refreshes(bench, changed)
    assert started["DesiredConfiguration"]["LaunchTemplate"]["Version"] == "2"


# The end


def test_a_group_lets_its_instances_go_before_it_is_deleted_protected_ones_too(bench: Bench) -> None:
    made = group_of(bench, minSize=2, protectFromScaleIn=True, warmPool={"minSize": 0})
    bench.end(made)
    instances = [i for r in bench.account.ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    assert {i["State"]["Name"] for i in instances} == {"terminated"}


def test_a_group_may_be_deleted_by_force(bench: Bench) -> None:
    bench.end(group_of(bench, minSize=1, protectFromScaleIn=True, forceDelete=True))


def test_a_group_that_is_gone_is_gone(bench: Bench) -> None:
    made = group_of(bench)
    bench.account.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=made.id, ForceDelete=True)
    assert bench.read(GROUP, made.id, made.state) is None
    bench.end(made)


FINE: Values = {
    "minSize": 1,
    "maxSize": 2,
    "vpcZoneIdentifiers": ["subnet-1"],
    "launchTemplate": {"id": "lt-1", "version": "1"},
}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"minSize": 3}, "minSize must not be greater than maxSize, got 3 and 2"),
        ({"desiredCapacity": 3}, "desiredCapacity must be between minSize 1 and maxSize 2, got 3"),
        ({"launchTemplate": None}, "exactly one of launchConfiguration, launchTemplate, mixedInstancesPolicy"),
        ({"launchConfiguration": "old"}, "launchConfiguration conflicts with launchTemplate"),
        ({"vpcZoneIdentifiers": None}, "one of vpcZoneIdentifiers and availabilityZones must be specified"),
        ({"healthCheckType": "TCP"}, "healthCheckType wants EC2, ELB, VPC_LATTICE or EBS, got 'TCP'"),
        ({"maxInstanceLifetime": 3600}, "maxInstanceLifetime wants 0 or 86400 to 31536000 seconds, got 3600"),
        (
            {"instanceMaintenancePolicy": {"minHealthyPercentage": 50, "maxHealthyPercentage": 200}},
            "may be 100 apart at most, got 50 and 200",
        ),
        (
            {"instanceMaintenancePolicy": {"minHealthyPercentage": -1, "maxHealthyPercentage": 110}},
            "or -1 for both, got -1 and 110",
        ),
        ({"waitForCapacityTimeout": "10 minutes"}, "wants a duration such as '10m' or '1h30m'"),
        (
            {"instanceRefresh": {"strategy": "Rolling", "triggers": ["tagz"]}},
            "'tagz' is not a recognized parameter name",
        ),
        (
            {
                "instanceRefresh": {"strategy": "Rolling", "preferences": {"autoRollback": True}},
                "launchTemplate": {"id": "lt-1", "version": "$Latest"},
            },
            "autoRollback wants a numbered version of the launch template, got '\\$Latest'",
        ),
        ({"enabledMetrics": ["GroupMinSize"], "metricsGranularity": "5Minutes"}, "metricsGranularity to be one of"),
        ({"loadBalancers": ["old"]}, "does not translate property 'loadBalancers'"),
    ],
)
def test_a_group_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    told = bench.refused(GROUP, **{k: v for k, v in (FINE | values).items() if v is not None})
    assert any(re.search(reason, reason_told) for reason_told in told), told


def test_what_a_preview_does_not_know_is_not_refused(bench: Bench) -> None:
    unknown = {"id": UNKNOWN, "version": UNKNOWN}
    assert bench.refused(GROUP, **FINE | {"minSize": UNKNOWN, "desiredCapacity": 9, "launchTemplate": unknown}) != []
    assert (
        bench.refused(GROUP, **FINE | {"minSize": UNKNOWN, "launchTemplate": unknown, "instanceRefresh": ROLLING}) == []
    )


# Policies, schedules, hooks, tags


def test_a_policy_changes_its_type_in_place(bench: Bench) -> None:
    made = bench.make(
        POLICY, autoscalingGroupName=group_of(bench).id, adjustmentType="ChangeInCapacity", scalingAdjustment=1
    )
    changed = bench.change(
        made,
        policyType="TargetTrackingScaling",
        adjustmentType=None,
        scalingAdjustment=None,
        targetTrackingConfiguration={
            "targetValue": 60,
            "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
        },
    )
    assert changed["arn"] == made["arn"]
    assert changed["targetTrackingConfiguration"]["targetValue"] == 60
    assert replacing(bench.differences(made, name="other", autoscalingGroupName="other")) == {
        "name",
        "autoscalingGroupName",
    }


def test_a_zero_that_is_for_another_type_of_policy_is_not_sent(bench: Bench) -> None:
    cpu = {"predefinedMetricType": "ASGAverageCPUUtilization"}
    made = bench.make(
        POLICY,
        autoscalingGroupName=group_of(bench).id,
        policyType="TargetTrackingScaling",
        cooldown=0,
        targetTrackingConfiguration={"targetValue": 60, "predefinedMetricSpecification": cpu},
    )
    [policy] = bench.account.autoscaling.describe_policies(PolicyNames=[made.id])["ScalingPolicies"]
    assert "Cooldown" not in policy


def test_policies_of_two_groups_may_share_a_name(bench: Bench) -> None:
    first = group_of(bench)
    second = group_of(bench, launchTemplate={"name": "web"})
    step = {"name": "more", "adjustmentType": "ChangeInCapacity"}
    one = bench.make(POLICY, autoscalingGroupName=first.id, scalingAdjustment=1, **step)
    two = bench.make(POLICY, autoscalingGroupName=second.id, scalingAdjustment=2, **step)
    bench.end(one)
    assert bench.read(POLICY, two.id, two.state) == two.state


REQUESTS = {"predefinedMetricType": "ALBRequestCountPerTarget"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "adjustmentType is required for a policy of type SimpleScaling"),
        ({"policyType": "StepScaling", "adjustmentType": "ExactCapacity"}, "stepAdjustments is required"),
        ({"policyType": "TargetTrackingScaling"}, "targetTrackingConfiguration is required"),
        (
            {"policyType": "TargetTrackingScaling", "cooldown": 60},
            "cooldown is for a policy of type SimpleScaling, got policyType 'TargetTrackingScaling'",
        ),
        (
            {
                "policyType": "TargetTrackingScaling",
                "targetTrackingConfiguration": {"targetValue": 1, "predefinedMetricSpecification": REQUESTS},
            },
            "ALBRequestCountPerTarget wants the resourceLabel",
        ),
        (
            {"policyType": "TargetTrackingScaling", "targetTrackingConfiguration": {"targetValue": 1}},
            "wants predefinedMetricSpecification or customizedMetricSpecification",
        ),
        ({"adjustmentType": "Twice", "scalingAdjustment": 1}, "expected adjustmentType to be one of"),
    ],
)
def test_a_policy_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    told = bench.refused(POLICY, autoscalingGroupName="web", **values)
    assert any(re.search(reason, reason_told) for reason_told in told), told


def action(bench: Bench, made: Made) -> Any:
    [answer] = bench.account.autoscaling.describe_scheduled_actions(ScheduledActionNames=[made.id])[
        "ScheduledUpdateGroupActions"
    ]
    return answer


def test_a_size_that_a_schedule_leaves_out_is_sent_as_zero_and_minus_one_leaves_it_alone(bench: Bench) -> None:
    start = {"autoscalingGroupName": group_of(bench).id, "startTime": "2040-11-23T06:00:00Z"}
    emptied = bench.make(SCHEDULE, scheduledActionName="night", **start)
    assert {size: action(bench, emptied)[size] for size in ("MinSize", "MaxSize", "DesiredCapacity")} == {
        "MinSize": 0,
        "MaxSize": 0,
        "DesiredCapacity": 0,
    }
    peak = bench.make(SCHEDULE, scheduledActionName="peak", minSize=2, maxSize=-1, desiredCapacity=-1, **start)
    assert action(bench, peak)["MinSize"] == 2
    assert "MaxSize" not in action(bench, peak)
    assert "DesiredCapacity" not in action(bench, peak)
    assert (peak["maxSize"], peak["desiredCapacity"]) == (-1, -1)


def test_a_schedule_changes_in_place_and_keeps_what_the_program_no_longer_says(bench: Bench) -> None:
    made = bench.make(
        SCHEDULE,
        autoscalingGroupName=group_of(bench).id,
        scheduledActionName="peak",
        minSize=2,
        maxSize=8,
        desiredCapacity=2,
        recurrence="0 6 * * 5",
        timeZone="America/Sao_Paulo",
    )
    changed = bench.change(made, minSize=3, desiredCapacity=4, timeZone=None)
    assert (changed["minSize"], changed["timeZone"]) == (3, "America/Sao_Paulo")
    assert replacing(bench.differences(made, scheduledActionName="other", autoscalingGroupName="other")) == {
        "scheduledActionName",
        "autoscalingGroupName",
    }


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"minSize": -1, "maxSize": -1, "desiredCapacity": -1, "recurrence": "0 6 * * *"}, "must not be -1"),
        ({"minSize": 2, "recurrence": "0 6 * * *"}, r"got 2 and 0 \(not given means 0\)"),
        (
            {"minSize": 2, "maxSize": 4, "recurrence": "0 6 * * *"},
            "desiredCapacity must be between minSize 2 and maxSize 4, got 0",
        ),
        ({"minSize": 0, "maxSize": 4}, "one of recurrence and startTime must be specified"),
        ({"startTime": "tomorrow"}, "startTime wants UTC as 2030-01-31T06:00:00Z, got 'tomorrow'"),
    ],
)
def test_a_schedule_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    told = bench.refused(SCHEDULE, autoscalingGroupName="web", scheduledActionName="peak", **values)
    assert any(re.search(reason, reason_told) for reason_told in told), told


def test_a_hook_that_is_given_another_group_stands_in_both_as_with_the_real_provider(bench: Bench) -> None:
    first, second = group_of(bench), group_of(bench, launchTemplate={"name": "web"})
    made = bench.make(HOOK, autoscalingGroupName=first.id, lifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING")
    assert (made["heartbeatTimeout"], made["defaultResult"]) == (3600, "ABANDON")
    bench.change(made, autoscalingGroupName=second.id, heartbeatTimeout=60)
    for group in (first, second):
        hooks = bench.account.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group.id)["LifecycleHooks"]
        assert [hook["LifecycleHookName"] for hook in hooks] == [made.id]


def test_a_single_tag_changes_its_value_in_place_and_its_key_replaces(bench: Bench) -> None:
    made = bench.make(
        "aws:autoscaling/tag:Tag",
        autoscalingGroupName=group_of(bench).id,
        tag={"key": "Name", "value": "web", "propagateAtLaunch": True},
    )
    changed = bench.change(made, tag={"key": "Name", "value": "api", "propagateAtLaunch": False})
    assert changed["tag"] == {"key": "Name", "value": "api", "propagateAtLaunch": False}
    other = bench.differences(made, tag={"key": "name", "value": "web", "propagateAtLaunch": True})
    assert replacing(other) == {"tag"}
