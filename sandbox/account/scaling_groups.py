"""A group of EC2 Auto Scaling: what it remembers, where its instances stand, whom it launches and terminates.

It keeps its size at once; AWS takes minutes. Where moto 5.2.5 falls short is said in `autoscaling`.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from botocore import xform_name
from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError

from sandbox.account.instance_refresh import Refresh, healthy_range_error

REMEMBERED = (
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityRebalance",
    "CapacityReservationSpecification",
    "Context",
    "DefaultCooldown",
    "DefaultInstanceWarmup",
    "DeletionProtection",
    "DesiredCapacityType",
    "HealthCheckGracePeriod",
    "InstanceLifecyclePolicy",
    "InstanceMaintenancePolicy",
    "MaxInstanceLifetime",
    "PlacementGroup",
    "TerminationPolicies",
)
"""Settings of a group that moto forgets on creation, on update or where they are 0."""

CLEARED_BY = {"DefaultInstanceWarmup": -1, "MaxInstanceLifetime": 0}
"""The value by which a request takes a setting away."""

LIFETIME_SECONDS = range(86_400, 31_536_001)  # a day to a year (MaxInstanceLifetime, API reference)


def size_error(minimum: int, maximum: int, desired: int | None) -> str | None:
    """Say what is wrong with the sizes of a group, None where nothing is."""
    if minimum > maximum:
        return f"Max bound, {maximum}, must be greater than or equal to min bound, {minimum}"
    if desired is not None and not minimum <= desired <= maximum:
        return f"Desired capacity:{desired} must be between the specified min size:{minimum} and max size:{maximum}"
    return None


def forgotten_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a request that moto forgets, by the group's own names; None where they are taken away.

    Raises ValidationError where AWS does.
    """
    settings: dict[str, Any] = {}
    for name in REMEMBERED:
        value = given.get(name)
        if value is None:
            continue
        if name == "InstanceMaintenancePolicy":
            value = {key: int(percentage) for key, percentage in dict(value).items()}
            if -1 in value.values():
                value = None
            elif error := healthy_range_error(value.get("MinHealthyPercentage"), value.get("MaxHealthyPercentage")):
                raise ValidationError(error)
        elif name in CLEARED_BY and int(value) == CLEARED_BY[name]:
            value = None
        elif name == "MaxInstanceLifetime" and int(value) not in LIFETIME_SECONDS:
            bounds = f"{LIFETIME_SECONDS[0]} and {LIFETIME_SECONDS[-1]}"
            raise ValidationError(f"MaxInstanceLifetime must be 0 or between {bounds}, got {value}")
        settings[xform_name(name)] = value
    return settings


class Recipe(NamedTuple):
    """What a group launches."""

    template: Any
    """moto's launch template."""
    version: Any
    """moto's version of it."""
    instance_type: str

    @property
    def specification(self) -> dict[str, str]:
        names = {"LaunchTemplateId": self.template.id, "LaunchTemplateName": self.template.name}
        return {**names, "Version": str(self.version.number)}

    @property
    def interface_id(self) -> str | None:
        """The existing network interface that instances take as their first one."""
        for interface in self.version.data.get("NetworkInterfaces", []):
            if int(interface.get("DeviceIndex", 0)) == 0 and "NetworkInterfaceId" in interface:
                return str(interface["NetworkInterfaceId"])
        return None


class Member(InstanceState):
    """An instance of a group, which knows what it was launched from."""

    def __init__(self, instance: Any, group: "Group", launched_from: dict[str, str] | None) -> None:
        super().__init__(
            instance, protected_from_scale_in=group.new_instances_protected_from_scale_in, autoscaling_group=group
        )
        self.image_id = instance.image_id
        self.launched_from = launched_from

    @property
    def launch_template(self) -> dict[str, Any] | None:
        return self.launched_from


