"""EC2 Auto Scaling: the provider's wait until a group has the instances it was asked for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.provider.account import Account, wait_for
from sandbox.provider.schema import Incomplete

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001, "ns": 0.000000001}


def seconds_of(duration: str) -> float | None:
    """Seconds of a duration as Go writes it, e.g. "1h30m" or "0"; None for what is none."""
    if duration == "0":
        return 0.0
    parts = re.findall(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|ns|s)", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


@dataclass(frozen=True)
class Wanted:
    """What to wait for: so many healthy in the group and, unless 0, so many healthy at every balancer."""

    in_group: int
    at_balancer: int
    exactly: bool
    """After an update, neither more nor fewer; after the creation, more will do."""

    def missing(self, in_group: int, at_balancer: int) -> str:
        """What is not as wanted, "" when all is."""
        for wanted, have, where in (
            (self.in_group, in_group, "Auto Scaling Group"),
            (self.at_balancer, at_balancer, "Load Balancer"),
        ):
            if have < wanted or (self.exactly and have > wanted and (wanted or where == "Auto Scaling Group")):
                how = "exactly" if self.exactly else "at least"
                return f"want {how} {wanted} healthy instance(s) in {where}, have {have}"
        return ""


def wait_for_capacity(
    account: Account, name: str, wanted: Wanted, timeout: str, begun: datetime, ignore_failures: bool
) -> None:
    """Wait until the group has what is `wanted`, at most `timeout` (a Go duration, 0 for no waiting).

    Raises Incomplete when it takes longer, or at once when an activity since `begun` failed.
    """
    seconds = seconds_of(timeout) or 0.0
    if seconds <= 0:
        return
    last = ""

    def satisfied() -> bool:
        nonlocal last
        if not ignore_failures and (failure := _failure(account, name, begun)):
            raise Incomplete(name, f"waiting for Auto Scaling Group ({name}) capacity satisfied: {failure}")
        last = wanted.missing(*_capacity(account, name))
        return not last

    try:
        wait_for(satisfied, f"Auto Scaling Group {name}", seconds)
    except TimeoutError:
        raise Incomplete(
            name, f"waiting for Auto Scaling Group ({name}) capacity satisfied: {last}, timeout {timeout}"
        ) from None


def _failure(account: Account, name: str, begun: datetime) -> str:
    """Why an activity since `begun` failed for good, "" when none did."""
    activities = account.pages("autoscaling", "describe_scaling_activities", "Activities", AutoScalingGroupName=name)
    for activity in activities:
        message = activity.get("StatusMessage", "")
        over = activity["StatusCode"] == "Failed" and activity.get("Progress") == 100
        if over and activity["StartTime"] >= begun and "Invalid IAM Instance Profile" not in message:
            return f"scaling activity ({activity['ActivityId']}): {activity['Description']}: {message}"
    return ""


def _capacity(account: Account, name: str) -> tuple[int, int]:
    """Capacity that is healthy in the group, and that is healthy at all of its balancers."""
    [group] = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    targets = [
        _healthy_targets(account.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"])
        for arn in group.get("TargetGroupARNs", [])
    ]
    healthy = [
        instance
        for instance in group["Instances"]
        if instance["LifecycleState"] == "InService" and instance["HealthStatus"] == "Healthy"
    ]
    served = [i for i in healthy if targets and all(i["InstanceId"] in ids for ids in targets)]
    return _weight(healthy), _weight(served)


def _healthy_targets(descriptions: Iterable[Mapping[str, Any]]) -> set[str]:
    return {d["Target"]["Id"] for d in descriptions if d["TargetHealth"]["State"] == "healthy"}


def _weight(instances: Iterable[Mapping[str, Any]]) -> int:
    return sum(int(instance.get("WeightedCapacity") or 1) for instance in instances)
