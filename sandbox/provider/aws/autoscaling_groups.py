"""EC2 Auto Scaling: groups, with the wait for capacity, instance refreshes and warm pools."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.account import Account, wait_for
from sandbox.provider.aws import names
from sandbox.provider.aws.autoscaling_capacity import Wanted, seconds_of, wait_for_capacity
from sandbox.provider.schema import (
    BOOL,
    FLOAT,
    INT,
    INT_TEXT,
    PROVIDER_SIDE,
    UNKNOWN,
    AutoName,
    Block,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    known_items,
    to_api,
)

_DELETE_SECONDS = 600.0
_REFRESH_SECONDS = 900.0
_BALANCERS_A_CALL = 10
_PROTECTED_A_CALL = 50


def _range(kind: str = INT, api: str = "") -> Prop:
    return Prop(api=api, kind=Block({"min": Prop(kind=kind), "max": Prop(kind=kind)}))


_REQUIREMENTS = {
    "acceleratorCount": _range(),
    "acceleratorManufacturers": Prop(kind=Many()),
    "acceleratorNames": Prop(kind=Many()),
    "acceleratorTotalMemoryMib": _range(api="AcceleratorTotalMemoryMiB"),
    "acceleratorTypes": Prop(kind=Many()),
    "allowedInstanceTypes": Prop(kind=Many()),
    "bareMetal": Prop(),
    "baselineEbsBandwidthMbps": _range(),
    "burstablePerformance": Prop(),
    "cpuManufacturers": Prop(kind=Many()),
    "excludedInstanceTypes": Prop(kind=Many()),
    "instanceGenerations": Prop(kind=Many()),
    "localStorage": Prop(),
    "localStorageTypes": Prop(kind=Many()),
    "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": Prop(kind=INT),
    "memoryGibPerVcpu": _range(FLOAT, "MemoryGiBPerVCpu"),
    "memoryMib": _range(api="MemoryMiB"),
    "networkBandwidthGbps": _range(FLOAT),
    "networkInterfaceCount": _range(),
    "onDemandMaxPricePercentageOverLowestPrice": Prop(kind=INT),
    "requireHibernateSupport": Prop(kind=BOOL),
    "spotMaxPricePercentageOverLowestPrice": Prop(kind=INT),
    "totalLocalStorageGb": _range(FLOAT, "TotalLocalStorageGB"),
    "vcpuCount": _range(api="VCpuCount"),
}
_TEMPLATE_OF_POLICY = Block(
    {
        "launchTemplateId": Prop(computed=True),
        "launchTemplateName": Prop(computed=True),
        "version": Prop(computed=True),
    }
)
_MIXED_INSTANCES = {
    "launchTemplate": Prop(
        required=True,
        kind=Block(
            {
                "launchTemplateSpecification": Prop(kind=_TEMPLATE_OF_POLICY, required=True),
                "overrides": Prop(
                    kind=Many(
                        Block(
                            {
                                "instanceRequirements": Prop(kind=Block(_REQUIREMENTS)),
                                "instanceType": Prop(),
                                "launchTemplateSpecification": Prop(kind=_TEMPLATE_OF_POLICY),
                                "weightedCapacity": Prop(),
                            }
                        ),
                        ordered=True,
                    ),
                    computed=True,
                ),
            }
        ),
    ),
    "instancesDistribution": Prop(
        computed=True,
        kind=Block(
            {
                "onDemandAllocationStrategy": Prop(computed=True),
                "onDemandBaseCapacity": Prop(kind=INT, computed=True),
                "onDemandPercentageAboveBaseCapacity": Prop(kind=INT, computed=True, low=0, high=100),
                "spotAllocationStrategy": Prop(computed=True),
                "spotInstancePools": Prop(kind=INT, computed=True),
                "spotMaxPrice": Prop(),
            }
        ),
    ),
}
_PREFERENCES = {
    "alarmSpecification": Prop(kind=Block({"alarms": Prop(kind=Many())})),
    "autoRollback": Prop(kind=BOOL),
    "checkpointDelay": Prop(kind=INT_TEXT),
    "checkpointPercentages": Prop(kind=Many(INT, ordered=True)),
    "instanceWarmup": Prop(kind=INT_TEXT),
    "maxHealthyPercentage": Prop(kind=INT, default=100, low=100, high=200),
    "minHealthyPercentage": Prop(kind=INT, default=90, low=0, high=100),
    "scaleInProtectedInstances": Prop(default="Ignore", choices=("Refresh", "Ignore", "Wait")),
    "skipMatching": Prop(kind=BOOL, default=False),
    "standbyInstances": Prop(default="Ignore", choices=("Terminate", "Ignore", "Wait")),
}
_HOOK = {
    "name": Prop(api="LifecycleHookName", required=True),
    "lifecycleTransition": Prop(required=True),
    "defaultResult": Prop(computed=True),
    "heartbeatTimeout": Prop(kind=INT, low=30, high=7200),
    "notificationMetadata": Prop(),
    "notificationTargetArn": Prop(api="NotificationTargetARN"),
    "roleArn": Prop(api="RoleARN"),
}
_WARM_POOL = {
    "instanceReusePolicy": Prop(kind=Block({"reuseOnScaleIn": Prop(kind=BOOL, default=False)})),
    "maxGroupPreparedCapacity": Prop(kind=INT, default=-1, low=-1),
    "minSize": Prop(kind=INT, default=0, low=0),
    "poolState": Prop(default="Stopped", choices=("Stopped", "Running", "Hibernated")),
}
_TAG = {
    "key": Prop(required=True),
    "propagateAtLaunch": Prop(kind=BOOL, required=True),
    "value": Prop(required=True),
}

_LAUNCHES = ("launchConfiguration", "launchTemplate", "mixedInstancesPolicy")
"""What a group launches: one of the three, and a change of it starts an instance refresh."""

_CLEARED: Mapping[str, Any] = {
    "capacityRebalance": False,
    "context": "",
    "defaultInstanceWarmup": -1,
    "healthCheckGracePeriod": 0,
    "instanceMaintenancePolicy": {"minHealthyPercentage": -1, "maxHealthyPercentage": -1},
    "maxInstanceLifetime": 0,
    "placementGroup": "",
    "terminationPolicies": ["Default"],
}
"""What is sent for a setting that the program gives up."""


class Group(Resource):
    """aws:autoscaling/group:Group. Its tags are a list with a flag each; the provider's default tags do not reach it."""

    token = "aws:autoscaling/group:Group"
    api = ("autoscaling", "CreateAutoScalingGroup")
    auto_name = AutoName()
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("AutoScalingGroupName"),
        "minSize": Prop(kind=INT, required=True, low=0),
        "maxSize": Prop(kind=INT, required=True, low=0),
        "desiredCapacity": Prop(kind=INT, computed=True, low=0),
        "desiredCapacityType": Prop(choices=("units", "vcpu", "memory-mib")),
        "availabilityZones": Prop(kind=Many(), computed=True, conflicts=("vpcZoneIdentifiers",)),
        "vpcZoneIdentifiers": Prop(kind=Many(), api=None, computed=True, conflicts=("availabilityZones",)),
        "availabilityZoneDistribution": Prop(
            kind=Block({"capacityDistributionStrategy": Prop(computed=True)}), computed=True
        ),
        "capacityRebalance": Prop(kind=BOOL),
        "capacityReservationSpecification": Prop(
            kind=Block(
                {
                    "capacityReservationPreference": Prop(computed=True),
                    "capacityReservationTarget": Prop(
                        kind=Block(
                            {
                                "capacityReservationIds": Prop(kind=Many()),
                                "capacityReservationResourceGroupArns": Prop(kind=Many()),
                            }
                        )
                    ),
                }
            ),
            computed=True,
        ),
        "context": Prop(),
        "defaultCooldown": Prop(kind=INT, computed=True, low=0),
        "defaultInstanceWarmup": Prop(kind=INT),
        "healthCheckGracePeriod": Prop(kind=INT, default=300, low=0),
        "healthCheckType": Prop(computed=True),
        "instanceMaintenancePolicy": Prop(
            kind=Block(
                {
                    "minHealthyPercentage": Prop(kind=INT, required=True, low=-1, high=100),
                    "maxHealthyPercentage": Prop(kind=INT, required=True, low=-1, high=200),
                }
            )
        ),
        "launchConfiguration": Prop(
            api="LaunchConfigurationName", conflicts=("launchTemplate", "mixedInstancesPolicy")
        ),
        "launchTemplate": Prop(
            kind=Block(
                {
                    "id": Prop(api="LaunchTemplateId", computed=True, conflicts=("name",)),
                    "name": Prop(api="LaunchTemplateName", computed=True, conflicts=("id",)),
                    "version": Prop(computed=True),
                }
            ),
            computed=True,
            conflicts=("launchConfiguration", "mixedInstancesPolicy"),
        ),
        "mixedInstancesPolicy": Prop(
            kind=Block(_MIXED_INSTANCES), computed=True, conflicts=("launchConfiguration", "launchTemplate")
        ),
        "maxInstanceLifetime": Prop(kind=INT),
        "placementGroup": Prop(),
        "protectFromScaleIn": Prop(kind=BOOL, api="NewInstancesProtectedFromScaleIn", default=False),
        "serviceLinkedRoleArn": Prop(api="ServiceLinkedRoleARN", computed=True),
        "targetGroupArns": Prop(kind=Many(), api="TargetGroupARNs", computed=True, conflicts=("trafficSources",)),
        "trafficSources": Prop(
            kind=Many(Block({"identifier": Prop(required=True), "type": Prop(computed=True)})),
            computed=True,
            conflicts=("targetGroupArns",),
        ),
        "terminationPolicies": Prop(kind=Many(ordered=True)),
        "tags": Prop(kind=Many(Block(_TAG))),
        "enabledMetrics": Prop(kind=Many(), api=None),
        "metricsGranularity": Prop(api=None, default="1Minute", choices=("1Minute",)),
        "suspendedProcesses": Prop(kind=Many(), api=None),
        "warmPool": Prop(kind=Block(_WARM_POOL), api=None),
        "initialLifecycleHooks": Prop(
            kind=Many(Block(_HOOK)),
            api=None,
            replace=True,
            kept="hooks are no part of a group in the AWS API, and the provider does not look for them",
        ),
        "forceDelete": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "forceDeleteWarmPool": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "ignoreFailedScalingActivities": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "instanceRefresh": Prop(
            kind=Block(
                {
                    "strategy": Prop(required=True, choices=("Rolling",)),
                    "preferences": Prop(kind=Block(_PREFERENCES)),
                    "triggers": Prop(kind=Many()),
                }
            ),
            api=None,
            kept=PROVIDER_SIDE,
        ),
        "minElbCapacity": Prop(kind=INT, api=None, kept=PROVIDER_SIDE),
        "waitForElbCapacity": Prop(kind=INT, api=None, kept=PROVIDER_SIDE),
        "waitForCapacityTimeout": Prop(api=None, default="10m", kept=PROVIDER_SIDE),
    }
    outputs = ("arn", "predictedCapacity", "warmPoolSize")

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from _sizes_broken(values)
        if sum(values.get(name) is not None for name in _LAUNCHES) != 1:
            yield "launchTemplate", f"exactly one of {', '.join(_LAUNCHES)} must be specified"
        if values.get("availabilityZones") is None and values.get("vpcZoneIdentifiers") is None:
            yield "vpcZoneIdentifiers", "one of vpcZoneIdentifiers and availabilityZones must be specified"
        kinds = values.get("healthCheckType")
        if isinstance(kinds, str) and not set(kinds.split(",")) <= {"EC2", "ELB", "VPC_LATTICE", "EBS"}:
            yield "healthCheckType", f"healthCheckType wants EC2, ELB, VPC_LATTICE or EBS, got {kinds!r}"
        lifetime = values.get("maxInstanceLifetime")
        if isinstance(lifetime, int) and lifetime and not 86_400 <= lifetime <= 31_536_000:
            yield "maxInstanceLifetime", f"maxInstanceLifetime wants 0 or 86400 to 31536000 seconds, got {lifetime}"
        yield from _healthy_range_broken("instanceMaintenancePolicy", values.get("instanceMaintenancePolicy"))
        timeout = values["waitForCapacityTimeout"]
        if timeout is not UNKNOWN and seconds_of(timeout) is None:
            yield (
                "waitForCapacityTimeout",
                f"waitForCapacityTimeout wants a duration such as '10m' or '1h30m', '0' for no waiting, got {timeout!r}",
            )
        yield from _refresh_broken(values)
        if values.get("warmPool") and values.get("mixedInstancesPolicy"):
            yield "warmPool", "a group with a mixedInstancesPolicy cannot have a warmPool: leave one of them out"

    def create(self, account: Account, values: Values) -> str:
        begun = datetime.now(UTC)
        name = names.chosen(values)
        parameters = {
            **to_api(self.props, values),
            **_places(values),
            "AutoScalingGroupName": name,
        }
        if not values.get("desiredCapacity"):
            parameters.pop("DesiredCapacity", None)
        hooks = values.get("initialLifecycleHooks") or []
        if hooks:  # no instance starts before its hooks
            sizes = ("MinSize", "MaxSize", "DesiredCapacity", "DesiredCapacityType")
            later = {size: parameters.pop(size) for size in sizes if size in parameters}
            account.autoscaling.create_auto_scaling_group(**parameters | {"MinSize": 0, "MaxSize": 0})
            for hook in hooks:
                account.autoscaling.put_lifecycle_hook(AutoScalingGroupName=name, **to_api(_HOOK, hook))
            account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, **later)
        else:
            account.autoscaling.create_auto_scaling_group(**parameters)

        self._wait(account, name, values, begun, _wanted_at_creation(values))
        if values.get("suspendedProcesses"):
            account.autoscaling.suspend_processes(
                AutoScalingGroupName=name, ScalingProcesses=values["suspendedProcesses"]
            )
        if values.get("enabledMetrics"):
            account.autoscaling.enable_metrics_collection(
                AutoScalingGroupName=name, Metrics=values["enabledMetrics"], Granularity=values["metricsGranularity"]
            )
        if values.get("warmPool"):
            account.autoscaling.put_warm_pool(AutoScalingGroupName=name, **to_api(_WARM_POOL, values["warmPool"]))
        return name

    def _wait(self, account: Account, name: str, values: Values, begun: datetime, wanted: Wanted) -> None:
        ignore = bool(values.get("ignoreFailedScalingActivities"))
        wait_for_capacity(account, name, wanted, values["waitForCapacityTimeout"], begun, ignore)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group = _described(account, id_)
        if group is None:
            return None
        metrics = group.get("EnabledMetrics", [])
        pool = group.get("WarmPoolConfiguration")
        subnets = group.get("VPCZoneIdentifier")
        policies = group.get("TerminationPolicies", [])
        return {
            **from_api(self.props, group),
            "namePrefix": names.prefix_of(id_),
            "vpcZoneIdentifiers": subnets.split(",") if subnets else [],
            # AWS answers its default where the program said nothing.
            "terminationPolicies": policies if policies != ["Default"] or values.get("terminationPolicies") else [],
            "tags": [from_api(_TAG, tag) for tag in group.get("Tags", []) if not tag["Key"].startswith("aws:")],
            "enabledMetrics": [metric["Metric"] for metric in metrics],
            "metricsGranularity": metrics[0]["Granularity"] if metrics else values.get("metricsGranularity", "1Minute"),
            "suspendedProcesses": [process["ProcessName"] for process in group.get("SuspendedProcesses", [])],
            "warmPool": {k: v for k, v in from_api(_WARM_POOL, pool).items() if v is not None} if pool else None,
            "arn": group["AutoScalingGroupARN"],
            "predictedCapacity": group.get("PredictedCapacity", 0),
            "warmPoolSize": group.get("WarmPoolSize", 0),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        begun = datetime.now(UTC)
        settings = _settings(self.props, new, changed)
        if settings:
            account.autoscaling.update_auto_scaling_group(
                AutoScalingGroupName=id_,
                NewInstancesProtectedFromScaleIn=new["protectFromScaleIn"],
                **settings,
            )
        if "tags" in changed:
            _retag(account, id_, old.get("tags") or [], new.get("tags") or [])
        if "trafficSources" in changed:
            _attach_sources(account, id_, old.get("trafficSources") or [], new["trafficSources"])
        if "targetGroupArns" in changed:
            _attach_target_groups(account, id_, old.get("targetGroupArns") or [], new["targetGroupArns"])
        refresh = new.get("instanceRefresh")
        if refresh and changed & {*_LAUNCHES, *map(_trigger_property, refresh.get("triggers") or ())}:
            _start_refresh(account, id_, refresh, to_api(self.props, new, _LAUNCHES))
        if "warmPool" in changed:
            if new.get("warmPool"):
                account.autoscaling.put_warm_pool(AutoScalingGroupName=id_, **to_api(_WARM_POOL, new["warmPool"]))
            else:
                _delete_warm_pool(account, id_, force=bool(new["forceDeleteWarmPool"] or new["forceDelete"]))
        if changed & {"minSize", "desiredCapacity", "desiredCapacityType"}:
            self._wait(account, id_, new, begun, _wanted_after_update(old, new))
        if changed & {"enabledMetrics", "metricsGranularity"}:
            _collect_metrics(account, id_, old, new)
        if "suspendedProcesses" in changed:
            _suspend(account, id_, old.get("suspendedProcesses") or [], new.get("suspendedProcesses") or [])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        group = _described(account, id_)
        if group is None:
            return
        force = bool(values.get("forceDelete"))
        if group.get("WarmPoolConfiguration"):
            _delete_warm_pool(account, id_, force=force or bool(values.get("forceDeleteWarmPool")))
        if not force:
            _drain(account, id_)

        def deleted() -> bool:
            try:
                account.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=id_, ForceDelete=force)
            except ClientError as error:
                if error.response["Error"]["Code"] in ("ResourceInUse", "ScalingActivityInProgress"):
                    return False
                raise
            return True

        wait_for(deleted, f"Auto Scaling group {id_} to be deleted", _DELETE_SECONDS)
        wait_for(lambda: _described(account, id_) is None, f"Auto Scaling group {id_} to be gone", _DELETE_SECONDS)


