"""AWS's grammar of policy documents ("Grammar of the IAM JSON policy language", IAM user guide).

moto checks it for IAM's own policies only, and nothing checks it before a document is sent; AWS refuses a broken one with
MalformedPolicyDocument.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from sandbox.provider.schema import UNKNOWN, Values

Kind = Literal["identity", "trust", "resource"]
"""identity: what a principal may do (no Principal in it); trust: who may become a role (no Resource in it);
resource: who may do what to a thing (bucket, key, topic, queue, secret)."""

VERSIONS = ("2012-10-17", "2008-10-17")
DOCUMENT = {"Version", "Id", "Statement"}
STATEMENT = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
PRINCIPALS = {"AWS", "Service", "Federated", "CanonicalUser"}
OPERATOR = re.compile(
    r"(For(All|Any)Values?:)?"
    r"((String(Not)?(Equals(IgnoreCase)?|Like)|Numeric((Not)?Equals|(Less|Greater)Than(Equals)?)"
    r"|Date((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))"
    r"(IfExists)?|Null)"
)


def check(values: Values, name: str, kind: Kind) -> Iterator[tuple[str, str]]:
    """(property, reason) for what AWS would refuse in the document that property `name` holds."""
    text = values.get(name)
    if text is None or text is UNKNOWN or text == "":
        return
    for reason in broken(json.loads(text), kind):
        yield name, f"{name}: {reason} (AWS: MalformedPolicyDocument)"


def check_resources(values: Values, name: str, pattern: str) -> Iterator[tuple[str, str]]:
    """(property, reason) for each Resource in the document of property `name` that is not the thing it is put on."""
    text = values.get(name)
    if text is None or text is UNKNOWN:
        return
    document = json.loads(text)
    statements = _listed(document.get("Statement")) if isinstance(document, dict) else []
    for index, statement in enumerate(statements):
        for resource in _listed(statement.get("Resource")) if isinstance(statement, dict) else ():
            if not re.fullmatch(pattern, str(resource)):
                yield name, f"{name}: Statement[{index}] is about {resource!r}, which is not what the policy is put on"


def broken(document: Any, kind: Kind) -> Iterator[str]:
    """What is wrong with a parsed policy document."""
    if not isinstance(document, dict):
        yield f"a policy is a JSON object, got {type(document).__name__}"
        return
    if unknown := sorted(document.keys() - DOCUMENT):
        yield f"a policy has no element {unknown[0]!r}; it has {', '.join(sorted(DOCUMENT))}"
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        yield f"Version is {document['Version']!r}; AWS knows {' and '.join(VERSIONS)}"
    statements = _listed(document.get("Statement"))
    if not statements:
        yield "a policy needs a Statement"
    sids: set[str] = set()
    for index, statement in enumerate(statements):
        where = f"Statement[{index}]"
        if not isinstance(statement, dict):
            yield f"{where} is an object, got {statement!r}"
            continue
        yield from (f"{where} {reason}" for reason in _statement(statement, kind))
        sid = statement.get("Sid")
        if sid and kind != "resource" and not str(sid).isalnum():
            yield f"{where} has the Sid {sid!r}; IAM allows letters and digits only"
        if sid and sid in sids:
            yield f"{where} repeats the Sid {sid!r}; each is used once"
        sids.add(str(sid))


def _statement(statement: dict[str, Any], kind: Kind) -> Iterator[str]:
    if unknown := sorted(statement.keys() - STATEMENT):
        yield f"has no element {unknown[0]!r}; it has {', '.join(sorted(STATEMENT))}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"needs Effect Allow or Deny, got {statement.get('Effect')!r}"
    yield from _one_of(statement, "Action")
    for action in [*_listed(statement.get("Action")), *_listed(statement.get("NotAction"))]:
        if not isinstance(action, str) or not ACTION.fullmatch(action):
            yield f"names the action {action!r}; an action is `service:Name`, e.g. s3:GetObject, or `*`"
    if kind == "identity":
        yield from _forbidden(statement, "Principal", "the principal is whoever the policy is attached to")
    else:
        yield from _one_of(statement, "Principal")
        yield from _principals(statement)
    if kind == "trust":
        yield from _forbidden(statement, "Resource", "the resource of a trust policy is its role")
    else:
        yield from _one_of(statement, "Resource")
    for operator in statement.get("Condition") or {}:
        if not OPERATOR.fullmatch(operator):
            yield f"has the unknown condition operator {operator!r}"


def _one_of(statement: dict[str, Any], element: str) -> Iterator[str]:
    given = [e for e in (element, f"Not{element}") if statement.get(e) not in (None, [], {})]
    if len(given) != 1:
        yield f"needs {element} or Not{element}" if not given else f"has both {given[0]} and {given[1]}"


def _forbidden(statement: dict[str, Any], element: str, why: str) -> Iterator[str]:
    for name in (element, f"Not{element}"):
        if name in statement:
            yield f"must not have {name}: {why}"


def _principals(statement: dict[str, Any]) -> Iterator[str]:
    for element in ("Principal", "NotPrincipal"):
        principal = statement.get(element)
        if principal is None or principal == "*":
            continue
        if not isinstance(principal, dict):
            yield f'has {element} {principal!r}; it is "*" or an object such as {{"Service": "ec2.amazonaws.com"}}'
        elif unknown := sorted(principal.keys() - PRINCIPALS):
            yield f"has the unknown kind of principal {unknown[0]!r}; there are {', '.join(sorted(PRINCIPALS))}"


def _listed(value: Any) -> list[Any]:
    """One or many, as policies write it."""
    return value if isinstance(value, list) else [] if value is None else [value]
