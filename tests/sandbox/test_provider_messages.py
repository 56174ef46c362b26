"""Topics, queues, parameters, secrets, functions: what replaces, what changes in place, what is refused."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pulumi.provider.experimental.provider as verbs
import pytest
from botocore.exceptions import ClientError

from sandbox.provider import wire
from sandbox.provider.check import check
from sandbox.provider.schema import UNKNOWN
from sandbox.provider.server import Provider, RefusedError
from tests.sandbox.assets import archive
from tests.sandbox.harness import REGION, TYPES, Bench, Made
from tests.sandbox.samples.lambda_ import CODE, code, role
from tests.sandbox.samples.sns import topic_policy_document
from tests.sandbox.samples.sqs import queue_policy_document

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
PARAMETER = "aws:ssm/parameter:Parameter"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"


@pytest.mark.parametrize(("token", "fifo"), [(TOPIC, "fifoTopic"), (QUEUE, "fifoQueue")])
class TestFifo:
    def test_an_automatic_name_ends_in_fifo(self, token: str, fifo: str, bench: Bench) -> None:
        made = bench.make(token, **{fifo: True})
        assert made["name"].endswith(".fifo")
        assert bench.differences(made) == []
        assert bench.replaced(made, **{fifo: False, "name": "plain"}) == {fifo, "name"}

    def test_a_prefixed_name_too(self, token: str, fifo: str, bench: Bench) -> None:
        made = bench.make(token, namePrefix="desk-", **{fifo: True})
        assert made["name"].startswith("desk-")
        assert made["name"].endswith(".fifo")

    def test_a_name_that_says_otherwise_is_refused(self, token: str, fifo: str, bench: Bench) -> None:
        assert "and of no other, ends in .fifo: got 'desk'" in str(bench.refused(token, name="desk", **{fifo: True}))
        assert "and of no other, ends in .fifo: got 'desk.fifo'" in str(bench.refused(token, name="desk.fifo"))
        assert bench.refused(token, name="desk", **{fifo: UNKNOWN}) == []


class TestTopic:
    def test_attributes_change_in_place_and_back(self, bench: Bench) -> None:
        made = bench.make(TOPIC, tags={"a": "1"})
        changed = bench.change(made, displayName="Desk", kmsMasterKeyId="alias/aws/sns", tags={"b": "2"})
        assert (changed["displayName"], changed["tagsAll"]) == ("Desk", {"b": "2"})
        plain = bench.change(changed, displayName=None, kmsMasterKeyId=None)
        assert (plain.state.get("displayName"), plain.state.get("kmsMasterKeyId")) == (None, None)

    def test_a_policy_of_its_own_is_no_difference_of_the_topic(self, bench: Bench) -> None:
        made = bench.make(TOPIC)
        policy = bench.make(TOPIC_POLICY, arn=made.id, policy=topic_policy_document(made.id))
        refreshed = bench.read(TOPIC, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert bench.differences(made) == []
        bench.end(policy)
        first = bench.account.sns.get_topic_attributes(TopicArn=made.id)["Attributes"]["Policy"]
        assert json.loads(first)["Id"] == "__default_policy_ID"

    def test_a_subscription_is_replaced_by_where_it_goes_and_changed_by_what_it_passes(self, bench: Bench) -> None:
        topic = bench.make(TOPIC)
        queue = bench.make(QUEUE)["arn"]
        made = bench.make(SUBSCRIPTION, topic=topic.id, protocol="sqs", endpoint=queue)
        assert bench.replaced(made, endpoint="other", protocol="lambda") == {"endpoint", "protocol"}
        changed = bench.change(made, filterPolicy={"kind": ["arrival"]}, rawMessageDelivery=True)
        assert json.loads(changed["filterPolicy"]) == {"kind": ["arrival"]}
        assert bench.change(changed, rawMessageDelivery=None)["rawMessageDelivery"] is False

    def test_what_sns_refuses_is_refused(self, bench: Bench) -> None:
        assert "only FIFO topics deduplicate" in str(bench.refused(TOPIC, contentBasedDeduplication=True))
        assert "needs subscriptionRoleArn" in str(
            bench.refused(SUBSCRIPTION, topic="t", protocol="firehose", endpoint="e")
        )
        assert "needs Principal" in str(
            bench.refused(TOPIC_POLICY, arn="t", policy={"Statement": [{"Effect": "Allow", "Action": "*"}]})
        )

    def test_it_is_looked_up(self, bench: Bench) -> None:
        made = bench.make(TOPIC, tags={"a": "1"})
        answer = bench.call("aws:sns/getTopic:getTopic", name=made["name"])
        assert (answer["arn"], answer["tags"]) == (made.id, {"a": "1"})
        with pytest.raises(RefusedError, match="no SNS topic has the name 'nothing'"):
            bench.call("aws:sns/getTopic:getTopic", name="nothing")


class TestQueue:
    def test_settings_change_in_place_and_back_to_the_defaults(self, bench: Bench) -> None:
        made = bench.change(bench.make(QUEUE), delaySeconds=5, visibilityTimeoutSeconds=60, tags={"a": "1"})
        assert (made["delaySeconds"], made["visibilityTimeoutSeconds"], made["tagsAll"]) == (5, 60, {"a": "1"})
        plain = bench.change(made, delaySeconds=None, visibilityTimeoutSeconds=None)
        assert (plain["delaySeconds"], plain["visibilityTimeoutSeconds"]) == (0, 30)

    def test_a_policy_of_its_own_comes_and_goes(self, bench: Bench) -> None:
        made = bench.make(QUEUE)
        policy = bench.make(QUEUE_POLICY, queueUrl=made.id, policy=queue_policy_document(made["arn"]))
        assert bench.replaced(policy, queueUrl="other") == {"queueUrl"}
        bench.end(policy)

    def test_what_sqs_refuses_is_refused(self, bench: Bench) -> None:
        assert "between 0 and 20, got 30" in str(bench.refused(QUEUE, receiveWaitTimeSeconds=30))
        assert "deduplicationScope is for FIFO queues" in str(bench.refused(QUEUE, deduplicationScope="queue"))
        assert "kmsMasterKeyId conflicts with sqsManagedSseEnabled" in str(
            bench.refused(QUEUE, kmsMasterKeyId="k", sqsManagedSseEnabled=True)
        )

    def test_it_is_looked_up(self, bench: Bench) -> None:
        made = bench.make(QUEUE, tags={"a": "1"})
        answer = bench.call("aws:sqs/getQueue:getQueue", name=made["name"])
        assert (answer["url"], answer["arn"], answer["tags"]) == (made["url"], made["arn"], {"a": "1"})


class TestParameter:
    def test_another_value_is_another_version(self, bench: Bench) -> None:
        made = bench.make(PARAMETER, type="String", value="one", tags={"a": "1"})
        changed = bench.change(made, value="two", tags={"b": "2"})
        assert (changed["version"], changed["value"], changed["tagsAll"]) == (2, "two", {"b": "2"})
        assert bench.change(changed, tags={"c": "3"})["version"] == 2

    def test_an_advanced_parameter_becomes_a_standard_one_by_replacement(self, bench: Bench) -> None:
        made = bench.make(PARAMETER, type="String", value="one", tier="Advanced")
        assert bench.replaced(made, tier="Standard") == {"tier"}
        assert bench.differences(made, tier="Intelligent-Tiering") == []
        assert bench.replaced(bench.make(PARAMETER, type="String", value="one"), tier="Advanced") == set()

    def test_a_value_that_is_no_secret_is_shown(self, bench: Bench) -> None:
        made = bench.make(PARAMETER, type="String", insecureValue="four")
        assert made["insecureValue"] == "four"
        assert TYPES[PARAMETER].props["value"].secret is True
        assert TYPES[PARAMETER].props["insecureValue"].secret is False

    def test_a_parameter_that_exists_is_not_overwritten_unasked(self, bench: Bench) -> None:
        bench.make(PARAMETER, name="/hotel", type="String", value="one")
        with pytest.raises(ClientError, match="ParameterAlreadyExists"):
            bench.make(PARAMETER, name="/hotel", type="String", value="two")
        assert bench.make(PARAMETER, name="/hotel", type="String", value="two", overwrite=True)["version"] == 2

    def test_what_does_not_fit_is_refused(self, bench: Bench) -> None:
        assert "a parameter needs a value" in str(bench.refused(PARAMETER, type="String"))
        assert "does not go with type SecureString" in str(
            bench.refused(PARAMETER, type="SecureString", insecureValue="x")
        )
        assert "the value has 4097 characters, and a parameter of this tier takes 4096" in str(
            bench.refused(PARAMETER, type="String", value="x" * 4097)
        )
        assert "does not match allowedPattern ^[1-5]$" in str(
            bench.refused(PARAMETER, type="String", value="6", allowedPattern="^[1-5]$")
        )
        assert "'Text' is none of String, StringList, SecureString" in str(
            bench.refused(PARAMETER, type="Text", value="x")
        )

    def test_it_is_looked_up_with_and_without_its_secret(self, bench: Bench) -> None:
        made = bench.make(PARAMETER, type="SecureString", value="hush")
        get = "aws:ssm/getParameter:getParameter"
        assert bench.call(get, name=made.id)["value"] == "hush"
        assert bench.call(get, name=made.id, withDecryption=False)["value"] != "hush"
        with pytest.raises(ClientError, match="ParameterNotFound"):
            bench.call(get, name="/nothing")


class TestSecret:
    def test_description_policy_and_tags_change_in_place(self, bench: Bench) -> None:
        statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        made = bench.change(
            bench.make(SECRET, tags={"a": "1"}),
            description="key",
            policy={"Version": "2012-10-17", "Statement": [statement]},
            tags={"b": "2"},
        )
        assert (made["description"], made["tagsAll"]) == ("key", {"b": "2"})
        assert bench.replaced(made, name="other") == {"name"}

    def test_it_is_kept_for_recovery_unless_told_otherwise(self, bench: Bench) -> None:
        kept, at_once = bench.make(SECRET), bench.make(SECRET, recoveryWindowInDays=0)
        bench.end(kept)
        bench.end(at_once)
        assert "DeletedDate" in bench.account.secretsmanager.describe_secret(SecretId=kept.id)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            bench.account.secretsmanager.describe_secret(SecretId=at_once.id)

    def test_a_window_that_aws_does_not_know_is_refused(self, bench: Bench) -> None:
        assert "recoveryWindowInDays is 7 to 30, or 0" in str(bench.refused(SECRET, recoveryWindowInDays=3))

    def test_another_value_is_another_version(self, bench: Bench) -> None:
        secret = bench.make(SECRET)
        old = bench.make(VERSION, secretId=secret.id, secretString="one")
        assert bench.replaced(old, secretString="two") == {"secretString"}
        new = bench.make(VERSION, secretId=secret.id, secretString="two")
        assert new["versionStages"] == ["AWSCURRENT"]
        seen = bench.read(VERSION, old.id, old.state)
        assert seen is not None
        assert seen["versionStages"] == ["AWSPREVIOUS"]
        bench.end(Made(VERSION, old.id, old.inputs, seen))
        get = "aws:secretsmanager/getSecretVersion:getSecretVersion"
        assert bench.call(get, secretId=secret.id)["secretString"] == "two"

    def test_the_current_value_outlives_its_version_resource(self, bench: Bench) -> None:
        secret = bench.make(SECRET)
        version = bench.make(VERSION, secretId=secret.id, secretString="one", versionStages=["AWSCURRENT", "BLUE"])
        bench.end(version)
        seen = bench.account.secretsmanager.get_secret_value(SecretId=secret.id)
        assert (seen["SecretString"], seen["VersionStages"]) == ("one", ["AWSCURRENT"])

    def test_labels_move_in_place(self, bench: Bench) -> None:
        secret = bench.make(SECRET)
        blue = bench.make(VERSION, secretId=secret.id, secretString="one", versionStages=["AWSCURRENT", "BLUE"])
        assert bench.change(blue, versionStages=["AWSCURRENT", "GREEN"])["versionStages"] == ["AWSCURRENT", "GREEN"]

    def test_a_version_of_a_deleted_secret_is_gone(self, bench: Bench) -> None:
        secret = bench.make(SECRET)
        version = bench.make(VERSION, secretId=secret.id, secretString="one")
        bench.end(secret)
        assert bench.read(VERSION, version.id, version.state) is None

    def test_a_version_without_a_value_is_refused(self, bench: Bench) -> None:
        assert "a version holds a value" in str(bench.refused(VERSION, secretId="s"))

    def test_it_is_looked_up(self, bench: Bench) -> None:
        made = bench.make(SECRET, description="key", tags={"a": "1"})
        answer = bench.call("aws:secretsmanager/getSecret:getSecret", name=made["name"])
        assert (answer["arn"], answer["description"], answer["tags"]) == (made.id, "key", {"a": "1"})
        with pytest.raises(RefusedError, match="needs arn or name"):
            bench.call("aws:secretsmanager/getSecret:getSecret")


class TestLambda:
    def function(self, bench: Bench, **values: Any) -> Made:
        given = {"role": role(bench), "handler": "main.handler", "runtime": "python3.13", "code": code()}
        return bench.make(FUNCTION, **{**given, **values})

    def test_configuration_changes_in_place_and_name_replaces(self, bench: Bench) -> None:
        made = self.function(bench, tags={"a": "1"})
        changed = bench.change(made, memorySize=256, environment={"variables": {"A": "1"}}, tags={"b": "2"})
        assert (changed["memorySize"], changed["tagsAll"]) == (256, {"b": "2"})
        assert bench.change(changed, environment=None).state.get("environment") in (None, {}, {"variables": {}})
        assert bench.replaced(made, name="other", timeout=30, handler="x.y") == {"name"}

    def test_only_other_code_is_a_change_of_code(self, bench: Bench, tmp_path: Path) -> None:
        made = self.function(bench)
        (tmp_path / "main.py").write_text(CODE)
        assert bench.differences(made, code=archive(path=str(tmp_path))) == []
        changed = bench.change(made, code=code("def handler(*_): pass\n"))
        assert changed["codeSha256"] != made["codeSha256"]

    def test_concurrency_is_reserved_and_given_back(self, bench: Bench) -> None:
        made = bench.change(self.function(bench), reservedConcurrentExecutions=5)
        assert made["reservedConcurrentExecutions"] == 5
        assert bench.change(made, reservedConcurrentExecutions=None)["reservedConcurrentExecutions"] == -1

    def test_publishing_numbers_a_version_at_each_change(self, bench: Bench) -> None:
        made = self.function(bench, publish=True)
        assert made["qualifiedArn"] == f"{made['arn']}:1"
        changed = bench.change(made, code=code("def handler(*_): pass\n"))
        assert changed["version"] == "2"

    def test_what_lambda_refuses_is_refused(self, bench: Bench) -> None:
        given = {"role": "arn:aws:iam::123456789012:role/r", "handler": "main.handler", "runtime": "python3.13"}
        assert "a function needs its code" in str(bench.refused(FUNCTION, **given))
        assert "s3Bucket needs s3Key" in str(bench.refused(FUNCTION, **given, s3Bucket="b"))
        assert "needs handler" in str(bench.refused(FUNCTION, **{**given, "handler": None}, code=code()))
        assert "/nowhere cannot be read: No such file" in str(
            bench.refused(FUNCTION, **given, code=archive(path="/nowhere"))
        )
        assert "between 128 and 10240" in str(bench.refused(FUNCTION, **given, code=code(), memorySize=64))

    def test_a_permission_is_replaced_whatever_changes(self, bench: Bench) -> None:
        made = bench.make(
            PERMISSION,
            function=self.function(bench).id,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            sourceArn=f"arn:aws:events:{REGION}:123456789012:rule/night",
        )
        assert bench.replaced(made, principal="sns.amazonaws.com", action="lambda:*") == {"principal", "action"}
        read = bench.read(PERMISSION, f"{made['function']}/{made.id}", {})
        assert read is not None
        assert read["principal"] == "events.amazonaws.com"
        bench.end(made)


def test_a_resource_lives_in_the_region_that_it_names(bench: Bench) -> None:
    provider = Provider("aws", [TYPES[QUEUE]])
    provider.account = bench.account
    given, _ = check(TYPES[QUEUE], "q", {}, {"region": "us-east-1"}, region=REGION, default_tags={}, seed=b"seed")
    urn = f"urn:pulumi:s::p::{QUEUE}::q"
    made = asyncio.run(provider.create(verbs.CreateRequest(urn, wire.property_map(given), 0, False)))
    state = wire.plain_map(made.properties)
    assert state["arn"].startswith("arn:aws:sqs:us-east-1:")
    assert bench.account.sqs.list_queues().get("QueueUrls", []) == []
    assert made.resource_id is not None
    asyncio.run(provider.delete(verbs.DeleteRequest(urn, made.resource_id, made.properties, 0)))
    assert bench.account.client("sqs", "us-east-1").list_queues().get("QueueUrls", []) == []
