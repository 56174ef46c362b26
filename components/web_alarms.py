"""What wakes somebody up about a web tier: errors, instances that stay unhealthy, slow answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input

from .checks import between
from .scope import Scope

_NAMESPACE = "AWS/ApplicationELB"
_PERIOD = 60
_MINUTES = 5

_ERRORS_IN_PER_CENT = "100 * (FILL(target, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))"
"""Answers 5xx of instances and of the balancer itself among all requests. RequestCount leaves out those for which the
balancer found no target (Application Load Balancers guide, "CloudWatch metrics"), hence its errors below the line too:
with no instance left the result is 100, not missing."""


@dataclass(frozen=True, kw_only=True)
class AlarmThresholds:
    """From where on a web tier's state is somebody's business, if it lasts for three of five minutes."""

    error_percent: float = 5
    """Answers 5xx among all, above 0 and up to 100. One failed request among twenty is noticed by guests."""
    response_seconds: float = 2
    """Response time that 99 of 100 requests stay below. Two seconds is where people begin to wait."""

    def __post_init__(self) -> None:
        between("alarms.error_percent", self.error_percent, 0.01, 100, "5 alarms on one failed request among twenty")
        between("alarms.response_seconds", self.response_seconds, 0.001, 4000, "seconds, not milliseconds")


def watch(
    scope: Scope,
    thresholds: AlarmThresholds,
    *,
    balancer: Input[str],
    targets: Input[str],
    actions: Sequence[Input[str]],
) -> None:
    """Raise alarms for one balancer and one target group, each given by its ARN suffix.

    `actions` are told when an alarm goes off and when it is over. No data is no alarm: nobody asked, or all is well.
    """
    of_balancer = {"LoadBalancer": balancer}
    of_targets = {"LoadBalancer": balancer, "TargetGroup": targets}

    errors = f"{scope.name}-errors"
    aws.cloudwatch.MetricAlarm(
        errors,
        alarm_description="Requests answered with 5xx, in per cent",
        metric_queries=[
            _sum("target", "HTTPCode_Target_5XX_Count", of_targets),
            _sum("balancer", "HTTPCode_ELB_5XX_Count", of_balancer),
            _sum("requests", "RequestCount", of_balancer),
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id="errors", expression=_ERRORS_IN_PER_CENT, label="Errors in per cent", return_data=True
            ),
        ],
        comparison_operator="GreaterThanThreshold",
        threshold=thresholds.error_percent,
        evaluation_periods=_MINUTES,
        datapoints_to_alarm=3,
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        ok_actions=actions,
        tags=scope.tagged(errors),
        opts=scope.replaceable(),
    )
    unhealthy = f"{scope.name}-unhealthy"
    aws.cloudwatch.MetricAlarm(
        unhealthy,
        alarm_description="An instance has been unhealthy for minutes: it is not replaced, or its successors fail too",
        namespace=_NAMESPACE,
        metric_name="UnHealthyHostCount",
        dimensions=of_targets,
        statistic="Maximum",
        period=_PERIOD,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        evaluation_periods=_MINUTES,
        datapoints_to_alarm=_MINUTES,  # one that is being replaced is gone sooner
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        ok_actions=actions,
        tags=scope.tagged(unhealthy),
        opts=scope.replaceable(),
    )
    slow = f"{scope.name}-slow"
    aws.cloudwatch.MetricAlarm(
        slow,
        alarm_description="Response time of the slowest request among a hundred, in seconds",
        namespace=_NAMESPACE,
        metric_name="TargetResponseTime",
        dimensions=of_targets,
        extended_statistic="p99",
        period=_PERIOD,
        comparison_operator="GreaterThanThreshold",
        threshold=thresholds.response_seconds,
        evaluation_periods=_MINUTES,
        datapoints_to_alarm=3,
        evaluate_low_sample_count_percentiles="ignore",  # one slow request at night is no p99
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        ok_actions=actions,
        tags=scope.tagged(slow),
        opts=scope.replaceable(),
    )


def _sum(query_id: str, metric: str, dimensions: dict[str, Input[str]]) -> "aws.cloudwatch.MetricAlarmMetricQueryArgs":
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=query_id,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=_NAMESPACE, metric_name=metric, dimensions=dimensions, period=_PERIOD, stat="Sum"
        ),
    )
