"""SNS: topics, their policies and subscriptions."""

import json
from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import attributes, names, policies, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    JSON,
    PROVIDER_SIDE,
    AutoName,
    Function,
    Map,
    Prop,
    Resource,
    Values,
)
from sandbox.provider.server import RefusedError

FORGOTTEN = "moto 5.2.5 takes the attribute and forgets it"
AT_CREATION = ("fifoTopic", "contentBasedDeduplication")
"""Attributes that a topic gets as it is made; every other takes a call of its own."""


class Topic(Resource):
    token = "aws:sns/topic:Topic"
    auto_name = AutoName(limit=80, fifo="fifoTopic")
    tagged = True
    settings: ClassVar[Mapping[str, Prop]] = {
        "contentBasedDeduplication": Prop(kind=BOOL, default=False),
        "deliveryPolicy": Prop(kind=JSON),
        "displayName": Prop(),
        "fifoTopic": Prop(kind=BOOL, replace=True, default=False),
        "kmsMasterKeyId": Prop(),
        "policy": Prop(kind=JSON, computed=True),
        "signatureVersion": Prop(kind=INT, computed=True, low=1, high=2, kept=FORGOTTEN),
        "tracingConfig": Prop(computed=True, choices=("Active", "PassThrough"), kept=FORGOTTEN),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(replace=True, computed=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(replace=True, computed=True, conflicts=("name",)),
        **settings,
    }
    outputs = ("arn", "beginningArchiveTime", "owner")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from policies.check(values, "policy", "resource")
        if values["contentBasedDeduplication"] is True and values["fifoTopic"] is False:
            yield "contentBasedDeduplication", "only FIFO topics deduplicate: set fifoTopic, or leave this out"
        name = values.get("name")
        fifo = values["fifoTopic"]
        if isinstance(name, str) and isinstance(fifo, bool) and name.endswith(".fifo") != fifo:
            yield "name", f"the name of a FIFO topic, and of no other, ends in .fifo: got {name!r}"

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        fifo = values["fifoTopic"]
        arn = str(
            account.sns.create_topic(
                Name=name if values.get("name") or not fifo else f"{name}.fifo",
                Attributes=attributes.to_text(self.settings, values, AT_CREATION) if fifo else {},
                Tags=tags.as_list(values.get("tagsAll")),
            )["TopicArn"]
        )
        later = {k: v for k, v in self.settings.items() if k not in AT_CREATION}
        self._set(account, arn, attributes.to_text(later, values))
        return arn

    def _set(self, account: Account, arn: str, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            account.sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=text)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.sns.get_topic_attributes(TopicArn=id_))
        if answer is None:
            return None
        seen = answer["Attributes"]
        name = id_.rpartition(":")[2]
        return {
            **attributes.from_text(self.settings, seen),
            "contentBasedDeduplication": seen.get("ContentBasedDeduplication") == "true",
            "fifoTopic": seen.get("FifoTopic") == "true",
            "name": name,
            "namePrefix": names.prefix_of(name.removesuffix(".fifo")),
            "arn": id_,
            "beginningArchiveTime": "",
            "owner": seen["Owner"],
            "tagsAll": tags.as_map(account.sns.list_tags_for_resource(ResourceArn=id_)["Tags"]),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._set(account, id_, attributes.to_text(self.settings, new, sorted(changed & self.settings.keys())))
        tags.bring(
            old,
            new,
            lambda added: account.sns.tag_resource(ResourceArn=id_, Tags=tags.as_list(added)),
            lambda keys: account.sns.untag_resource(ResourceArn=id_, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.sns.delete_topic(TopicArn=id_)


class TopicPolicy(Resource):
    token = "aws:sns/topicPolicy:TopicPolicy"
    adopted = True
    props: ClassVar[Mapping[str, Prop]] = {
        "arn": Prop(required=True, replace=True),
        "policy": Prop(kind=JSON, required=True),
    }
    outputs = ("owner",)

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        return policies.check(values, "policy", "resource")

    def _put(self, account: Account, arn: str, policy: str) -> None:
        account.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values["arn"], values["policy"])
        return str(values["arn"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.sns.get_topic_attributes(TopicArn=id_))
        if answer is None:
            return None
        return {"arn": id_, "policy": answer["Attributes"]["Policy"], "owner": answer["Attributes"]["Owner"]}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(account, id_, new["policy"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Give the topic its first policy again: its owner's account may do everything with it."""
        owner = values.get("owner") or account.id
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:AddPermission",
                "SNS:RemovePermission",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic",
                "SNS:Publish",
            ],
            "Resource": id_,
            "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
        }
        document = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        self._put(account, id_, json.dumps(document))


class TopicSubscription(Resource):
    token = "aws:sns/topicSubscription:TopicSubscription"
    settings: ClassVar[Mapping[str, Prop]] = {
        "deliveryPolicy": Prop(kind=JSON),
        "filterPolicy": Prop(kind=JSON),
        "filterPolicyScope": Prop(computed=True, choices=("MessageAttributes", "MessageBody")),
        "rawMessageDelivery": Prop(kind=BOOL, default=False),
        "redrivePolicy": Prop(kind=JSON),
        "subscriptionRoleArn": Prop(),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        "endpoint": Prop(required=True, replace=True),
        "protocol": Prop(
            required=True,
            replace=True,
            choices=("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
        ),
        "topic": Prop(required=True, replace=True),
        "confirmationTimeoutInMinutes": Prop(kind=INT, default=1, kept=PROVIDER_SIDE),
        "endpointAutoConfirms": Prop(kind=BOOL, default=False, kept=PROVIDER_SIDE),
        **settings,
    }
    outputs = ("arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if values["protocol"] == "firehose" and "subscriptionRoleArn" not in values:
            yield "subscriptionRoleArn", "a subscription by firehose needs subscriptionRoleArn"

    def create(self, account: Account, values: Values) -> str:
        return str(
            account.sns.subscribe(
                TopicArn=values["topic"],
                Protocol=values["protocol"],
                Endpoint=values["endpoint"],
                Attributes=attributes.to_text(self.settings, values),
                ReturnSubscriptionArn=True,
            )["SubscriptionArn"]
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.sns.get_subscription_attributes(SubscriptionArn=id_))
        if answer is None:
            return None
        seen = answer["Attributes"]
        return {
            **attributes.from_text(self.settings, seen),
            "rawMessageDelivery": seen.get("RawMessageDelivery") == "true",
            "endpoint": seen["Endpoint"],
            "protocol": seen["Protocol"],
            "topic": seen["TopicArn"],
            "arn": id_,
            "confirmationWasAuthenticated": seen.get("ConfirmationWasAuthenticated") == "true",
            "ownerId": seen["Owner"],
            "pendingConfirmation": seen.get("PendingConfirmation") == "true",
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        for name, text in attributes.to_text(self.settings, new, sorted(changed & self.settings.keys())).items():
            account.sns.set_subscription_attributes(
                SubscriptionArn=id_, AttributeName=name, AttributeValue=text or "{}"
            )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.sns.unsubscribe(SubscriptionArn=id_)


def get_topic(account: Account, args: Values) -> Values:
    arns = [topic["TopicArn"] for topic in account.pages("sns", "list_topics", "Topics")]
    arn = next((arn for arn in arns if arn.rpartition(":")[2] == args["name"]), None)
    if arn is None:
        raise RefusedError(f"no SNS topic has the name {args['name']!r}")
    return {
        "id": arn,
        "arn": arn,
        "tags": tags.as_map(account.sns.list_tags_for_resource(ResourceArn=arn)["Tags"]),
    }


TYPES = (Topic(), TopicPolicy(), TopicSubscription())
FUNCTIONS = (Function("aws:sns/getTopic:getTopic", {"name": Prop(required=True), "tags": Prop(kind=Map())}, get_topic),)