class Group(FakeAutoScalingGroup):
    """A group that keeps its instances as AWS does, without delay."""

    min_size: int
    max_size: int
    default_instance_warmup: int | None = None
    max_instance_lifetime: int | None = None
    instance_maintenance_policy: dict[str, Any] | None = None
    provided_launch_template_version: str | None = None
    lattice_sources: tuple[str, ...] = ()
    """Target groups of VPC Lattice, remembered only."""

    @property
    def backend(self) -> Any:
        """The account's groups, this one among them."""
        return self.autoscaling_backend

    @property
    def exists(self) -> bool:
        """Whether the group is created; what fails before is refused, what fails after is a failed activity."""
        return self.name in self.backend.autoscaling_groups

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """The group's own template; one with a mixed instances policy has it in there."""
        return None if self.mixed_instances_policy else super().launch_template

    @property
    def traffic_sources(self) -> list[dict[str, str]]:
        by_type = {
            "elb": self.load_balancer_names,
            "elbv2": self.target_group_arns,
            "vpc-lattice": self.lattice_sources,
        }
        return [{"Identifier": name, "Type": kind} for kind, names in by_type.items() for name in names]

    # Settings

    def remember(self, settings: dict[str, Any]) -> None:
        """Keep settings as `forgotten_settings` gives them."""
        for name, value in settings.items():
            setattr(self, name, value)

    def update(self, **changes: Any) -> None:  # type: ignore[override]
        """Change the group; moto forgets a mixed instances policy that the request does not repeat."""
        minimum: int = self.min_size if changes["min_size"] is None else changes["min_size"]
        maximum: int = self.max_size if changes["max_size"] is None else changes["max_size"]
        desired: int | None = changes["desired_capacity"]
        if error := size_error(minimum, maximum, desired):
            raise ValidationError(error)
        if desired is None and not minimum <= (self.desired_capacity or 0) <= maximum:
            changes["desired_capacity"] = min(max(self.desired_capacity or 0, minimum), maximum)
        if changes["launch_template"]:
            self.launch_config = None  # type: ignore[assignment]
        elif not changes["launch_config_name"] and changes["mixed_instances_policy"] is None:
            changes["mixed_instances_policy"] = by_id(self.mixed_instances_policy)
        super().update(**changes)

    def adopt(self, configuration: dict[str, Any]) -> None:
        """Make a refresh's desired configuration the group's own."""
        self.mixed_instances_policy = configuration.get("MixedInstancesPolicy")
        self._set_launch_configuration("", configuration.get("LaunchTemplate", {}), self.mixed_instances_policy)

    def recipe(self, configuration: dict[str, Any] | None = None) -> Recipe | None:
        """What to launch: by a refresh's configuration or else the group's own; None for a launch configuration."""
        own = {"MixedInstancesPolicy": self.mixed_instances_policy, "LaunchTemplate": self.launch_template}
        chosen = configuration or own
        if policy := chosen.get("MixedInstancesPolicy"):
            named = policy["LaunchTemplate"]["LaunchTemplateSpecification"]
            overrides = policy["LaunchTemplate"].get("Overrides") or [{}]
            instance_type = overrides[0].get("InstanceType")
        elif named := chosen.get("LaunchTemplate"):
            instance_type = None
        else:
            return None
        template: Any = (
            self.ec2_backend.get_launch_template(named["LaunchTemplateId"])
            if named.get("LaunchTemplateId")
            else self.ec2_backend.get_launch_template_by_name(named["LaunchTemplateName"])
        )
        version = template.get_version(named.get("Version") or "$Default")
        return Recipe(template, version, instance_type or version.instance_type)

    # Size

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Launch or terminate until the group has its capacity."""
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        missing = self.instances_for(self.desired_capacity or 0) - len(self.active_instances())
        if missing > 0:
            self.launch(missing, "a difference between desired and actual capacity")
        elif missing < 0:
            self.terminate(self.surplus(-missing), "a difference between desired and actual capacity")

    def instances_for(self, capacity: int) -> int:
        """How many instances make a capacity, by the weight of the first override."""
        policy = self.mixed_instances_policy or {}
        overrides = policy.get("LaunchTemplate", {}).get("Overrides") or [{}]
        weight = int(overrides[0].get("WeightedCapacity") or 1)
        return -(-capacity // weight)

    def surplus(self, count: int) -> list[InstanceState]:
        """Choose whom to terminate: in the fullest zone, the one from the oldest template version, the oldest.

        That is AWS's default termination policy, the only one imitated.
        """
        left = [member for member in self.active_instances() if not member.protected_from_scale_in]
        chosen: list[InstanceState] = []
        while left and len(chosen) < count:
            zones = Counter(member.availability_zone for member in self.active_instances() if member not in chosen)
            victim = min(
                left, key=lambda member: (-zones[member.availability_zone], version_of(member), launched_at(member))
            )
            left.remove(victim)
            chosen.append(victim)
        return chosen

    def launch(self, count: int, cause: str, recipe: Recipe | None = None, leaving: InstanceState | None = None) -> int:
        """Launch instances and register them; returns how many were launched before the first failure.

        `leaving`: the instance that goes afterwards, which takes no place in the spread over zones.
        """
        for launched in range(count):
            try:
                recipe = recipe or self.recipe()
                instance = self.run(recipe, leaving)
            except EC2ClientError as error:
                if not self.exists:
                    raise
                self.record("Launching a new EC2 instance", cause, failure=error.message)
                return launched
            self.instance_states.append(Member(instance, self, recipe.specification if recipe else None))
            self.record(f"Launching a new EC2 instance: {instance.id}", cause, instance)
        if self.exists:
            self.backend.update_attached_elbs(self.name)
            self.backend.update_attached_target_groups(self.name)
        return count

    def run(self, recipe: Recipe | None, leaving: InstanceState | None) -> Any:
        """Launch one instance in the emptiest zone."""
        arguments: dict[str, Any] = {
            "region_name": self.region,
            "is_instance_type_default": False,
            "tags": {"instance": {**self.get_propagated_tags(), ASG_NAME_TAG: self.name}},
        }
        if recipe is None:
            configuration = self.launch_config
            image_id, user_data, groups = self.image_id, self.user_data, self.security_groups
            arguments["launch_config"] = configuration
            arguments["instance_type"] = self.instance_type
            arguments["associate_public_ip"] = configuration.associate_public_ip_address
        else:
            image_id, user_data, groups = recipe.version.image_id, recipe.version.user_data, []
            arguments["instance_type"] = recipe.instance_type
            arguments["launch_template"] = {
                "LaunchTemplateId": recipe.template.id,
                "Version": str(recipe.version.number),
            }
            arguments["associate_public_ip"] = None
        if recipe is None or recipe.interface_id is None:
            arguments["subnet_id"], arguments["placement"] = self.emptiest_place(leaving)
        reservation = self.ec2_backend.run_instances(image_id, 1, user_data, groups, **arguments)
        instance: Any = reservation.instances[0]
        instance.autoscaling_group = self
        return instance

    def emptiest_place(self, leaving: InstanceState | None) -> tuple[str | None, str]:
        """The subnet, if the group has any, and the zone with the fewest instances; the first one named of equals."""
        taken = Counter(member.availability_zone for member in self.active_instances() if member is not leaving)
        if not self.vpc_zone_identifier:
            return None, min(self.availability_zones, key=lambda zone: taken[zone])
        subnets = [self.ec2_backend.get_subnet(subnet_id) for subnet_id in self.vpc_zone_identifier.split(",")]
        subnet = min(subnets, key=lambda subnet: taken[subnet.availability_zone])
        return subnet.id, subnet.availability_zone

    def terminate(self, members: Iterable[InstanceState], cause: str) -> None:
        """Deregister and terminate instances."""
        leaving = list(members)
        if not leaving:
            return
        for member in leaving:
            member.instance.disable_api_termination = False  # it protects from users, not from the group
        self.let_go(leaving)
        self.ec2_backend.terminate_instances([member.instance_id for member in leaving])
        for member in leaving:
            self.record(f"Terminating EC2 instance: {member.instance_id}", cause, member.instance)

    def let_go(self, members: list[InstanceState]) -> None:
        """Take instances out of the group and out of its balancers."""
        self.instance_states = [member for member in self.instance_states if member not in members]
        self.backend.elbv2_backend.notify_terminate_instances([member.instance_id for member in members])
        if self.exists:
            self.backend.update_attached_elbs(self.name)

    def record(self, description: str, cause: str, instance: Any = None, failure: str | None = None) -> None:
        """Keep an activity for DescribeScalingActivities."""
        now = utcnow()
        places = {"Subnet ID": instance.subnet_id, "Availability Zone": instance.placement.zone} if instance else {}
        self.backend.activities.insert(
            0,
            {
                "ActivityId": str(uuid.uuid4()),
                "AutoScalingGroupName": self.name,
                "AutoScalingGroupARN": self.arn,
                "Description": description + (f".  Status Reason: {failure}" if failure else ""),
                "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} in response to {cause}.",
                "StartTime": now,
                "EndTime": now,
                "StatusCode": "Failed" if failure else "Successful",
                "StatusMessage": failure,
                "Progress": 100,
                "Details": json.dumps(places),
            },
        )

    # Refresh

    def to_replace(self, refresh: Refresh) -> list[InstanceState]:
        """The instances that a refresh replaces."""
        recipe = self.recipe(refresh.desired_configuration)
        return [
            member
            for member in self.active_instances()
            if not (refresh.preferences["SkipMatching"] and is_of(member, recipe))
            and not (member.protected_from_scale_in and refresh.preferences["ScaleInProtectedInstances"] != "Refresh")
        ]

    def replace(self, members: list[InstanceState], recipe: Recipe | None, launch_first: bool) -> str | None:
        """Replace instances one by one; returns why it stopped, None where all are replaced."""
        for member in members:
            if not launch_first:
                self.terminate([member], "an instance refresh")
            if not self.launch(1, "an instance refresh", recipe, leaving=member):
                return str(self.backend.activities[0]["StatusMessage"])
            if launch_first:
                self.terminate([member], "an instance refresh")
        return None


def by_id(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    """A mixed instances policy as a request says it: with the id of its template and without the name."""
    if policy is None:
        return None
    template = policy["LaunchTemplate"]
    named = {**template["LaunchTemplateSpecification"]}
    named.pop("LaunchTemplateName", None)
    return {**policy, "LaunchTemplate": {**template, "LaunchTemplateSpecification": named}}


def version_of(member: InstanceState) -> int:
    return int((member.launch_template or {}).get("Version") or 0)


def launched_at(member: InstanceState) -> Any:
    return member.instance.launch_time


def is_of(member: InstanceState, recipe: Recipe | None) -> bool:
    """Whether an instance is what a recipe launches."""
    if recipe is None:
        return False
    return member.launch_template == recipe.specification and member.instance_type == recipe.instance_type
