"""The record of an instance refresh and its rules, apart from what it does to a group.

Sources: StartInstanceRefresh and RefreshPreferences (API reference), "How an instance refresh works" and "Undo changes
with a rollback" (EC2 Auto Scaling user guide).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

STEP_SECONDS = 1.0
"""How long a refresh stays in progress before it replaces the instances, all at once. AWS takes the warm-up and more
for each; a second, from the first look at it, is enough to see a refresh run and to run into one."""

ACTIVE = ("Pending", "InProgress", "Baking", "RollbackInProgress", "Cancelling")

DEFAULT_PREFERENCES = {
    "MinHealthyPercentage": 90,
    "MaxHealthyPercentage": 100,
    "SkipMatching": False,
    "AutoRollback": False,
    "ScaleInProtectedInstances": "Wait",
    "StandbyInstances": "Wait",
}
"""What AWS takes where neither the request nor the group's maintenance policy says otherwise."""


def healthy_range_error(minimum: int | None, maximum: int | None) -> str | None:
    """Say what is wrong with a pair of healthy percentages, None where nothing is."""
    if (minimum is None) != (maximum is None):
        given, missing = ("Max", "Min") if minimum is None else ("Min", "Max")
        return f"You must also specify {missing}HealthyPercentage when specifying {given}HealthyPercentage."
    if minimum is None or maximum is None:
        return None
    if not 0 <= minimum <= 100:
        return f"MinHealthyPercentage must be between 0 and 100, got {minimum}."
    if not 100 <= maximum <= 200:
        return f"MaxHealthyPercentage must be between 100 and 200, got {maximum}."
    if maximum - minimum > 100:
        return "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100."
    return None


def request_error(preferences: Mapping[str, Any], desired: Mapping[str, Any], strategy: str) -> str | None:
    """Say why AWS refuses to start a refresh, None where it does not."""
    if strategy != "Rolling":
        return f"The sandbox replaces instances only (Strategy Rolling), got {strategy}."
    minimum = preferences.get("MinHealthyPercentage")
    # A refresh may name the minimum alone, which is its older form; a maintenance policy needs both.
    maximum = preferences.get("MaxHealthyPercentage", 100 if minimum is not None else None)
    if error := healthy_range_error(minimum, maximum):
        return error
    checkpoints = preferences.get("CheckpointPercentages", [])
    if list(checkpoints) != sorted(set(checkpoints)) or not all(1 <= percentage <= 100 for percentage in checkpoints):
        return "CheckpointPercentages must be unique, in ascending order and between 1 and 100."
    if preferences.get("AutoRollback"):
        return irreversible(desired)
    return None


def irreversible(desired: Mapping[str, Any]) -> str | None:
    """Say why a refresh to this configuration cannot be rolled back, None where it can."""
    if not desired:
        return "A rollback needs an instance refresh that specifies a desired configuration."
    template = (
        desired.get("LaunchTemplate")
        or (desired["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"])
    )
    if str(template.get("Version", "$Default")).startswith("$"):
        return "A rollback needs a numbered launch template version, not $Latest or $Default."
    return None


@dataclass
class Refresh:
    """One instance refresh; the attributes are those of AWS's record, and what the sandbox needs to drive it."""

    auto_scaling_group_name: str
    preferences: dict[str, Any]
    desired_configuration: dict[str, Any] | None
    instances_to_update: int
    begun: float
    """When the present status began, on the monotonic clock."""
    strategy: str = "Rolling"
    instance_refresh_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Pending"
    status_reason: str | None = None
    start_time: datetime = field(default_factory=utcnow)
    end_time: datetime | None = None
    percentage_complete: int = 0
    rollback_details: dict[str, Any] | None = None

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def launches_first(self) -> bool:
        """Whether a new instance comes before the old one goes."""
        minimum, maximum = self.preferences["MinHealthyPercentage"], self.preferences["MaxHealthyPercentage"]
        return bool(minimum == 100 or maximum > 100)

    def enter(self, status: str, now: float, reason: str | None = None) -> None:
        """Go to a status at `now` on the monotonic clock."""
        self.status, self.begun, self.status_reason = status, now, reason
        if not self.active:
            self.end_time = utcnow()

    def roll_back(self, now: float, reason: str) -> None:
        self.rollback_details = {
            "RollbackReason": reason,
            "RollbackStartTime": utcnow(),
            "PercentageCompleteOnRollback": self.percentage_complete,
            "InstancesToUpdateOnRollback": self.instances_to_update,
        }
        self.enter("RollbackInProgress", now, reason)
