"""CloudWatch: metric alarms and dashboards."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import tags
from sandbox.provider.schema import (
    BOOL,
    FLOAT,
    INT,
    JSON,
    UNKNOWN,
    AutoName,
    Block,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
EXTENDED_STATISTIC = re.compile(r"(p|tm|wm|tc|ts)\d{1,2}(\.\d+)?|IQM|(TM|WM|PR|TC|TS)\(.+:.*\)|(TM|WM|PR|TC|TS)\(:.+\)")
SHORT_PERIODS = (1, 5, 10, 20, 30)
"""Seconds that high-resolution metrics may be evaluated over, below a minute (PutMetricAlarm, API reference)."""

METRIC = Block(
    {
        "metricName": Prop(required=True, api=None),
        "namespace": Prop(api=None),
        "dimensions": Prop(kind=Map(), api=None),
        "period": Prop(kind=INT, required=True),
        "stat": Prop(required=True),
        "unit": Prop(),
    }
)
QUERY = Block(
    {
        "id": Prop(required=True),
        "expression": Prop(),
        "label": Prop(),
        "metric": Prop(kind=METRIC, api=None),
        "period": Prop(kind=INT),
        "returnData": Prop(kind=BOOL, default=False),
    }
)


class MetricAlarm(Resource):
    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    auto_name = AutoName(conflicts=())
    tagged = True
    api = ("cloudwatch", "PutMetricAlarm")
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="AlarmName", replace=True, computed=True),
        "actionsEnabled": Prop(kind=BOOL, default=True),
        "alarmActions": Prop(kind=Many()),
        "alarmDescription": Prop(),
        "comparisonOperator": Prop(),
        "datapointsToAlarm": Prop(kind=INT),
        "dimensions": Prop(kind=Map(), api=None, conflicts=("metricQueries",)),
        "evaluateLowSampleCountPercentiles": Prop(
            api="EvaluateLowSampleCountPercentile", computed=True, choices=("evaluate", "ignore")
        ),
        "evaluationPeriods": Prop(kind=INT),
        "extendedStatistic": Prop(conflicts=("statistic", "metricQueries")),
        "insufficientDataActions": Prop(kind=Many()),
        "metricName": Prop(conflicts=("metricQueries",)),
        "metricQueries": Prop(
            kind=Many(QUERY),
            api=None,
            conflicts=("dimensions", "extendedStatistic", "metricName", "namespace", "period", "statistic"),
        ),
        "namespace": Prop(conflicts=("metricQueries",)),
        "okActions": Prop(kind=Many(), api="OKActions"),
        "period": Prop(kind=INT, conflicts=("metricQueries",)),
        "statistic": Prop(conflicts=("extendedStatistic", "metricQueries")),
        "threshold": Prop(kind=FLOAT, conflicts=("thresholdMetricId",)),
        "thresholdMetricId": Prop(conflicts=("threshold",)),
        "treatMissingData": Prop(default="missing", choices=("missing", "ignore", "breaching", "notBreaching")),
        "unit": Prop(),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if values.get("metricName") is not None and not (values.keys() & {"statistic", "extendedStatistic"}):
            yield "statistic", "an alarm on metricName needs statistic or extendedStatistic: give one of the two"
        if not (values.keys() & {"metricName", "metricQueries"}):
            yield "metricName", "an alarm watches something: give metricName or metricQueries"
        for required in ("comparisonOperator", "evaluationPeriods"):
            if values.get(required) is None:
                yield required, f"an alarm on metrics needs {required}"
        if not (values.keys() & {"threshold", "thresholdMetricId"}):
            yield "threshold", "an alarm compares with something: give threshold or thresholdMetricId"
        yield from _statistic("extendedStatistic", values.get("extendedStatistic"))
        yield from _period("period", values.get("period"))
        periods, datapoints = values.get("evaluationPeriods"), values.get("datapointsToAlarm")
        if isinstance(periods, int) and isinstance(datapoints, int) and datapoints > periods:
            yield (
                "datapointsToAlarm",
                f"datapointsToAlarm is {datapoints}, more than the {periods} evaluationPeriods looked at: lower it",
            )
        queries = values.get("metricQueries")
        if isinstance(queries, list):
            yield from _queries(queries, values)

    def _put(self, account: Account, values: Values) -> None:
        sent = to_api(self.props, values)
        if values.get("dimensions"):
            sent["Dimensions"] = _dimensions(values["dimensions"])
        if values.get("metricQueries"):
            sent["Metrics"] = [_query_to_api(query) for query in values["metricQueries"]]
        if values.get("tagsAll"):
            sent["Tags"] = tags.as_list(values["tagsAll"])
        account.cloudwatch.put_metric_alarm(**sent)

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values)
        return str(values["name"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        alarms = account.cloudwatch.describe_alarms(AlarmNames=[id_], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        [alarm] = alarms
        return {
            **from_api(self.props, alarm),
            "dimensions": _dimension_map(alarm.get("Dimensions")),
            "metricQueries": [_query_from_api(query) for query in alarm.get("Metrics") or ()],
            "treatMissingData": alarm.get("TreatMissingData") or "missing",
            "arn": alarm["AlarmArn"],
            "tagsAll": tags.as_map(account.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags", "tagsAll"}:
            self._put(account, {k: v for k, v in new.items() if k != "tagsAll"})
        arn = old["arn"]
        tags.bring(
            old,
            new,
            lambda added: account.cloudwatch.tag_resource(ResourceARN=arn, Tags=tags.as_list(added)),
            lambda keys: account.cloudwatch.untag_resource(ResourceARN=arn, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.cloudwatch.delete_alarms(AlarmNames=[id_])


def _queries(queries: list[Values], values: Values) -> Iterator[tuple[str, str]]:
    """The rules for metric math ("Creating a CloudWatch alarm based on a metric math expression", user guide)."""
    known = [query for query in queries if isinstance(query, dict)]
    for index, query in enumerate(known):
        where = f"metricQueries[{index}]"
        if ("metric" in query) == ("expression" in query):
            yield where, f"{where} ({query.get('id')}) needs exactly one of metric and expression"
        metric = query.get("metric")
        if isinstance(metric, dict):
            yield from _period(f"{where}.metric.period", metric.get("period"))
            yield from _statistic(f"{where}.metric.stat", metric.get("stat"), STATISTICS)
        yield from _period(f"{where}.period", query.get("period"))
        if isinstance(query.get("id"), str) and not re.fullmatch(r"[a-z][A-Za-z0-9_]*", query["id"]):
            yield where, f"{where}.id begins with a lower-case letter, then letters, digits and _, got {query['id']!r}"
    results = sum(query.get("returnData") is True for query in known)
    wanted = 2 if values.get("thresholdMetricId") is not None else 1
    if len(known) == len(queries) and not any(query.get("returnData") is UNKNOWN for query in known):
        if results != wanted:
            yield (
                "metricQueries",
                f"{wanted} of metricQueries must have returnData true, here it is {results}: mark what the alarm watches",
            )
        names = [query["id"] for query in known]
        if len(set(map(str, names))) < len(names):
            yield "metricQueries", f"the ids of metricQueries must differ, got {', '.join(map(str, names))}"


def _period(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, int) and value not in SHORT_PERIODS and (value < 60 or value % 60):
        yield (
            path.split(".", maxsplit=1)[0],
            f"{path} is {value} s: it must be one of {SHORT_PERIODS} or a multiple of 60",
        )


def _statistic(path: str, value: Any, simple: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value not in simple and not EXTENDED_STATISTIC.fullmatch(value):
        choices = [*simple, "a percentile such as p99", "a trimmed mean such as tm90"]
        yield path.split(".", maxsplit=1)[0], f"{path} must be {' or '.join(choices)}, got {value!r}"


def _dimensions(given: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Name": k, "Value": v} for k, v in (given or {}).items()]


def _dimension_map(listed: Any) -> dict[str, str]:
    return {d["Name"]: d["Value"] for d in listed or ()}


def _query_to_api(query: Values) -> dict[str, Any]:
    sent = to_api(QUERY.props, query)
    if metric := query.get("metric"):
        named = {
            "MetricName": metric["metricName"],
            "Namespace": metric.get("namespace"),
            "Dimensions": _dimensions(metric.get("dimensions")),
        }
        sent["MetricStat"] = {
            **to_api(METRIC.props, metric),
            "Metric": {k: v for k, v in named.items() if v is not None},
        }
    return sent


def _query_from_api(query: Mapping[str, Any]) -> Values:
    seen = from_api(QUERY.props, query)
    if stat := query.get("MetricStat"):
        metric = {
            **from_api(METRIC.props, stat),
            "metricName": stat["Metric"].get("MetricName"),
            "namespace": stat["Metric"].get("Namespace"),
            "dimensions": _dimension_map(stat["Metric"].get("Dimensions")),
        }
        seen["metric"] = {k: v for k, v in metric.items() if v is not None}
    return {k: v for k, v in seen.items() if v is not None}


class Dashboard(Resource):
    token = "aws:cloudwatch/dashboard:Dashboard"
    api = ("cloudwatch", "PutDashboard")
    props: ClassVar[Mapping[str, Prop]] = {
        "dashboardBody": Prop(kind=JSON, required=True),
        "dashboardName": Prop(required=True, replace=True),
    }
    outputs = ("dashboardArn",)

    def create(self, account: Account, values: Values) -> str:
        account.cloudwatch.put_dashboard(**to_api(self.props, values))
        return str(values["dashboardName"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        dashboard = found(lambda: account.cloudwatch.get_dashboard(DashboardName=id_))
        return (
            None
            if dashboard is None
            else {**from_api(self.props, dashboard), "dashboardArn": dashboard["DashboardArn"]}
        )

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.cloudwatch.put_dashboard(**to_api(self.props, new))

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.cloudwatch.delete_dashboards(DashboardNames=[id_])


TYPES = (MetricAlarm(), Dashboard())
FUNCTIONS = ()
