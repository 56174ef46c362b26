"""Whether a resource's policy lets a principal do something ("Policy evaluation logic", IAM user guide).

Decided for a principal that no policy of its own speaks for, such as a service of AWS: it needs an Allow in the policy
of the bucket, key or role, and no Deny.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any


def permits(
    policy: Mapping[str, Any], principals: Collection[str], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    """Whether the policy lets somebody in on its own. Arguments and errors are those of `effects`."""
    return effects(policy, principals, action, resource, context) == {"Allow"}


def effects(
    policy: Mapping[str, Any], principals: Collection[str], action: str, resource: str, context: Mapping[str, str]
) -> set[str]:
    """The effects, `Allow` and `Deny`, of the statements that speak of a request.

    `principals`: every name the caller goes by (service, account, its root's ARN); `action` like `s3:PutObject`;
    `context`: the condition keys of the request, spelt as in AWS's documents.
    Raises NotImplementedError for a condition operator that is not evaluated here.
    """
    return {
        statement["Effect"]
        for statement in listed(policy.get("Statement"))
        if applies(statement, principals, action, resource, context)
    }


def applies(
    statement: Mapping[str, Any],
    principals: Collection[str],
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> bool:
    return (
        covers(statement, "Principal", lambda entry: names_one(entry, principals))
        and covers(statement, "Action", lambda entry: matches(entry.lower(), action.lower()))
        and covers(statement, "Resource", lambda entry: matches(entry, resource))
        and all(
            holds(operator, context.get(key), [str(value) for value in listed(values)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def covers(statement: Mapping[str, Any], element: str, test: Callable[[Any], bool]) -> bool:
    """Whether an element of a statement (`Action`), or the reverse of its negation (`NotAction`), covers the request.

    A trust policy has neither `Resource` nor `NotResource`: it is about the role that carries it.
    """
    if element in statement:
        return any(test(entry) for entry in listed(statement[element]))
    return not any(test(entry) for entry in listed(statement.get(f"Not{element}")))


def names_one(entry: Any, principals: Collection[str]) -> bool:
    if entry == "*":
        return True
    named = [name for names in entry.values() for name in listed(names)]
    return "*" in named or any(name in principals for name in named)


def holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    """Decide one condition; a missing key fails it, except for negations and `...IfExists`."""
    kind, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    if kind == "Null":
        return (value is None) == (wanted == ["true"])
    if value is None:
        return if_exists or "Not" in kind
    test = TESTS.get(kind.replace("Not", ""))
    if test is None:
        raise NotImplementedError(f"The sandbox does not evaluate the policy condition {operator}.")
    return any(test(value, entry) for entry in wanted) != ("Not" in kind)


def matches(pattern: str, text: str) -> bool:
    """Match with the wildcards of policies, `*` and `?`."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL))


TESTS: dict[str, Callable[[str, str], bool]] = {
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": lambda value, wanted: matches(wanted, value),
    "ArnEquals": lambda value, wanted: matches(wanted, value),
    "ArnLike": lambda value, wanted: matches(wanted, value),
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
}


def listed(value: Any) -> Iterable[Any]:
    """One or many, as policies write it."""
    return value if isinstance(value, list) else [] if value is None else [value]
