"""Check and diff: what every resource type of the sandbox's providers has in common."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, ClassVar

import pulumi.provider.experimental.provider as verbs
import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.provider import rules, wire
from sandbox.provider.account import ENDPOINT_VARIABLE, Account, NoSandboxError, endpoint
from sandbox.provider.check import DEFAULTS, NameTooLongError, check
from sandbox.provider.diff import delete_before_replace, diff, same_document
from sandbox.provider.schema import (
    BOOL,
    BOOL_TEXT,
    INT,
    JSON,
    UNKNOWN,
    AutoName,
    Block,
    Incomplete,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import Provider, RefusedError, _IncompleteResourceError, _partly_created, state
from tests.sandbox.conftest import Account as RunningAccount


class Thing(Resource):
    token = "aws:test/thing:Thing"
    auto_name = AutoName(limit=32)
    tagged = True
    props: ClassVar[dict[str, Prop]] = {
        "name": Prop(replace=True, computed=True),
        "size": Prop(kind=INT, low=1, high=10),
        "count": Prop(kind=INT, default=3),
        "mode": Prop(choices=("fast", "safe"), replace=True),
        "policy": Prop(kind=JSON),
        "rules": Prop(kind=Many(Block({"port": Prop(kind=INT, required=True), "note": Prop(computed=True)}))),
        "steps": Prop(kind=Many(ordered=True)),
        "health": Prop(kind=Block({"path": Prop(default="/"), "encrypted": Prop(kind=BOOL_TEXT)})),
        "subnetId": Prop(replace=True, conflicts=("vpcId",)),
        "vpcId": Prop(computed=True, conflicts=("subnetId",)),
        "open": Prop(kind=BOOL),
    }
    outputs = ("arn",)

    def recomputed(self, changed: set[str], new: Values) -> set[str]:
        return {"arn"} if "size" in changed else set()


THING = Thing()


def checked(olds: Values | None = None, **values: Any) -> tuple[Values, list[tuple[str, str]]]:
    return check(THING, "box", olds or {}, values, region="sa-east-1", default_tags={"team": "hotel"}, seed=b"s")


def paths(old: Values, **new: Any) -> list[tuple[str, str, bool]]:
    return [(d.path, d.change, d.replaces) for d in diff(THING, old, new)]


def test_an_unknown_property_is_an_error_that_names_it() -> None:
    _, [(prop, reason)] = checked(sizee=3)
    assert prop == "sizee"
    assert "does not translate property 'sizee' of aws:test/thing:Thing" in reason


def test_an_unknown_property_inside_a_block_is_an_error_that_names_its_path() -> None:
    _, [(prop, reason)] = checked(rules=[{"port": 1, "prot": 2}])
    assert prop == "rules[0].prot"
    assert "'rules[0].prot'" in reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"size": "big"}, "size must be a whole number, got str 'big'"),
        ({"size": 11}, "expected size to be between 1 and 10, got 11"),
        ({"mode": "slow"}, "expected mode to be one of ['fast', 'safe'], got 'slow'"),
        ({"rules": "none"}, "rules must be a list, each an object, got str 'none'"),
        ({"rules": [{}]}, "Missing required property 'rules[0].port'"),
        (
            {"policy": "{"},
            "policy is no valid JSON: Expecting property name enclosed in double quotes: line 1 column 2",
        ),
        ({"subnetId": "s", "vpcId": "v"}, "subnetId conflicts with vpcId: give one of the two"),
    ],
)
def test_a_wrong_value_is_refused_with_the_value_and_the_rule(values: Values, reason: str) -> None:
    _, [(_, told)] = checked(**values)
    assert told.startswith(reason)


def test_awss_published_rules_are_held_against_every_value_also_one_that_state_knows() -> None:
    class Network(Resource):
        token = "aws:test/network:Network"
        api = ("ec2", "CreateVpc")
        props: ClassVar[dict[str, Prop]] = {"instanceTenancy": Prop(), "cidrBlock": Prop()}

    def told(olds: Values, **news: Any) -> list[tuple[str, str]]:
        return check(Network(), "net", olds, news, region="sa-east-1", default_tags={}, seed=b"s")[1]

    known = {"instanceTenancy": "shared", "cidrBlock": "10.0.0.0/16", "region": "sa-east-1", DEFAULTS: ["region"]}
    reason = "InstanceTenancy: 'shared' is none of default, dedicated, host (ec2 CreateVpc)"
    refusal = [("instanceTenancy", reason)]
    assert told({}, instanceTenancy="shared", cidrBlock="10.0.0.0/16") == refusal
    assert told(known, instanceTenancy="shared", cidrBlock="10.0.0.0/16") == refusal
    assert told(known, instanceTenancy="shared", cidrBlock="10.1.0.0/16") == refusal


def test_a_services_model_is_read_once_however_many_checks_begin_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = rules.models().load_service_model
    another = Event()

    def counted(service: str, kind: str) -> Any:
        reads.append(service)
        if len(reads) > 1:
            another.set()
        another.wait(0.2)  # for one that comes at the same time; none may
        return read(service, kind)

    monkeypatch.setattr(rules.models(), "load_service_model", counted)
    rules._service_model.cache_clear()
    operations = ["CreateVpc", "CreateSubnet", "CreateRoute", "CreateSecurityGroup"]
    with ThreadPoolExecutor(len(operations)) as together:
        list(together.map(lambda operation: list(rules.member_broken("ec2", operation, "DryRun", True)), operations))
    assert reads == ["ec2"]


def test_strings_that_mean_numbers_and_booleans_are_converted_as_the_real_provider_does() -> None:
    values, failures = checked(size="4", open="true", health={"encrypted": True})
    assert failures == []
    assert (values["size"], values["open"], values["health"]["encrypted"]) == (4, True, "true")


def test_defaults_region_and_tags_are_filled_in_and_listed_as_defaults() -> None:
    values, _ = checked(tags={"a": "b"})
    assert values["count"] == 3
    assert values["region"] == "sa-east-1"
    assert values["tagsAll"] == {"team": "hotel", "a": "b"}
    assert values[DEFAULTS] == ["count", "name"]


def test_an_automatic_name_is_the_logical_name_and_seven_hex_digits_and_stays() -> None:
    first, _ = checked()
    assert first["name"].startswith("box-")
    assert len(first["name"]) == len("box-") + 7
    again, _ = check(THING, "box", first, {}, region="r", default_tags={}, seed=b"another seed")
    assert again["name"] == first["name"]


def test_removing_an_explicit_name_makes_a_new_automatic_one() -> None:
    explicit, _ = checked(name="mine")
    automatic, _ = checked(olds=explicit)
    assert automatic["name"].startswith("box-")


def test_an_automatic_name_that_is_too_long_is_refused_with_the_real_providers_words() -> None:
    with pytest.raises(NameTooLongError, match=r"name '\w{25}-' plus 7 random chars is longer than maximum length 32"):
        check(THING, "a" * 25, {}, {}, region="r", default_tags={}, seed=b"s")


def test_a_property_that_aws_chooses_is_no_difference_when_the_program_is_silent() -> None:
    assert paths({"vpcId": "v-1"}) == []


def test_a_removed_property_is_a_deletion_and_an_unset_one_is_nothing() -> None:
    assert paths({"mode": "fast"}) == [("mode", "delete", True)]
    assert paths({"open": False, "rules": [], "steps": []}) == []


def test_a_change_replaces_only_where_the_table_says_so() -> None:
    assert paths({"mode": "fast", "size": 1}, mode="safe", size=2) == [
        ("size", "update", False),
        ("mode", "update", True),
    ]


def test_an_unknown_value_is_a_difference_at_preview() -> None:
    assert paths({"subnetId": "s"}, subnetId=UNKNOWN) == [("subnetId", "update", True)]


def test_the_order_of_a_set_does_not_count_and_the_order_of_a_list_does() -> None:
    assert paths({"rules": [{"port": 1}, {"port": 2}]}, rules=[{"port": 2}, {"port": 1}]) == []
    assert paths({"steps": ["a", "b"]}, steps=["b", "a"]) == [
        ("steps[0]", "update", False),
        ("steps[1]", "update", False),
    ]


def test_differences_inside_blocks_name_the_nested_path() -> None:
    old = {"rules": [{"port": 1, "note": "by aws"}, {"port": 2}], "health": {"path": "/"}, "tags": {"a": "b", "c": "d"}}
    assert paths(old, rules=[{"port": 1}, {"port": 3}], health={"path": "/up"}, tags={"a": "x"}) == [
        ("rules[1].port", "update", False),
        ("health.path", "update", False),
        ("tags.a", "update", False),
        ("tags.c", "delete", False),
    ]


def test_documents_that_mean_the_same_are_no_difference() -> None:
    assert same_document('{"A": ["x"], "B": 1}', '{"B":1,"A":"x"}')
    assert not same_document('{"A": "x"}', '{"A": "y"}')


def test_ignored_paths_are_no_difference() -> None:
    assert diff(THING, {"size": 1, "tags": {"a": "b"}}, {"size": 2, "tags": {"a": "c"}}, ["size", "tags.a"]) == []


def test_a_replacement_of_an_explicitly_named_resource_deletes_first() -> None:
    automatic, explicit = checked(mode="safe")[0], checked(mode="safe", name="mine")[0]
    for values, first in ((automatic, False), (explicit, True)):
        differences = diff(THING, {**values, "mode": "fast"}, values)
        assert [d.path for d in differences] == ["mode"]
        assert delete_before_replace(THING, values, differences) is first


def test_values_translate_to_the_api_and_back() -> None:
    sent = to_api(THING.props, {"size": 2, "health": {"path": "/", "encrypted": "true"}, "rules": [{"port": 1}]})
    assert sent == {"Size": 2, "Health": {"Path": "/", "Encrypted": True}, "Rules": [{"Port": 1}]}
    back = {k: v for k, v in from_api(THING.props, sent).items() if v is not None}
    assert back == {"size": 2, "health": {"path": "/", "encrypted": "true"}, "rules": [{"port": 1}]}


def test_a_read_that_forgets_a_property_is_an_error_of_the_sandbox() -> None:
    with pytest.raises(RefusedError, match="sandbox bug: reading aws:test/thing:Thing does not answer property 'name'"):
        state(THING, {"name": "x"}, {"tagsAll": {}}, type("A", (), {"region": "r", "default_tags": {}})())


def test_a_preview_of_a_new_resource_shows_what_is_given_and_leaves_the_rest_unknown() -> None:
    provider = Provider("aws", [THING])
    request = verbs.CreateRequest("urn:pulumi:s::p::aws:test/thing:Thing::box", wire.property_map({"size": 1}), 0, True)
    planned = wire.plain_map(asyncio.run(provider.create(request)).properties)
    assert planned["size"] == 1
    assert planned["arn"] is UNKNOWN
    assert planned["vpcId"] is UNKNOWN
    assert "mode" not in planned


def test_a_preview_of_a_change_keeps_what_stays_and_loses_what_will_be_recomputed() -> None:
    provider = Provider("aws", [THING])
    old = wire.property_map({"size": 1, "arn": "arn:1", "vpcId": "v", "tagsAll": {}})
    urn = "urn:pulumi:s::p::aws:test/thing:Thing::box"
    for size, arn in ((1, "arn:1"), (2, UNKNOWN)):
        request = verbs.UpdateRequest(urn, "id", old, wire.property_map({"size": size}), 0, [], True)
        planned = wire.plain_map(asyncio.run(provider.update(request)).properties)
        assert planned["arn"] == arn
        assert planned["vpcId"] == "v"


def test_a_secret_stays_a_secret_through_check() -> None:
    provider = Provider("aws", [THING])
    news = {"size": PropertyValue(4.0, is_secret=True)}
    request = verbs.CheckRequest("urn:pulumi:s::p::aws:test/thing:Thing::box", {}, news, b"s")
    inputs = asyncio.run(provider.check(request)).inputs
    assert inputs is not None
    assert inputs["size"].is_secret
    assert not inputs["region"].is_secret


def test_a_secret_stays_a_secret_when_a_resource_is_made_only_in_part() -> None:
    class Halting(Thing):
        def create(self, account: Account, values: Values) -> str:
            raise Incomplete("box-1", "it did not start")

        def read(self, account: Account, id_: str, values: Values) -> Values | None:
            return None

    given = {"mode": PropertyValue("fast", is_secret=True)}
    request = verbs.CreateRequest("urn:pulumi:s::p::aws:test/thing:Thing::box", given, 0, False)
    with pytest.raises(_IncompleteResourceError) as partly:
        asyncio.run(Provider("aws", [Halting()]).create(request))
    [(_, packed)] = _partly_created(partly.value).trailing_metadata
    detail = provider_pb2.ErrorResourceInitFailed()
    status_pb2.Status.FromString(packed).details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == ("box-1", ["it did not start"])
    assert PropertyValue.unmarshal_map(detail.properties)["mode"].is_secret
    assert PropertyValue.unmarshal_map(detail.inputs)["mode"].is_secret


def test_a_resource_inside_a_component_is_known_by_the_end_of_its_chain_of_types() -> None:
    assert Provider("aws", [THING]).resource("hotelaria:index:Network$aws:test/thing:Thing") is THING


def test_an_unknown_resource_type_or_function_is_an_error_that_names_it() -> None:
    provider = Provider("aws", [THING])
    with pytest.raises(RefusedError, match="does not translate resource type aws:eks/cluster:Cluster"):
        provider.resource("aws:eks/cluster:Cluster")
    with pytest.raises(RefusedError, match="does not translate function aws:eks/getCluster:getCluster"):
        asyncio.run(provider.invoke(verbs.InvokeRequest("aws:eks/getCluster:getCluster", {})))


def test_an_unknown_provider_setting_is_refused_by_name() -> None:
    answer = asyncio.run(
        Provider("aws", []).check_config(verbs.CheckRequest("u", {}, wire.property_map({"endpoints": "[]"}), b""))
    )
    assert [f.reason for f in answer.failures or []] == [
        "the sandbox does not translate provider setting aws:endpoints"
    ]


@pytest.mark.parametrize("url", ["", "https://ec2.sa-east-1.amazonaws.com", "http://10.0.0.7:5000"])
def test_the_provider_refuses_any_endpoint_that_is_not_on_loopback(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT_VARIABLE, url)
    with pytest.raises(NoSandboxError, match="talks to the sandbox on this machine only"):
        endpoint()


@pytest.mark.parametrize("numbers", ['["123456789012"]', "[123456789012]"])
def test_an_allowed_account_is_let_through_and_any_other_refused(
    numbers: str, account: RunningAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT_VARIABLE, account.endpoint)

    def configure(allowed: str) -> None:
        config = wire.property_map({"region": "sa-east-1", "allowedAccountIds": allowed})
        asyncio.run(Provider("aws", []).configure(verbs.ConfigureRequest({}, config, True, True)))

    configure(numbers)
    with pytest.raises(RefusedError, match="this stack is meant for another account"):
        configure(numbers.replace("123456789012", "999999999999"))
