"""EC2 Auto Scaling as AWS answers where moto 5.2.5 does not.

moto has no instance refresh, no traffic sources and no record of activities; puts all instances into the first subnet;
ignores most of the launch template, some settings of a group and its size limits; neither registers replacements nor
deregisters what it detaches; keeps policies and scheduled actions by a name that two groups may share.
"""

import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from moto.autoscaling import models, urls
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.models import autoscaling_backends as backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError

from sandbox.account.instance_refresh import (
    DEFAULT_PREFERENCES,
    STEP_SECONDS,
    Refresh,
    irreversible,
    request_error,
)
from sandbox.account.scaling_groups import Group, Recipe, forgotten_settings, is_of, size_error

METRICS = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
    "WarmPoolDesiredCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
)
"""All metrics of a group, which are collected where a request names none (EnableMetricsCollection, API reference)."""


def install() -> None:
    """Make moto answer Auto Scaling requests with this module."""
    backends.backend = Backend
    urls.url_paths = {"{0}/$": Response.dispatch}
    models.FakeAutoScalingGroup = Group  # type: ignore[misc]


def advance() -> None:
    """Let time pass: go on with every instance refresh. Nobody can look without this having been called before."""
    for _, _, backend in backends.iter_backends():
        assert isinstance(backend, Backend)
        backend.advance_refreshes()


def malformed_template(refusal: EC2ClientError) -> ValidationError:
    """What Auto Scaling makes of EC2's refusal to launch from a template."""
    return ValidationError(f"You must use a valid fully-formed launch template. {refusal.message}")


