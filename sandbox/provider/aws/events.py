"""EventBridge: rules and their targets."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    JSON,
    PROVIDER_SIDE,
    AutoName,
    Block,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import RefusedError

DEFAULT_BUS = "default"


class EventRule(Resource):
    token = "aws:cloudwatch/eventRule:EventRule"
    auto_name = AutoName(limit=64)
    tagged = True
    api = ("events", "PutRule")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("Name"),
        "description": Prop(),
        "eventBusName": Prop(replace=True, default=DEFAULT_BUS),
        "eventPattern": Prop(kind=JSON),
        "forceDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "roleArn": Prop(),
        "scheduleExpression": Prop(),
        "state": Prop(default="ENABLED"),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if not values.keys() & {"eventPattern", "scheduleExpression"}:
            yield "eventPattern", "a rule needs eventPattern or scheduleExpression"
        bus = values["eventBusName"]
        if "scheduleExpression" in values and isinstance(bus, str) and bus != DEFAULT_BUS:
            yield "scheduleExpression", f"schedules run on the default event bus only, and eventBusName is {bus!r}"

    def _put(self, account: Account, values: Values, name: str) -> None:
        account.events.put_rule(**{**to_api(self.props, values), "Name": name})

    def create(self, account: Account, values: Values) -> str:
        name, bus = names.chosen(values), values["eventBusName"]
        self._put(account, values, name)
        if values.get("tagsAll"):
            account.events.tag_resource(ResourceARN=rule_arn(account, bus, name), Tags=tags.as_list(values["tagsAll"]))
        return name if bus == DEFAULT_BUS else f"{bus}/{name}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        bus, name = parts_of(id_)
        rule = found(lambda: account.events.describe_rule(Name=name, EventBusName=bus))
        if rule is None:
            return None
        arn = rule_arn(account, bus, name)
        return {
            **from_api(self.props, rule),
            "namePrefix": names.prefix_of(name),
            "eventBusName": bus,
            "arn": arn,
            "tagsAll": tags.as_map(account.events.list_tags_for_resource(ResourceARN=arn)["Tags"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"forceDestroy", "tags", "tagsAll"}:
            self._put(account, new, parts_of(id_)[1])
        arn = old["arn"]
        tags.bring(
            old,
            new,
            lambda added: account.events.tag_resource(ResourceARN=arn, Tags=tags.as_list(added)),
            lambda keys: account.events.untag_resource(ResourceARN=arn, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Delete the rule; AWS refuses while it has targets, which `forceDestroy` removes."""
        bus, name = parts_of(id_)
        if values.get("forceDestroy"):
            targets = account.events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
            if targets:
                account.events.remove_targets(Rule=name, EventBusName=bus, Ids=[t["Id"] for t in targets])
        account.events.delete_rule(Name=name, EventBusName=bus)


def parts_of(id_: str) -> tuple[str, str]:
    """(event bus, rule) of a rule's id."""
    bus, _, name = id_.rpartition("/")
    return bus or DEFAULT_BUS, name


def rule_arn(account: Account, bus: str, name: str) -> str:
    return account.arn("events", f"rule/{name}" if bus == DEFAULT_BUS else f"rule/{bus}/{name}")


class EventTarget(Resource):
    token = "aws:cloudwatch/eventTarget:EventTarget"
    auto_name = AutoName(prop="targetId", conflicts=())
    target: ClassVar[Mapping[str, Prop]] = {
        "arn": Prop(required=True),
        "deadLetterConfig": Prop(kind=Block({"arn": Prop()})),
        "input": Prop(conflicts=("inputPath", "inputTransformer")),
        "inputPath": Prop(conflicts=("input", "inputTransformer")),
        "inputTransformer": Prop(
            kind=Block({"inputPaths": Prop(kind=Map(), api="InputPathsMap"), "inputTemplate": Prop(required=True)}),
            conflicts=("input", "inputPath"),
        ),
        "retryPolicy": Prop(
            kind=Block(
                {
                    "maximumEventAgeInSeconds": Prop(kind=INT, low=60, high=86_400),
                    "maximumRetryAttempts": Prop(kind=INT, low=0, high=185),
                }
            )
        ),
        "roleArn": Prop(),
        "sqsTarget": Prop(kind=Block({"messageGroupId": Prop()}), api="SqsParameters"),
        "targetId": Prop(api="Id", replace=True, computed=True),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        **target,
        "eventBusName": Prop(replace=True, default=DEFAULT_BUS),
        "forceDestroy": Prop(kind=BOOL, default=False, kept=PROVIDER_SIDE),
        "rule": Prop(required=True, replace=True),
    }

    def _put(self, account: Account, values: Values) -> None:
        answer = account.events.put_targets(
            Rule=values["rule"], EventBusName=values["eventBusName"], Targets=[to_api(self.target, values)]
        )
        for failed in answer.get("FailedEntries", ()):
            raise RefusedError(f"PutTargets: {failed['ErrorCode']}: {failed['ErrorMessage']}")

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values)
        bus = values["eventBusName"]
        return "-".join([*([] if bus == DEFAULT_BUS else [bus]), values["rule"], values["targetId"]])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        known = values if values.get("rule") else imported(id_)
        rule, bus = known["rule"], known["eventBusName"]
        answer = found(lambda: account.events.list_targets_by_rule(Rule=rule, EventBusName=bus))
        seen = next((t for t in (answer or {}).get("Targets", ()) if t["Id"] == known["targetId"]), None)
        return None if seen is None else {**from_api(self.target, seen), "rule": rule, "eventBusName": bus}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(account, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.events.remove_targets(
            Rule=values["rule"], EventBusName=values["eventBusName"], Ids=[values["targetId"]]
        )


def imported(id_: str) -> Values:
    """Event bus, rule and target of an imported target's id, BUS/RULE/TARGET or RULE/TARGET."""
    *bus, rule, target = id_.rsplit("/", 2)
    return {"eventBusName": bus[0] if bus else DEFAULT_BUS, "rule": rule, "targetId": target}


TYPES = (EventRule(), EventTarget())
FUNCTIONS = ()
