"""Samples for CloudWatch."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench

TOPIC = f"arn:aws:sns:{REGION}:123456789012:alarms"


def metric_alarm(bench: Bench) -> list[Values]:
    common = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 3}
    return [
        {
            **common,
            "name": "cpu",
            "actionsEnabled": False,
            "alarmActions": [TOPIC],
            "alarmDescription": "busy",
            "datapointsToAlarm": 2,
            "dimensions": {"DBInstanceIdentifier": "hotel", "Zone": "a"},
            "insufficientDataActions": [TOPIC],
            "metricName": "CPUUtilization",
            "namespace": "AWS/RDS",
            "okActions": [TOPIC],
            "period": 300,
            "statistic": "Average",
            "threshold": 80.5,
            "treatMissingData": "breaching",
            "unit": "Percent",
            "tags": {"Name": "cpu"},
        },
        {
            **common,
            "evaluateLowSampleCountPercentiles": "ignore",
            "extendedStatistic": "p99",
            "metricName": "TargetResponseTime",
            "namespace": "AWS/ApplicationELB",
            "period": 60,
            "threshold": 1,
        },
        {
            **common,
            "threshold": 5,
            "metricQueries": [
                {
                    "id": "rate",
                    "expression": "errors / requests",
                    "label": "5xx rate",
                    "period": 60,
                    "returnData": True,
                },
                {
                    "id": "errors",
                    "metric": {
                        "metricName": "HTTPCode_Target_5XX_Count",
                        "namespace": "AWS/ApplicationELB",
                        "dimensions": {"LoadBalancer": "app/hotel/1"},
                        "period": 60,
                        "stat": "Sum",
                        "unit": "Count",
                    },
                },
                {
                    "id": "requests",
                    "metric": {
                        "metricName": "RequestCount",
                        "namespace": "AWS/ApplicationELB",
                        "period": 60,
                        "stat": "Sum",
                    },
                },
            ],
        },
        {
            **common,
            "comparisonOperator": "GreaterThanUpperThreshold",
            "thresholdMetricId": "band",
            "metricQueries": [
                {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m1)", "returnData": True},
                {"id": "m1", "returnData": True, "metric": {"metricName": "RequestCount", "period": 60, "stat": "Sum"}},
            ],
        },
    ]


def dashboard(bench: Bench) -> list[Values]:
    return [{"dashboardName": "hotel", "dashboardBody": '{"widgets":[]}'}]


SAMPLES = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": metric_alarm,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
}
