"""EC2 Auto Scaling: all its types; scheduled actions, lifecycle hooks, and what is attached to a group from outside."""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.aws.autoscaling_groups import Group
from sandbox.provider.aws.autoscaling_policies import Policy
from sandbox.provider.schema import BOOL, INT, AutoName, Block, Prop, Resource, Values, from_api, to_api

UNCHANGED = -1
"""The provider's word for a size that a scheduled action leaves alone."""
_SIZES = ("minSize", "maxSize", "desiredCapacity")
_GROUP_NAME = Prop(api="AutoScalingGroupName", required=True, replace=True)


def _group(account: Account, name: str) -> dict[str, Any]:
    """A group as the account describes it, {} for one that is not there."""
    answer = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return dict(answer[0]) if answer else {}


class Schedule(Resource):
    """aws:autoscaling/schedule:Schedule.

    A size that is not given is sent as 0, as the real provider does; -1 leaves it unchanged.
    """

    token = "aws:autoscaling/schedule:Schedule"
    api = ("autoscaling", "PutScheduledUpdateGroupAction")
    props: ClassVar[Mapping[str, Prop]] = {
        "autoscalingGroupName": _GROUP_NAME,
        "scheduledActionName": Prop(required=True, replace=True),
        **{size: Prop(kind=INT, computed=True, low=UNCHANGED) for size in _SIZES},
        "recurrence": Prop(computed=True),
        "startTime": Prop(computed=True),
        "endTime": Prop(computed=True),
        "timeZone": Prop(computed=True),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        low, high, desired = (values.get(size, 0) for size in _SIZES)
        if all(size == UNCHANGED for size in (low, high, desired)):
            yield "minSize", "at least one of minSize, maxSize and desiredCapacity must not be -1"
        bounds = isinstance(low, int) and isinstance(high, int) and UNCHANGED not in (low, high)
        if bounds and low > high:
            yield "minSize", f"minSize must not be greater than maxSize, got {low} and {high} (not given means 0)"
        elif bounds and isinstance(desired, int) and desired != UNCHANGED and not low <= desired <= high:
            yield (
                "desiredCapacity",
                f"desiredCapacity must be between minSize {low} and maxSize {high}, got {desired} "
                "(not given means 0, -1 means unchanged)",
            )
        for name in ("startTime", "endTime"):
            time = values.get(name)
            if isinstance(time, str) and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time):
                yield name, f"{name} wants UTC as 2030-01-31T06:00:00Z, got {time!r}"
        if values.get("recurrence") is None and values.get("startTime") is None:
            yield "recurrence", "one of recurrence and startTime must be specified, or the action never happens"

    def create(self, account: Account, values: Values) -> str:
        self._put(account, {**dict.fromkeys(_SIZES, 0), **values})
        return str(values["scheduledActionName"])

    def _put(self, account: Account, values: Values) -> None:
        given = {k: v for k, v in values.items() if v != "" and not (k in _SIZES and v == UNCHANGED)}
        account.autoscaling.put_scheduled_update_group_action(**to_api(self.props, given))

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        actions = account.pages(
            "autoscaling",
            "describe_scheduled_actions",
            "ScheduledUpdateGroupActions",
            AutoScalingGroupName=values["autoscalingGroupName"],
            ScheduledActionNames=[id_],
        )
        if not actions:
            return None
        [action] = actions
        seen = from_api(self.props, action)
        return {
            **seen,
            **{size: UNCHANGED if seen[size] is None else seen[size] for size in _SIZES},
            **{time: _time(action.get(api)) for time, api in (("startTime", "StartTime"), ("endTime", "EndTime"))},
            "recurrence": seen["recurrence"] or "",
            "timeZone": seen["timeZone"] or "",
            "arn": action["ScheduledActionARN"],
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(account, {**{name: old.get(name) for name in self.props}, **new})

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if self.read(account, id_, values) is not None:
            account.autoscaling.delete_scheduled_action(
                AutoScalingGroupName=values["autoscalingGroupName"], ScheduledActionName=id_
            )


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""


class LifecycleHook(Resource):
    """aws:autoscaling/lifecycleHook:LifecycleHook."""

    token = "aws:autoscaling/lifecycleHook:LifecycleHook"
    api = ("autoscaling", "PutLifecycleHook")
    auto_name = AutoName(conflicts=())
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="LifecycleHookName", replace=True, computed=True),
        # Not replaced: another group's name puts a hook there and leaves the old one where it is.
        "autoscalingGroupName": Prop(api="AutoScalingGroupName", required=True),
        "lifecycleTransition": Prop(
            required=True,
            choices=("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"),
        ),
        "defaultResult": Prop(computed=True, choices=("ABANDON", "CONTINUE")),
        "heartbeatTimeout": Prop(kind=INT, computed=True, low=30, high=7200),
        "notificationMetadata": Prop(),
        "notificationTargetArn": Prop(api="NotificationTargetARN"),
        "roleArn": Prop(api="RoleARN"),
    }

    def create(self, account: Account, values: Values) -> str:
        account.autoscaling.put_lifecycle_hook(**to_api(self.props, values))
        return str(values["name"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group = values["autoscalingGroupName"]
        if not _group(account, group):
            return None
        hooks = account.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group, LifecycleHookNames=[id_])
        return from_api(self.props, hooks["LifecycleHooks"][0]) if hooks["LifecycleHooks"] else None

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.autoscaling.put_lifecycle_hook(**to_api(self.props, new))

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if self.read(account, id_, values) is not None:
            account.autoscaling.delete_lifecycle_hook(
                AutoScalingGroupName=values["autoscalingGroupName"], LifecycleHookName=id_
            )


class Attachment(Resource):
    """aws:autoscaling/attachment:Attachment: a target group of a group that does not name it itself."""

    token = "aws:autoscaling/attachment:Attachment"
    props: ClassVar[Mapping[str, Prop]] = {
        "autoscalingGroupName": _GROUP_NAME,
        "lbTargetGroupArn": Prop(required=True, replace=True),
    }

    def create(self, account: Account, values: Values) -> str:
        group = values["autoscalingGroupName"]
        account.autoscaling.attach_load_balancer_target_groups(
            AutoScalingGroupName=group, TargetGroupARNs=[values["lbTargetGroupArn"]]
        )
        return f"{group}-{secrets.token_hex(13)}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group = _group(account, values["autoscalingGroupName"])
        if values["lbTargetGroupArn"] not in group.get("TargetGroupARNs", []):
            return None
        return {name: values[name] for name in self.props}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if _group(account, values["autoscalingGroupName"]):
            account.autoscaling.detach_load_balancer_target_groups(
                AutoScalingGroupName=values["autoscalingGroupName"], TargetGroupARNs=[values["lbTargetGroupArn"]]
            )


class Tag(Resource):
    """aws:autoscaling/tag:Tag: one tag of a group that somebody else made."""

    token = "aws:autoscaling/tag:Tag"
    props: ClassVar[Mapping[str, Prop]] = {
        "autoscalingGroupName": _GROUP_NAME,
        "tag": Prop(
            kind=Block(
                {
                    "key": Prop(required=True, replace=True),
                    "value": Prop(required=True),
                    "propagateAtLaunch": Prop(kind=BOOL, required=True),
                }
            ),
            required=True,
        ),
    }

    def create(self, account: Account, values: Values) -> str:
        account.autoscaling.create_or_update_tags(Tags=[self._tag(values)])
        return f"{values['autoscalingGroupName']},{values['tag']['key']}"

    def _tag(self, values: Values) -> dict[str, Any]:
        return {
            "ResourceId": values["autoscalingGroupName"],
            "ResourceType": "auto-scaling-group",
            "Key": values["tag"]["key"],
            "Value": values["tag"]["value"],
            "PropagateAtLaunch": values["tag"]["propagateAtLaunch"],
        }

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        name, key = id_.split(",", 1)
        for tag in _group(account, name).get("Tags", []):
            if tag["Key"] == key:
                block = {"key": key, "value": tag["Value"], "propagateAtLaunch": tag["PropagateAtLaunch"]}
                return {"autoscalingGroupName": name, "tag": block}
        return None

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.autoscaling.create_or_update_tags(Tags=[self._tag(new)])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if _group(account, values["autoscalingGroupName"]):
            account.autoscaling.delete_tags(Tags=[self._tag(values)])


TYPES = (Group(), Policy(), Schedule(), LifecycleHook(), Attachment(), Tag())
FUNCTIONS = ()