# What is broken


def _sizes_broken(values: Values) -> Iterator[tuple[str, str]]:
    low, high, desired = values["minSize"], values["maxSize"], values.get("desiredCapacity")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield "minSize", f"minSize must not be greater than maxSize, got {low} and {high}"
        return
    if isinstance(desired, int) and (
        (isinstance(low, int) and desired < low) or (isinstance(high, int) and desired > high)
    ):
        yield "desiredCapacity", f"desiredCapacity must be between minSize {low} and maxSize {high}, got {desired}"


def _healthy_range_broken(name: str, block: Any) -> Iterator[tuple[str, str]]:
    """Both shares of a maintenance policy or of a refresh: InstanceMaintenancePolicy, API reference."""
    if not isinstance(block, dict):
        return
    low, high = block.get("minHealthyPercentage"), block.get("maxHealthyPercentage")
    if not isinstance(low, int) or not isinstance(high, int) or (low == -1 and high == -1):
        return
    if low < 0 or high < 100:
        yield name, f"{name} wants 0 to 100 and 100 to 200 per cent, or -1 for both, got {low} and {high}"
    elif high - low > 100:
        yield name, f"{name}: the two percentages may be 100 apart at most, got {low} and {high}"


def _refresh_broken(values: Values) -> Iterator[tuple[str, str]]:
    refresh = values.get("instanceRefresh")
    if not isinstance(refresh, dict):
        return
    preferences = refresh.get("preferences")
    yield from _healthy_range_broken("instanceRefresh.preferences", preferences)
    for trigger in known_items(refresh.get("triggers")):
        if _trigger_property(trigger) not in Group.props:
            yield (
                "instanceRefresh.triggers",
                f"{trigger!r} is not a recognized parameter name for an Auto Scaling group",
            )
    template = values.get("launchTemplate")
    if isinstance(preferences, dict) and preferences.get("autoRollback") and isinstance(template, dict):
        version = template.get("version", "$Default")
        if isinstance(version, str) and version.startswith("$"):
            yield (
                "instanceRefresh.preferences.autoRollback",
                f"autoRollback wants a numbered version of the launch template, got {version!r}",
            )


