"""CloudWatch Logs: log groups and metric filters."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    PROVIDER_SIDE,
    AutoName,
    Block,
    Function,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import RefusedError

RETENTION_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180,
    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""What AWS takes (PutRetentionPolicy, API reference); 0, Terraform's word, keeps events for ever."""


def log_group(account: Account, name: str) -> dict[str, Any] | None:
    """The log group of exactly that name."""
    groups = account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    return next((group for group in groups if group["logGroupName"] == name), None)


class LogGroup(Resource):
    token = "aws:cloudwatch/logGroup:LogGroup"
    auto_name = AutoName()
    tagged = True
    api = ("logs", "CreateLogGroup")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("logGroupName"),
        "deletionProtectionEnabled": Prop(kind=BOOL, api="deletionProtectionEnabled", computed=True),
        "kmsKeyId": Prop(api="kmsKeyId"),
        "logGroupClass": Prop(api="logGroupClass", replace=True, computed=True),
        "retentionInDays": Prop(kind=INT, api=None, default=0, choices=RETENTION_DAYS),
        "skipDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
    }
    outputs = ("arn",)

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        sent = {**to_api(self.props, values), "logGroupName": name}
        if values.get("tagsAll"):
            sent["tags"] = values["tagsAll"]
        account.logs.create_log_group(**sent)
        if values["retentionInDays"]:
            account.logs.put_retention_policy(logGroupName=name, retentionInDays=values["retentionInDays"])
        return name

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group = log_group(account, id_)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        return {
            **from_api(self.props, group),
            "namePrefix": names.prefix_of(id_),
            "retentionInDays": group.get("retentionInDays", 0),
            "arn": arn,
            "tagsAll": account.logs.list_tags_for_resource(resourceArn=arn)["tags"],
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "retentionInDays" in changed:
            if new["retentionInDays"]:
                account.logs.put_retention_policy(logGroupName=id_, retentionInDays=new["retentionInDays"])
            else:
                account.logs.delete_retention_policy(logGroupName=id_)
        if "kmsKeyId" in changed:
            if new.get("kmsKeyId"):
                account.logs.associate_kms_key(logGroupName=id_, kmsKeyId=new["kmsKeyId"])
            else:
                account.logs.disassociate_kms_key(logGroupName=id_)
        if "deletionProtectionEnabled" in changed:
            account.logs.put_log_group_deletion_protection(
                logGroupIdentifier=id_, deletionProtectionEnabled=new["deletionProtectionEnabled"]
            )
        arn = old["arn"]
        tags.bring(
            old,
            new,
            lambda added: account.logs.tag_resource(resourceArn=arn, tags=added),
            lambda keys: account.logs.untag_resource(resourceArn=arn, tagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if not values.get("skipDestroy"):
            account.logs.delete_log_group(logGroupName=id_)


TRANSFORMATION = Block(
    {
        "name": Prop(api="metricName", required=True),
        "namespace": Prop(api="metricNamespace", required=True),
        "value": Prop(api="metricValue", required=True),
        "defaultValue": Prop(api="defaultValue"),
        "dimensions": Prop(kind=Map(), api="dimensions"),
        "unit": Prop(api="unit", default="None"),
    }
)


class LogMetricFilter(Resource):
    token = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    auto_name = AutoName(conflicts=())
    api = ("logs", "PutMetricFilter")
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="filterName", replace=True, computed=True),
        "logGroupName": Prop(api="logGroupName", required=True, replace=True),
        "metricTransformation": Prop(kind=TRANSFORMATION, api=None, required=True),
        "pattern": Prop(api="filterPattern", required=True),
    }

    def _put(self, account: Account, values: Values) -> None:
        sent = to_api(TRANSFORMATION.props, values["metricTransformation"])
        if "defaultValue" in sent:
            sent["defaultValue"] = float(sent["defaultValue"])
        account.logs.put_metric_filter(**to_api(self.props, values), metricTransformations=[sent])

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values)
        return str(values["name"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group, _, name = id_.rpartition(":")  # an import gives both
        which = {"logGroupName": group or values["logGroupName"], "filterNamePrefix": name}
        filters = found(lambda: account.pages("logs", "describe_metric_filters", "metricFilters", **which))
        seen = next((f for f in filters or () if f["filterName"] == name), None)
        if seen is None:
            return None
        [transformation] = seen["metricTransformations"]
        if "defaultValue" in transformation:
            transformation["defaultValue"] = f"{transformation['defaultValue']:g}"
        return {
            **from_api(self.props, seen),
            "metricTransformation": {
                k: v for k, v in from_api(TRANSFORMATION.props, transformation).items() if v is not None
            },
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(account, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.logs.delete_metric_filter(logGroupName=values["logGroupName"], filterName=values["name"])


def get_log_group(account: Account, args: Values) -> Values:
    group = log_group(account, args["name"])
    if group is None:
        raise RefusedError(f"reading CloudWatch Logs Log Group ({args['name']}): couldn't find resource")
    arn = group["arn"].removesuffix(":*")
    return {
        "id": args["name"],
        "arn": arn,
        "creationTime": group["creationTime"],
        "deletionProtectionEnabled": group["deletionProtectionEnabled"],
        "kmsKeyId": group.get("kmsKeyId", ""),
        "logGroupClass": group["logGroupClass"],
        "retentionInDays": group.get("retentionInDays", 0),
        "tags": account.logs.list_tags_for_resource(resourceArn=arn)["tags"],
    }


TYPES = (LogGroup(), LogMetricFilter())
FUNCTIONS = (
    Function(
        "aws:cloudwatch/getLogGroup:getLogGroup",
        {"name": Prop(required=True), "tags": Prop(kind=Map())},
        get_log_group,
    ),
)
