"""EC2 Auto Scaling: scaling policies."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.schema import (
    BOOL,
    FLOAT,
    INT,
    INT_TEXT,
    UNKNOWN,
    AutoName,
    Block,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)

SIMPLE, STEP, TRACKING, PREDICTIVE = "SimpleScaling", "StepScaling", "TargetTrackingScaling", "PredictiveScaling"

_PREDEFINED = Block({"predefinedMetricType": Prop(required=True), "resourceLabel": Prop()})
_METRIC = Block(
    {
        "metricName": Prop(required=True),
        "namespace": Prop(required=True),
        "dimensions": Prop(kind=Many(Block({"name": Prop(required=True), "value": Prop(required=True)}))),
    }
)


def _query(stat: Mapping[str, Prop]) -> dict[str, Prop]:
    """A metric, or an expression over metrics. Tracking may also say the period of a metric."""
    return {
        "id": Prop(required=True),
        "expression": Prop(),
        "label": Prop(),
        "metricStat": Prop(
            kind=Block(
                {"metric": Prop(kind=_METRIC, required=True), "stat": Prop(required=True), "unit": Prop(), **stat}
            )
        ),
        "returnData": Prop(kind=BOOL, default=True),
    }


_TRACKING = {
    "targetValue": Prop(kind=FLOAT, required=True),
    "disableScaleIn": Prop(kind=BOOL, default=False),
    "predefinedMetricSpecification": Prop(kind=_PREDEFINED, conflicts=("customizedMetricSpecification",)),
    "customizedMetricSpecification": Prop(
        kind=Block(
            {
                "metricDimensions": Prop(
                    kind=Many(Block({"name": Prop(required=True), "value": Prop(required=True)})), api="Dimensions"
                ),
                "metricName": Prop(conflicts=("metrics",)),
                "metrics": Prop(kind=Many(Block(_query({"period": Prop(kind=INT)})))),
                "namespace": Prop(conflicts=("metrics",)),
                "period": Prop(kind=INT),
                "statistic": Prop(conflicts=("metrics",)),
                "unit": Prop(),
            }
        )
    ),
}
_QUERIES = Block({"metricDataQueries": Prop(kind=Many(Block(_query({})), ordered=True), required=True)})
_PREDICTION = {
    "targetValue": Prop(kind=FLOAT, required=True),
    "customizedCapacityMetricSpecification": Prop(kind=_QUERIES),
    "customizedLoadMetricSpecification": Prop(kind=_QUERIES),
    "customizedScalingMetricSpecification": Prop(kind=_QUERIES),
    "predefinedLoadMetricSpecification": Prop(kind=_PREDEFINED),
    "predefinedMetricPairSpecification": Prop(kind=_PREDEFINED),
    "predefinedScalingMetricSpecification": Prop(kind=_PREDEFINED),
}
_PREDICTIVE = {
    "metricSpecification": Prop(kind=Block(_PREDICTION), api=None, required=True),
    "maxCapacityBreachBehavior": Prop(default="HonorMaxCapacity"),
    "maxCapacityBuffer": Prop(kind=INT_TEXT, low=0, high=100),
    "mode": Prop(default="ForecastOnly"),
    "schedulingBufferTime": Prop(kind=INT_TEXT, low=0),
}
_BOUNDS = {
    "metricIntervalLowerBound": "MetricIntervalLowerBound",
    "metricIntervalUpperBound": "MetricIntervalUpperBound",
}


class Policy(Resource):
    """aws:autoscaling/policy:Policy."""

    token = "aws:autoscaling/policy:Policy"
    api = ("autoscaling", "PutScalingPolicy")
    auto_name = AutoName(conflicts=())
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="PolicyName", replace=True, computed=True),
        "autoscalingGroupName": Prop(api="AutoScalingGroupName", required=True, replace=True),
        "policyType": Prop(default=SIMPLE, choices=(SIMPLE, STEP, TRACKING, PREDICTIVE)),
        "enabled": Prop(kind=BOOL, default=True),
        "adjustmentType": Prop(choices=("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")),
        "cooldown": Prop(kind=INT),
        "estimatedInstanceWarmup": Prop(kind=INT),
        "metricAggregationType": Prop(computed=True, choices=("Minimum", "Maximum", "Average")),
        "minAdjustmentMagnitude": Prop(kind=INT, low=1),
        "scalingAdjustment": Prop(kind=INT, conflicts=("stepAdjustments",)),
        "stepAdjustments": Prop(
            kind=Many(
                Block({"scalingAdjustment": Prop(kind=INT, required=True), **{bound: Prop() for bound in _BOUNDS}})
            ),
            api=None,
        ),
        "targetTrackingConfiguration": Prop(kind=Block(_TRACKING)),
        "predictiveScalingConfiguration": Prop(kind=Block(_PREDICTIVE), api=None),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        kind = values["policyType"]
        if kind is UNKNOWN:
            return
        for name, kinds in _BELONGS_TO.items():
            if values.get(name) and kind not in kinds:
                yield name, f"{name} is for a policy of type {' or '.join(kinds)}, got policyType {kind!r}"
        needed = {
            SIMPLE: ("adjustmentType", "scalingAdjustment"),
            STEP: ("adjustmentType", "stepAdjustments"),
            TRACKING: ("targetTrackingConfiguration",),
            PREDICTIVE: ("predictiveScalingConfiguration",),
        }
        for name in needed[kind]:
            if values.get(name) is None:
                yield name, f"{name} is required for a policy of type {kind}"
        tracking = values.get("targetTrackingConfiguration")
        if isinstance(tracking, dict):
            yield from _tracking_broken(tracking)

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values)
        return str(values["name"])

    def _put(self, account: Account, values: Values) -> None:
        account.autoscaling.put_scaling_policy(**_parameters(self.props, values))

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        policies = account.pages(
            "autoscaling",
            "describe_policies",
            "ScalingPolicies",
            AutoScalingGroupName=values["autoscalingGroupName"],
            PolicyNames=[id_],
        )
        if not policies:
            return None
        [policy] = policies
        predictive = policy.get("PredictiveScalingConfiguration")
        return {
            **from_api(self.props, policy),
            "enabled": policy.get("Enabled", True),
            "stepAdjustments": [_step_from_api(step) for step in policy.get("StepAdjustments", [])],
            "predictiveScalingConfiguration": _prediction_from_api(predictive) if predictive else None,
            "arn": policy["PolicyARN"],
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(account, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if self.read(account, id_, values) is not None:
            account.autoscaling.delete_policy(AutoScalingGroupName=values["autoscalingGroupName"], PolicyName=id_)


_BELONGS_TO = {
    "adjustmentType": (SIMPLE, STEP),
    "minAdjustmentMagnitude": (SIMPLE, STEP),
    "scalingAdjustment": (SIMPLE,),
    "cooldown": (SIMPLE,),
    "stepAdjustments": (STEP,),
    "metricAggregationType": (STEP,),
    "estimatedInstanceWarmup": (STEP, TRACKING),
    "targetTrackingConfiguration": (TRACKING,),
    "predictiveScalingConfiguration": (PREDICTIVE,),
}
"""The types of policy that each setting is for."""


def _tracking_broken(tracking: Values) -> Iterator[tuple[str, str]]:
    here = "targetTrackingConfiguration"
    predefined, customized = (
        tracking.get("predefinedMetricSpecification"),
        tracking.get("customizedMetricSpecification"),
    )
    if predefined is None and customized is None:
        yield here, f"{here} wants predefinedMetricSpecification or customizedMetricSpecification"
    if isinstance(predefined, dict):
        by_request = predefined.get("predefinedMetricType") == "ALBRequestCountPerTarget"
        label = predefined.get("resourceLabel")
        if by_request and label is None:
            yield (
                f"{here}.predefinedMetricSpecification.resourceLabel",
                "ALBRequestCountPerTarget wants the resourceLabel LOAD_BALANCER_ARN_SUFFIX/TARGET_GROUP_ARN_SUFFIX",
            )
        if label and not by_request and predefined.get("predefinedMetricType") is not UNKNOWN:
            yield (
                f"{here}.predefinedMetricSpecification.resourceLabel",
                f"resourceLabel is for ALBRequestCountPerTarget alone, got {predefined['predefinedMetricType']!r}",
            )


def _parameters(props: Mapping[str, Prop], values: Values) -> dict[str, Any]:
    """All of a policy, as AWS wants it on every change; without what is for another type."""
    kind = values["policyType"]
    sent = [name for name in props if kind in _BELONGS_TO.get(name, (kind,))]
    parameters = to_api(props, values, sent)
    if kind == STEP:
        parameters["StepAdjustments"] = [_step_to_api(step) for step in values["stepAdjustments"]]
    if kind == PREDICTIVE:
        configuration = values["predictiveScalingConfiguration"]
        specification = to_api(_PREDICTION, configuration["metricSpecification"])
        parameters["PredictiveScalingConfiguration"] = {
            **to_api(_PREDICTIVE, configuration),
            "MetricSpecifications": [specification],
        }
    return parameters


def _step_to_api(step: Values) -> dict[str, Any]:
    bounds = {name: float(step[bound]) for bound, name in _BOUNDS.items() if step.get(bound)}
    return {"ScalingAdjustment": step["scalingAdjustment"], **bounds}


def _step_from_api(step: Mapping[str, Any]) -> Values:
    bounds = {bound: f"{step[name]:g}" for bound, name in _BOUNDS.items() if step.get(name) is not None}
    return {"scalingAdjustment": step["ScalingAdjustment"], **bounds}


def _prediction_from_api(configuration: Mapping[str, Any]) -> Values:
    [specification] = configuration["MetricSpecifications"]
    values = {**from_api(_PREDICTIVE, configuration), "metricSpecification": from_api(_PREDICTION, specification)}
    values["metricSpecification"] = {k: v for k, v in values["metricSpecification"].items() if v is not None}
    return {k: v for k, v in values.items() if v is not None}