def _trigger_property(trigger: str) -> str:
    """The property of a trigger, which goes by its name in Terraform: "tag" is `tags`."""
    head, *rest = trigger.split("_")
    name = head + "".join(word.capitalize() for word in rest)
    return name if name in Group.props else f"{name}s"


# Parts of the verbs


def _described(account: Account, name: str) -> dict[str, Any] | None:
    answer = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return answer[0] if answer else None


def _places(values: Values) -> dict[str, str]:
    subnets = values.get("vpcZoneIdentifiers")
    return {"VPCZoneIdentifier": ",".join(subnets)} if subnets else {}


def _wanted_at_creation(values: Values) -> Wanted:
    return Wanted(
        in_group=values.get("desiredCapacity") or values["minSize"],
        at_balancer=values.get("waitForElbCapacity") or values.get("minElbCapacity") or 0,
        exactly=False,
    )


def _wanted_after_update(old: Values, new: Values) -> Wanted:
    desired = new.get("desiredCapacity", old.get("desiredCapacity")) or 0
    return Wanted(in_group=max(new["minSize"], desired), at_balancer=new.get("waitForElbCapacity") or 0, exactly=True)


def _settings(props: Mapping[str, Prop], new: Values, changed: set[str]) -> dict[str, Any]:
    """Parameters of an update for what changed, with AWS's own word for what the program gave up."""
    apart = {"tags", "targetGroupArns", "trafficSources"}  # other calls change these
    own = {name for name in changed - apart if props[name].api is not None}
    if "healthCheckType" in own:
        own.add("healthCheckGracePeriod")
    given = {
        **{name: _CLEARED[name] for name in own if name in _CLEARED},
        **{k: v for k, v in new.items() if v is not None},
    }
    return to_api(props, given, own) | (_places(new) if "vpcZoneIdentifiers" in changed else {})


