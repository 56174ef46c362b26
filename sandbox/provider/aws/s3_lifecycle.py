"""S3: how long a bucket keeps its objects."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import tags
from sandbox.provider.aws.s3 import BUCKET, BucketConfiguration
from sandbox.provider.schema import (
    BOOL,
    INT,
    PROVIDER_SIDE,
    UNKNOWN,
    Block,
    Many,
    Map,
    Prop,
    Values,
    from_api,
    known_items,
    to_api,
)

INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
INFREQUENT_DAYS = 30  # before which objects do not go there ("Transitioning objects", S3 user guide)

AND = {
    "objectSizeGreaterThan": Prop(kind=INT),
    "objectSizeLessThan": Prop(kind=INT),
    "prefix": Prop(),
    "tags": Prop(kind=Map(), api=None),
}
FILTER = {
    "and": Prop(kind=Block(AND), api=None),
    "objectSizeGreaterThan": Prop(kind=INT),
    "objectSizeLessThan": Prop(kind=INT),
    "prefix": Prop(),
    "tag": Prop(kind=Block({"key": Prop(required=True), "value": Prop(required=True)})),
}
EXPIRATION = {
    "date": Prop(api=None),
    "days": Prop(kind=INT),
    "expiredObjectDeleteMarker": Prop(kind=BOOL),
}
TRANSITION = {"date": Prop(api=None), "days": Prop(kind=INT), "storageClass": Prop(required=True)}
NONCURRENT = {"noncurrentDays": Prop(kind=INT, required=True), "newerNoncurrentVersions": Prop(kind=INT)}
RULE: Mapping[str, Prop] = {
    "id": Prop(api="ID", required=True),
    "status": Prop(required=True, choices=("Enabled", "Disabled")),
    "prefix": Prop(),
    "filter": Prop(kind=Block(FILTER), api=None),
    "abortIncompleteMultipartUpload": Prop(kind=Block({"daysAfterInitiation": Prop(kind=INT)})),
    "expiration": Prop(kind=Block(EXPIRATION), api=None),
    "transitions": Prop(kind=Many(Block(TRANSITION)), api=None),
    "noncurrentVersionExpiration": Prop(kind=Block(NONCURRENT)),
    "noncurrentVersionTransitions": Prop(kind=Many(Block({**NONCURRENT, "storageClass": Prop(required=True)}))),
}


class BucketLifecycleConfiguration(BucketConfiguration):
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    defaults_listed = False
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "rules": Prop(kind=Many(Block(RULE), ordered=True), api=None, required=True),
        "timeouts": Prop(kind=Block({"create": Prop(), "update": Prop()}), api=None, kept=PROVIDER_SIDE),
        "transitionDefaultMinimumObjectSize": Prop(
            computed=True, choices=("all_storage_classes_128K", "varies_by_storage_class")
        ),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        ids: set[Any] = set()
        for rule in known_items(values["rules"]):
            for reason in _broken(rule):
                yield "rules", f"rules: {rule['id']}: {reason}"
            if rule["id"] in ids:
                yield "rules", f"rules: the id {rule['id']!r} is used twice: rename one"
            ids |= {rule["id"]} - {UNKNOWN}

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_bucket_lifecycle_configuration(
            Bucket=values["bucket"],
            LifecycleConfiguration={"Rules": [_sent(rule) for rule in values["rules"]]},
            **to_api(self.props, values, ["transitionDefaultMinimumObjectSize"]),
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_lifecycle_configuration(Bucket=id_))
        if answer is None:
            return None
        return {
            "bucket": id_,
            "rules": [_seen(rule) for rule in answer["Rules"]],
            "transitionDefaultMinimumObjectSize": answer.get(
                "TransitionDefaultMinimumObjectSize", "all_storage_classes_128K"
            ),
        }

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.s3.delete_bucket_lifecycle(Bucket=id_)


def _broken(rule: Values) -> Iterator[str]:
    """S3's rules for a lifecycle rule ("Lifecycle configuration elements", S3 user guide)."""
    given = rule.get("filter")
    if isinstance(given, dict) and len(given) > 1:
        yield f"a filter has one condition; put {' and '.join(sorted(given))} into `and`"
    if rule.get("prefix") is not None and given is not None:
        yield "prefix and filter exclude each other: use the filter"
    expiration = rule.get("expiration")
    expiration = expiration if isinstance(expiration, dict) else {}
    if len([k for k, v in expiration.items() if v is not False]) > 1:
        yield "expiration takes one of date, days and expiredObjectDeleteMarker"
    for transition in known_items(rule.get("transitions")):
        days = transition.get("days")
        if transition["storageClass"] in INFREQUENT and isinstance(days, int) and days < INFREQUENT_DAYS:
            yield f"objects go to {transition['storageClass']} after {INFREQUENT_DAYS} days or later, got {days}"
        if isinstance(days, int) and isinstance(expiration.get("days"), int) and expiration["days"] <= days:
            yield f"they expire after {expiration['days']} days, which must be later than the transition after {days}"
    actions = RULE.keys() - {"id", "status", "prefix", "filter"}
    if not any(rule.get(action) for action in actions):
        yield f"a rule does something: give one of {', '.join(sorted(actions))}"


def _sent(rule: Values) -> dict[str, Any]:
    sent = to_api(RULE, rule)
    if "prefix" not in rule:
        sent["Filter"] = _sent_filter(rule.get("filter"))
    if expiration := rule.get("expiration"):
        sent["Expiration"] = {
            k: v for k, v in {**to_api(EXPIRATION, expiration), "Date": expiration.get("date")}.items() if v
        }
    if rule.get("transitions"):
        sent["Transitions"] = [
            {k: v for k, v in {**to_api(TRANSITION, t), "Date": t.get("date")}.items() if v is not None}
            for t in rule["transitions"]
        ]
    return sent


def _sent_filter(given: Values | None) -> dict[str, Any]:
    """All objects where there is no filter; a filter without a condition is the empty prefix."""
    if given is None:
        return {}
    sent = to_api(FILTER, given)
    if every := given.get("and"):
        sent["And"] = {**to_api(AND, every), **({"Tags": tags.as_list(every["tags"])} if every.get("tags") else {})}
    return sent or {"Prefix": ""}


def _seen(rule: Mapping[str, Any]) -> Values:
    seen = from_api(RULE, rule)
    if rule.get("Filter"):
        seen["filter"] = from_api(FILTER, rule["Filter"])
        if every := rule["Filter"].get("And"):
            seen["filter"]["and"] = _given({**from_api(AND, every), "tags": tags.as_map(every.get("Tags"))})
        seen["filter"] = _given(seen["filter"])
    if expiration := rule.get("Expiration"):
        seen["expiration"] = _given({**from_api(EXPIRATION, expiration), "date": _moment(expiration.get("Date"))})
    if rule.get("Transitions"):
        seen["transitions"] = [
            _given({**from_api(TRANSITION, t), "date": _moment(t.get("Date"))}) for t in rule["Transitions"]
        ]
    return _given(seen)


def _given(values: Values) -> Values:
    return {k: v for k, v in values.items() if v is not None}


def _moment(value: datetime | None) -> str | None:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else None


TYPES = (BucketLifecycleConfiguration(),)
FUNCTIONS = ()
