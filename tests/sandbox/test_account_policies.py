"""Whether a resource's policy lets somebody in, decided without an account."""

from typing import Any

import pytest

from sandbox.account.resource_policy import effects, permits

SERVICE = "logs.example.amazonaws.com"


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/*",
        **changes,
    }


def decide(*statements: dict[str, Any], context: dict[str, str] | None = None) -> bool:
    return permits({"Statement": list(statements)}, {SERVICE}, "s3:PutObject", "arn:aws:s3:::logs/a/b", context or {})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "123456789012", "Service": ["other", SERVICE]}},
        {"Action": ["s3:GetObject", "S3:put*"]},
        {"Resource": "arn:aws:s3:::logs/?/b"},
        {"Resource": "*"},
        {"Condition": {"Null": {"aws:SourceArn": "true"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}},
    ],
)
def test_statement_that_covers_the_request_lets_in(changes: dict[str, Any]) -> None:
    assert decide(statement(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": {"Service": "other"}},
        {"Action": "s3:GetObject"},
        {"Resource": "arn:aws:s3:::logs"},
        {"Resource": "arn:aws:s3:::logs/[ab]/b"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}},
        {"Effect": "Deny"},
    ],
)
def test_statement_that_does_not_cover_the_request_lets_nobody_in(changes: dict[str, Any]) -> None:
    assert not decide(statement(**changes))


def test_deny_beats_allow_only_where_it_applies() -> None:
    insecure = statement(Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert decide(statement(), insecure, context={"aws:SecureTransport": "true"})
    assert not decide(statement(), insecure, context={"aws:SecureTransport": "false"})


def test_deny_of_everything_else_is_read_by_its_negations() -> None:
    others = statement(Effect="Deny")
    del others["Principal"], others["Action"]
    assert decide(statement(), {**others, "NotPrincipal": {"Service": SERVICE}, "Action": "*"})
    assert not decide(statement(), {**others, "NotPrincipal": {"Service": "other"}, "Action": "*"})
    assert decide(statement(), {**others, "Principal": "*", "NotAction": "s3:PutObject"})


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holds"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringLike", "a*", "abc", True),
        ("StringNotLike", "a*", "abc", False),
        ("ArnLike", "arn:aws:elb:*:1:loadbalancer/*", "arn:aws:elb:x:1:loadbalancer/app", True),
        ("ArnEquals", "arn:aws:elb:x:1:loadbalancer/app", "arn:aws:elb:x:1:loadbalancer/ap", False),
        ("NumericLessThan", "1.2", "1.1", True),
        ("NumericLessThan", "1.2", "1.3", False),
        ("Bool", "true", "TRUE", True),
    ],
)
def test_condition_compares_as_its_operator_says(operator: str, wanted: Any, value: str, holds: bool) -> None:
    assert decide(statement(Condition={operator: {"key": wanted}}), context={"key": value}) is holds


def test_operator_that_is_not_evaluated_is_named_instead_of_guessed() -> None:
    with pytest.raises(NotImplementedError, match="DateLessThan"):
        decide(statement(Condition={"DateLessThan": {"key": "2030-01-01"}}), context={"key": "2029-01-01"})


def test_trust_policy_is_about_the_role_that_carries_it() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    assert effects({"Statement": trust}, {SERVICE}, "sts:AssumeRole", "arn:aws:iam::1:role/r", {}) == {"Allow"}
    assert effects({}, {SERVICE}, "sts:AssumeRole", "arn:aws:iam::1:role/r", {}) == set()