def _retag(account: Account, name: str, old: list[Values], new: list[Values]) -> None:
    def of_group(tags: Iterable[Values]) -> list[dict[str, Any]]:
        return [{"ResourceId": name, "ResourceType": "auto-scaling-group", **to_api(_TAG, tag)} for tag in tags]

    kept = {tag["key"] for tag in new}
    if removed := of_group(tag for tag in old if tag["key"] not in kept):
        account.autoscaling.delete_tags(Tags=removed)
    if added := of_group(tag for tag in new if tag not in old):
        account.autoscaling.create_or_update_tags(Tags=added)


def _attach_target_groups(account: Account, name: str, old: list[str], new: list[str]) -> None:
    for batch in _batches([arn for arn in old if arn not in new], _BALANCERS_A_CALL):
        account.autoscaling.detach_load_balancer_target_groups(AutoScalingGroupName=name, TargetGroupARNs=batch)
    for batch in _batches([arn for arn in new if arn not in old], _BALANCERS_A_CALL):
        account.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=name, TargetGroupARNs=batch)


def _attach_sources(account: Account, name: str, old: list[Values], new: list[Values]) -> None:
    sources = Group.props["trafficSources"]

    def call(verb: Callable[..., Any], chosen: list[Values]) -> None:
        for batch in _batches(chosen, _BALANCERS_A_CALL):
            verb(AutoScalingGroupName=name, **to_api({"trafficSources": sources}, {"trafficSources": batch}))

    stay = {source["identifier"] for source in new}
    were = {source["identifier"] for source in old}
    call(account.autoscaling.detach_traffic_sources, [s for s in old if s["identifier"] not in stay])
    call(account.autoscaling.attach_traffic_sources, [s for s in new if s["identifier"] not in were])