class Backend(AutoScalingBackend):
    """An account's groups in one region."""

    _url_module = urls

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.activities: list[dict[str, Any]] = []
        """Newest first."""
        self.refreshes: list[Refresh] = []
        """Newest first."""

    def group(self, name: str) -> Group:
        """Find a group; raises ValidationError as AWS does."""
        if name not in self.autoscaling_groups:
            raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
        group = self.autoscaling_groups[name]
        assert isinstance(group, Group)
        return group

    # Groups

    def create_auto_scaling_group(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Create a group that AWS would create; `named` are moto's own arguments."""
        if name in self.autoscaling_groups:
            raise AutoscalingClientError(
                "AlreadyExists",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
            )
        if error := size_error(named["min_size"], named["max_size"], named["desired_capacity"]):
            raise ValidationError(error)
        if not set(named["target_group_arns"]) <= set(self.elbv2_backend.target_groups):
            raise ValidationError("Provided Target Groups may not be valid. Please ensure they exist and try again.")
        try:
            self.check_interface(named)
            return super().create_auto_scaling_group(name, *arguments, **named)
        except EC2ClientError as refusal:
            raise malformed_template(refusal) from refusal

    def check_interface(self, named: dict[str, Any]) -> None:
        """Refuse an existing network interface where AWS does ("Create a launch template for an Auto Scaling group").

        It lies in one subnet and serves one instance: the group names zones instead of subnets and has room for one.
        """
        given = named["launch_template"]
        if not given:
            return
        template = self.ec2_backend._get_template_from_args(given)
        if Recipe(None, template, "").interface_id and (named["vpc_zone_identifier"] or named["max_size"] > 1):
            raise ValidationError(
                "A launch template with an existing network interface needs a group of one instance at most, "
                "with AvailabilityZones and without VPCZoneIdentifier."
            )

    def delete_auto_scaling_group(self, group_name: str, force: bool = False) -> None:
        """Delete an empty group, or any by force; moto deletes any, and leaves its policies and actions behind."""
        group = self.group(group_name)
        if group.instance_states and not force:
            raise AutoscalingClientError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
            )
        if self.active_refresh(group_name) and not force:
            raise AutoscalingClientError(
                "ScalingActivityInProgress",
                "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
            )
        group.terminate(group.instance_states, "a user request")
        del self.autoscaling_groups[group_name]
        self.refreshes = [refresh for refresh in self.refreshes if refresh.auto_scaling_group_name != group_name]
        belongings: list[Any] = [self.policies, self.scheduled_actions, self.lifecycle_hooks]
        for kept in belongings:
            for key in [key for key, thing in kept.items() if thing.auto_scaling_group_name == group_name]:
                del kept[key]

    def set_desired_capacity(self, group_name: str, desired_capacity: int | None) -> None:
        """Set the capacity within the group's bounds, as a scaling policy does."""
        group = self.group(group_name)
        wanted = max(group.min_size or 0, min(desired_capacity or 0, group.max_size or 0))
        group.set_desired_capacity(wanted)

    def update_attached_target_groups(self, group_name: str) -> None:
        """Register what runs and is not registered; moto fails where a target group is gone or an instance stopped."""
        group = self.group(group_name)
        for arn in group.target_group_arns:
            target_group = self.elbv2_backend.target_groups.get(arn)
            if target_group is None:
                continue
            running = [member.instance_id for member in group.active_instances() if member.instance.is_running()]
            new = [{"Id": id_, "Port": target_group.port} for id_ in running if id_ not in target_group.targets]
            self.elbv2_backend.register_targets(arn, new)

    def detach_load_balancer_target_groups(self, group_name: str, target_group_arns: list[str]) -> None:
        """Detach, and deregister the group's instances; moto fails where one is not registered."""
        group = self.group(group_name)
        group.target_group_arns = [arn for arn in group.target_group_arns if arn not in target_group_arns]
        for arn in target_group_arns:
            target_group = self.elbv2_backend.target_groups.get(arn)
            for member in group.instance_states if target_group else []:
                if target_group and member.instance_id in target_group.targets:
                    target_group.deregister([{"Id": member.instance_id}])

    # Instances

    def detach_instances(self, group_name: str, instance_ids: list[str], should_decrement: bool) -> Any:
        """Detach instances; moto leaves them registered with the balancers."""
        group = self.group(group_name)
        members = [member for member in group.instance_states if member.instance_id in instance_ids]
        activities = super().detach_instances(group_name, instance_ids, should_decrement)
        group.let_go(members)
        for member in members:
            group.record(f"Detaching EC2 instance: {member.instance_id}", "a user request", member.instance)
        return activities

    def terminate_instance(self, instance_id: str, should_decrement: bool) -> Any:
        """Terminate an instance of a group, which replaces it unless its size goes down with it."""
        member = self.member(instance_id)
        group = member.auto_scaling_group
        original = group.desired_capacity
        group.terminate([member], "a user request")
        group.set_desired_capacity(original - 1 if should_decrement else original)
        return models.TerminateInstanceActivity(member.instance, original)

    def set_instance_health(self, instance_id: str, health_status: str) -> None:
        """Set an instance's health; an unhealthy one is replaced (moto keeps it)."""
        member = self.member(instance_id)
        member.health_status = health_status
        if health_status == "Unhealthy":
            group = member.auto_scaling_group
            group.terminate([member], "a health check that a user set to unhealthy")
            group.set_desired_capacity(group.desired_capacity)

    def set_instance_protection(self, group_name: str, *arguments: Any, **named: Any) -> None:
        """Set protection from scale-in; the group then ends those of too many that it had to keep."""
        super().set_instance_protection(group_name, *arguments, **named)
        group = self.group(group_name)
        group.set_desired_capacity(group.desired_capacity)

    def member(self, instance_id: str) -> Any:
        for group in self.autoscaling_groups.values():
            for member in group.instance_states:
                if member.instance_id == instance_id:
                    return member
        raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        """Replace what was terminated in EC2; moto's replacements are not registered with target groups."""
        for group in [group for group in self.autoscaling_groups.values() if isinstance(group, Group)]:
            gone = [member for member in group.instance_states if member.instance_id in instance_ids]
            group.let_go(gone)
            cause = "an EC2 health check indicating it has been terminated or stopped"
            for member in gone:
                group.record(f"Terminating EC2 instance: {member.instance_id}", cause, member.instance)
            if gone:
                group.set_desired_capacity(group.desired_capacity)

    # Policies and scheduled actions, by group and name

    def put_scaling_policy(self, name: str, *arguments: Any, **named: Any) -> Any:
        group = self.group(named["as_name"])
        specification = (named["target_tracking_config"] or {}).get("PredefinedMetricSpecification", {})
        if label := specification.get("ResourceLabel"):
            self.check_label(group, label)
        policy = super().put_scaling_policy(name, *arguments, **named)
        self.policies[f"{group.name}/{name}"] = self.policies.pop(name)
        return policy

    def check_label(self, group: Group, label: str) -> None:
        """Refuse a label that does not name a balancer and a target group of it that the group is attached to.

        That is why AWS wants the listener before the policy (PredefinedMetricSpecification, API reference).
        """
        backend: Any = self.elbv2_backend
        for arn in group.target_group_arns:
            for balancer in backend.senders(arn):
                target_group = arn.rpartition(":")[2]
                if label == f"{balancer.arn.partition(':loadbalancer/')[2]}/{target_group}":
                    return
        raise ValidationError(
            f"The resource label {label!r} must name a load balancer and a target group that it routes to "
            f"and that is attached to the Auto Scaling group {group.name}."
        )

    def delete_policy(self, group_name: str) -> None:  # moto's name for the policy's name or ARN
        del self.policies[self.policy_key(group_name)]

    def execute_policy(self, group_name: str) -> None:
        self.policies[self.policy_key(group_name)].execute()

    def policy_key(self, name_or_arn: str, group_name: str | None = None) -> str:
        for key, policy in self.policies.items():
            if name_or_arn in (policy.name, policy.arn) and group_name in (None, policy.auto_scaling_group_name):
                return key
        raise ValidationError(f"No scaling policy found with name {name_or_arn}")

    def put_scheduled_update_group_action(self, name: str, *arguments: Any, **named: Any) -> Any:
        group = self.group(name)
        sizes = {size: named.get(size) for size in ("min_size", "max_size", "desired_capacity")}
        if all(value is None for value in sizes.values()):
            raise ValidationError("At least one of MinSize, MaxSize and DesiredCapacity must be specified.")
        if sizes["min_size"] is not None and sizes["max_size"] is not None:
            desired = sizes["desired_capacity"]
            error = size_error(
                int(sizes["min_size"]), int(sizes["max_size"]), None if desired is None else int(desired)
            )
            if error:
                raise ValidationError(error)
        action: Any = super().put_scheduled_update_group_action(name, *arguments, **named)
        action.scheduled_action_arn = (
            f"arn:{self.partition}:autoscaling:{self.region_name}:{self.account_id}:scheduledUpdateGroupAction:"
            f"{uuid.uuid4()}:autoScalingGroupName/{group.name}:scheduledActionName/{action.scheduled_action_name}"
        )
        self.scheduled_actions.pop(action.scheduled_action_name)
        self.scheduled_actions[f"{group.name}/{action.scheduled_action_name}"] = action
        return action

    def delete_scheduled_action(self, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
        key = f"{auto_scaling_group_name}/{scheduled_action_name}"
        if self.scheduled_actions.pop(key, None) is None:
            raise ValidationError("Scheduled action name not found")

    # Instance refreshes

    def active_refresh(self, group_name: str) -> Refresh | None:
        of_group = (refresh for refresh in self.refreshes if refresh.auto_scaling_group_name == group_name)
        return next((refresh for refresh in of_group if refresh.active), None)

    def start_instance_refresh(
        self, group_name: str, strategy: str, desired: dict[str, Any], given: dict[str, Any]
    ) -> Refresh:
        group = self.group(group_name)
        if error := request_error(given, desired, strategy):
            raise ValidationError(error)
        if self.active_refresh(group_name):
            raise AutoscalingClientError(
                "InstanceRefreshInProgress",
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
            )
        try:
            group.recipe(desired)
        except EC2ClientError as refusal:
            raise malformed_template(refusal) from refusal
        preferences = {**DEFAULT_PREFERENCES, **(group.instance_maintenance_policy or {}), **given}
        refresh = Refresh(group_name, preferences, desired or None, 0, time.monotonic())
        refresh.instances_to_update = len(group.to_replace(refresh))
        self.refreshes.insert(0, refresh)
        return refresh

    def require_active_refresh(self, group_name: str) -> Refresh:
        self.group(group_name)
        if refresh := self.active_refresh(group_name):
            return refresh
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound",
            f"No in progress or pending Instance Refresh found for Auto Scaling group {group_name}",
        )

    def advance_refreshes(self) -> None:
        now = time.monotonic()
        for refresh in [refresh for refresh in self.refreshes if refresh.active]:
            self.advance_refresh(refresh, self.group(refresh.auto_scaling_group_name), now)

    def advance_refresh(self, refresh: Refresh, group: Group, now: float) -> None:
        """Take a refresh as far as the clock allows."""
        if refresh.status == "Pending":
            refresh.enter("InProgress", now)
        if refresh.status == "InProgress" and now >= refresh.begun + STEP_SECONDS:
            recipe = group.recipe(refresh.desired_configuration)
            failure = group.replace(group.to_replace(refresh), recipe, refresh.launches_first)
            if failure:
                self.fail(refresh, failure, now)
            else:
                refresh.percentage_complete, refresh.instances_to_update = 100, 0
                refresh.enter("Baking", now)
        if refresh.status == "Baking":
            if alarm := next(self.ringing(refresh), None):
                self.fail(refresh, f"The alarm {alarm} went into ALARM state.", now)
            elif now >= refresh.begun + refresh.preferences.get("BakeTime", 0):
                if refresh.desired_configuration:
                    group.adopt(refresh.desired_configuration)
                refresh.enter("Successful", now)
        if refresh.status == "RollbackInProgress" and now >= refresh.begun + STEP_SECONDS:
            recipe = group.recipe()
            newer = [member for member in group.active_instances() if not is_of(member, recipe)]
            failure = group.replace(newer, recipe, refresh.launches_first)
            refresh.enter("RollbackFailed" if failure else "RollbackSuccessful", now, failure or refresh.status_reason)

    def fail(self, refresh: Refresh, reason: str, now: float) -> None:
        if refresh.preferences["AutoRollback"]:
            refresh.roll_back(now, reason)
        else:
            refresh.enter("Failed", now, reason)

    def ringing(self, refresh: Refresh) -> Iterator[str]:
        """The alarms named by a refresh that are in alarm."""
        named = refresh.preferences.get("AlarmSpecification", {}).get("Alarms", [])
        alarms = cloudwatch_backends[self.account_id][self.region_name].alarms
        yield from (name for name in named if name in alarms and alarms[name].state_value == "ALARM")


