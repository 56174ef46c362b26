"""SQS: queues and their policies."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import attributes, names, policies, tags
from sandbox.provider.schema import BOOL, INT, JSON, AutoName, Function, Map, Prop, Resource, Values


class Queue(Resource):
    token = "aws:sqs/queue:Queue"
    auto_name = AutoName(limit=80, fifo="fifoQueue")
    tagged = True
    settings: ClassVar[Mapping[str, Prop]] = {
        "contentBasedDeduplication": Prop(kind=BOOL, default=False),
        "deduplicationScope": Prop(computed=True, choices=("messageGroup", "queue")),
        "delaySeconds": Prop(kind=INT, default=0, low=0, high=900),
        "fifoQueue": Prop(kind=BOOL, replace=True, default=False),
        "fifoThroughputLimit": Prop(computed=True, choices=("perQueue", "perMessageGroupId")),
        "kmsDataKeyReusePeriodSeconds": Prop(kind=INT, computed=True, low=60, high=86_400),
        "kmsMasterKeyId": Prop(conflicts=("sqsManagedSseEnabled",)),
        "maxMessageSize": Prop(kind=INT, api="MaximumMessageSize", default=262_144, low=1024, high=1_048_576),
        "messageRetentionSeconds": Prop(
            kind=INT, api="MessageRetentionPeriod", default=345_600, low=60, high=1_209_600
        ),
        "policy": Prop(kind=JSON, computed=True),
        "receiveWaitTimeSeconds": Prop(kind=INT, api="ReceiveMessageWaitTimeSeconds", default=0, low=0, high=20),
        "redriveAllowPolicy": Prop(kind=JSON, computed=True, kept="moto 5.2.5 takes the attribute and forgets it"),
        "redrivePolicy": Prop(kind=JSON, computed=True),
        "sqsManagedSseEnabled": Prop(
            kind=BOOL, api="SqsManagedSseEnabled", computed=True, conflicts=("kmsMasterKeyId",)
        ),
        "visibilityTimeoutSeconds": Prop(kind=INT, api="VisibilityTimeout", default=30, low=0, high=43_200),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(replace=True, computed=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(replace=True, computed=True, conflicts=("name",)),
        **settings,
    }
    outputs = ("arn", "url")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from policies.check(values, "policy", "resource")
        fifo, name = values["fifoQueue"], values.get("name")
        if isinstance(name, str) and isinstance(fifo, bool) and name.endswith(".fifo") != fifo:
            yield "name", f"the name of a FIFO queue, and of no other, ends in .fifo: got {name!r}"
        for only in ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"):
            if fifo is False and values.get(only):
                yield only, f"{only} is for FIFO queues: set fifoQueue, or leave it out"

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        sent = attributes.to_text(self.settings, values)
        if not values["fifoQueue"]:
            del sent["FifoQueue"], sent["ContentBasedDeduplication"]  # SQS takes them for FIFO queues only
        return str(
            account.sqs.create_queue(
                QueueName=name if values.get("name") or not values["fifoQueue"] else f"{name}.fifo",
                Attributes=sent,
                tags=values.get("tagsAll") or {},
            )["QueueUrl"]
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.sqs.get_queue_attributes(QueueUrl=id_, AttributeNames=["All"]))
        if answer is None:
            return None
        seen = answer["Attributes"]
        name = id_.rpartition("/")[2]
        return {
            **attributes.from_text(self.settings, seen),
            "contentBasedDeduplication": seen.get("ContentBasedDeduplication") == "true",
            "fifoQueue": seen.get("FifoQueue") == "true",
            "name": name,
            "namePrefix": names.prefix_of(name.removesuffix(".fifo")),
            "arn": seen["QueueArn"],
            "url": id_,
            "tagsAll": account.sqs.list_queue_tags(QueueUrl=id_).get("Tags", {}),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if sent := attributes.to_text(self.settings, new, sorted(changed & self.settings.keys())):
            account.sqs.set_queue_attributes(QueueUrl=id_, Attributes=sent)
        tags.bring(
            old,
            new,
            lambda added: account.sqs.tag_queue(QueueUrl=id_, Tags=added),
            lambda keys: account.sqs.untag_queue(QueueUrl=id_, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.sqs.delete_queue(QueueUrl=id_)


class QueuePolicy(Resource):
    token = "aws:sqs/queuePolicy:QueuePolicy"
    props: ClassVar[Mapping[str, Prop]] = {
        "policy": Prop(kind=JSON, required=True),
        "queueUrl": Prop(required=True, replace=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        return policies.check(values, "policy", "resource")

    def _put(self, account: Account, url: str, policy: str) -> None:
        account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values["queueUrl"], values["policy"])
        return str(values["queueUrl"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.sqs.get_queue_attributes(QueueUrl=id_, AttributeNames=["Policy"]))
        policy = (answer or {}).get("Attributes", {}).get("Policy")
        return {"policy": policy, "queueUrl": id_} if policy else None

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(account, id_, new["policy"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        self._put(account, id_, "")


def get_queue(account: Account, args: Values) -> Values:
    url = account.sqs.get_queue_url(QueueName=args["name"])["QueueUrl"]
    seen = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return {
        "id": url,
        "url": url,
        "arn": seen["QueueArn"],
        "tags": account.sqs.list_queue_tags(QueueUrl=url).get("Tags", {}),
    }


TYPES = (Queue(), QueuePolicy())
FUNCTIONS = (Function("aws:sqs/getQueue:getQueue", {"name": Prop(required=True), "tags": Prop(kind=Map())}, get_queue),)