def _start_refresh(account: Account, name: str, refresh: Values, launches: dict[str, Any]) -> None:
    """Start an instance refresh; one that still runs is cancelled first. Nobody waits for its end."""
    preferences = refresh.get("preferences")
    parameters: dict[str, Any] = {"AutoScalingGroupName": name, "Strategy": refresh["strategy"]}
    if preferences:
        parameters["Preferences"] = to_api(_PREFERENCES, preferences)
        if preferences.get("autoRollback"):
            parameters["DesiredConfiguration"] = launches

    def started() -> bool:
        try:
            account.autoscaling.start_instance_refresh(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != "InstanceRefreshInProgress":
                raise
            _cancel_refresh(account, name)
            return False
        return True

    wait_for(started, f"an instance refresh of {name} to start", _REFRESH_SECONDS)


def _cancel_refresh(account: Account, name: str) -> None:
    try:
        id_ = account.autoscaling.cancel_instance_refresh(AutoScalingGroupName=name)["InstanceRefreshId"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ActiveInstanceRefreshNotFound":
            return  # it ended by itself
        raise

    def over() -> bool:
        [refresh] = account.autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=name, InstanceRefreshIds=[id_]
        )["InstanceRefreshes"]
        return refresh["Status"] in ("Cancelled", "Failed", "Successful")

    wait_for(over, f"instance refresh {id_} of {name} to be cancelled", _REFRESH_SECONDS)


def _collect_metrics(account: Account, name: str, old: Values, new: Values) -> None:
    before, after = old.get("enabledMetrics") or [], new.get("enabledMetrics") or []
    regrained = old.get("metricsGranularity") != new["metricsGranularity"]
    if removed := [metric for metric in before if metric not in after]:
        account.autoscaling.disable_metrics_collection(AutoScalingGroupName=name, Metrics=removed)
    if added := [metric for metric in after if regrained or metric not in before]:
        account.autoscaling.enable_metrics_collection(
            AutoScalingGroupName=name, Metrics=added, Granularity=new["metricsGranularity"]
        )


def _suspend(account: Account, name: str, old: list[str], new: list[str]) -> None:
    if resumed := [process for process in old if process not in new]:
        account.autoscaling.resume_processes(AutoScalingGroupName=name, ScalingProcesses=resumed)
    if suspended := [process for process in new if process not in old]:
        account.autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=suspended)