class Response(AutoScalingResponse):
    """Auto Scaling's actions."""

    @property
    def backend(self) -> Backend:
        backend = self.autoscaling_backend
        assert isinstance(backend, Backend)
        return backend

    @property
    def group(self) -> Group:
        return self.backend.group(self._get_param("AutoScalingGroupName"))

    def create_auto_scaling_group(self) -> ActionResult:
        settings = {"health_check_grace_period": 0} | forgotten_settings(self._get_params())  # moto takes 300
        sources = self._get_param("TrafficSources", [])
        for kind, name in (("elbv2", "TargetGroupARNs"), ("elb", "LoadBalancerNames")):
            self.params[name] = [*self._get_param(name, []), *identifiers(sources, kind)]
        answer = super().create_auto_scaling_group()
        self.group.lattice_sources = tuple(identifiers(sources, "vpc-lattice"))
        self.group.remember(settings)
        for hook in self._get_param("LifecycleHookSpecificationList", []):
            self.put_hook(hook)
        return answer

    def update_auto_scaling_group(self) -> ActionResult:
        settings = forgotten_settings(self._get_params())
        answer = super().update_auto_scaling_group()
        self.group.remember(settings)
        return answer

    def delete_auto_scaling_group(self) -> ActionResult:
        force = self._get_bool_param("ForceDelete", False)
        self.backend.delete_auto_scaling_group(self._get_param("AutoScalingGroupName"), force)
        return EmptyResult()

    def set_desired_capacity(self) -> ActionResult:
        wanted = self._get_int_param("DesiredCapacity")
        for bound, word, outside in (
            (self.group.max_size or 0, "above max", wanted > (self.group.max_size or 0)),
            (self.group.min_size or 0, "below min", wanted < (self.group.min_size or 0)),
        ):
            if outside:
                raise ValidationError(
                    f"New SetDesiredCapacity value {wanted} is {word} value {bound} for the AutoScalingGroup."
                )
        return super().set_desired_capacity()

    def put_lifecycle_hook(self) -> ActionResult:
        self.put_hook({**self._get_params()})
        return EmptyResult()

    def put_hook(self, given: dict[str, Any]) -> None:
        """Keep a lifecycle hook; moto makes up its role and target."""
        name = given["LifecycleHookName"]
        hook: Any = self.backend.create_lifecycle_hook(
            name,
            self.group.name,
            given.get("LifecycleTransition", ""),
            given.get("HeartbeatTimeout"),
            given.get("DefaultResult", ""),
        )
        hook.role_arn = given.get("RoleARN")
        hook.notification_target_arn = given.get("NotificationTargetARN")
        hook.notification_metadata = given.get("NotificationMetadata")

    def put_scaling_policy(self) -> ActionResult:
        answered: Any = super().put_scaling_policy().result
        policy: Any = self.backend.policies[self.backend.policy_key(answered["PolicyArn"])]
        policy.enabled = self._get_bool_param("Enabled", True)  # moto forgets it
        policy.cooldown = self._get_int_param("Cooldown")  # moto makes up one
        return ActionResult({"PolicyARN": answered["PolicyArn"], "Alarms": []})

    def delete_policy(self) -> ActionResult:
        name, group_name = self._get_param("PolicyName"), self._get_param("AutoScalingGroupName")
        del self.backend.policies[self.backend.policy_key(name, group_name)]
        return EmptyResult()

    def enable_metrics_collection(self) -> ActionResult:
        """Collect further metrics; moto drops those that it collected before."""
        wanted = self._get_param("Metrics") or METRICS
        self.group.metrics = [*self.group.metrics, *(metric for metric in wanted if metric not in self.group.metrics)]
        return EmptyResult()

    def disable_metrics_collection(self) -> ActionResult:
        unwanted = self._get_param("Metrics") or self.group.metrics
        self.group.metrics = [metric for metric in self.group.metrics if metric not in unwanted]
        return EmptyResult()

    def describe_scaling_activities(self) -> ActionResult:
        """Describe the activities, newest first; of a deleted group too where it is asked for."""
        name, ids = self._get_param("AutoScalingGroupName"), self._get_param("ActivityIds", [])
        deleted_too = self._get_bool_param("IncludeDeletedGroups", False)
        activities = [
            activity
            for activity in self.backend.activities
            if (not name or activity["AutoScalingGroupName"] == name)
            and (not ids or activity["ActivityId"] in ids)
            and (deleted_too or activity["AutoScalingGroupName"] in self.backend.autoscaling_groups)
        ]
        return ActionResult(self.page("Activities", activities))

    # Instance refreshes

    def start_instance_refresh(self) -> ActionResult:
        refresh = self.backend.start_instance_refresh(
            self._get_param("AutoScalingGroupName"),
            self._get_param("Strategy", "Rolling"),
            self._get_param("DesiredConfiguration", {}),
            self._get_param("Preferences", {}),
        )
        return ActionResult({"InstanceRefreshId": refresh.instance_refresh_id})

    def describe_instance_refreshes(self) -> ActionResult:
        ids = self._get_param("InstanceRefreshIds", [])
        refreshes = [
            refresh
            for refresh in self.backend.refreshes
            if refresh.auto_scaling_group_name == self.group.name and (not ids or refresh.instance_refresh_id in ids)
        ]
        return ActionResult(self.page("InstanceRefreshes", refreshes))

    def cancel_instance_refresh(self) -> ActionResult:
        refresh = self.backend.require_active_refresh(self._get_param("AutoScalingGroupName"))
        refresh.enter("Cancelled", time.monotonic(), "Cancelled by user.")
        return ActionResult({"InstanceRefreshId": refresh.instance_refresh_id})

    def rollback_instance_refresh(self) -> ActionResult:
        refresh = self.backend.require_active_refresh(self._get_param("AutoScalingGroupName"))
        if error := irreversible(refresh.desired_configuration or {}):
            raise AutoscalingClientError("IrreversibleInstanceRefresh", error)
        refresh.roll_back(time.monotonic(), "Rolled back by user.")
        return ActionResult({"InstanceRefreshId": refresh.instance_refresh_id})

    # Traffic sources

    def attach_traffic_sources(self) -> ActionResult:
        sources = self._get_param("TrafficSources", [])
        self.backend.attach_load_balancer_target_groups(self.group.name, identifiers(sources, "elbv2"))
        self.backend.attach_load_balancers(self.group.name, identifiers(sources, "elb"))
        self.group.lattice_sources += tuple(identifiers(sources, "vpc-lattice"))
        return EmptyResult()

    def detach_traffic_sources(self) -> ActionResult:
        sources = self._get_param("TrafficSources", [])
        self.backend.detach_load_balancer_target_groups(self.group.name, identifiers(sources, "elbv2"))
        if classic := identifiers(sources, "elb"):
            self.backend.detach_load_balancers(self.group.name, classic)
        gone = identifiers(sources, "vpc-lattice")
        self.group.lattice_sources = tuple(arn for arn in self.group.lattice_sources if arn not in gone)
        return EmptyResult()

    def describe_traffic_sources(self) -> ActionResult:
        wanted = self._get_param("TrafficSourceType")
        sources = [
            {**source, "TrafficSource": source["Identifier"], "State": "InService"}
            for source in self.group.traffic_sources
            if wanted in (None, source["Type"])
        ]
        return ActionResult(self.page("TrafficSources", sources))

    def page(self, key: str, things: list[Any]) -> dict[str, Any]:
        """A page of an answer; the token is the place where the next one begins."""
        start = int(self._get_param("NextToken") or 0)
        end = start + self._get_int_param("MaxRecords", 50)
        return {key: things[start:end], "NextToken": str(end) if end < len(things) else None}


def identifiers(sources: Iterable[Any], kind: str) -> list[str]:
    """The traffic sources of a type; without one, an ARN is a target group and a name a classic balancer."""
    return [
        source["Identifier"]
        for source in sources
        if (source.get("Type") or ("elbv2" if source["Identifier"].startswith("arn:") else "elb")) == kind
    ]