def _delete_warm_pool(account: Account, name: str, *, force: bool) -> None:
    if not force:
        account.autoscaling.put_warm_pool(AutoScalingGroupName=name, MaxGroupPreparedCapacity=0, MinSize=0)
        wait_for(
            lambda: not account.autoscaling.describe_warm_pool(AutoScalingGroupName=name)["Instances"],
            f"the warm pool of {name} to be empty",
            _DELETE_SECONDS,
        )
    account.autoscaling.delete_warm_pool(AutoScalingGroupName=name, ForceDelete=force)
    wait_for(
        lambda: not (_described(account, name) or {}).get("WarmPoolConfiguration"),
        f"the warm pool of {name} to be gone",
        _DELETE_SECONDS,
    )


def _drain(account: Account, name: str) -> None:
    """Let a group end its instances."""
    account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, DesiredCapacity=0, MinSize=0, MaxSize=0)
    instances = (_described(account, name) or {}).get("Instances", [])
    protected = [instance["InstanceId"] for instance in instances if instance.get("ProtectedFromScaleIn")]
    for batch in _batches(protected, _PROTECTED_A_CALL):
        account.autoscaling.set_instance_protection(
            AutoScalingGroupName=name, InstanceIds=batch, ProtectedFromScaleIn=False
        )
    wait_for(
        lambda: not (_described(account, name) or {}).get("Instances"),
        f"Auto Scaling group {name} to have ended its instances",
        _DELETE_SECONDS,
    )


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
