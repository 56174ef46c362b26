"""The policy document that `aws.iam.get_policy_document` writes: no call to AWS, text for text as the provider writes it.

Source: policy_document_data_source.go and policy_model.go of Terraform's AWS provider.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.provider.schema import Block, Many, Prop, Values
from sandbox.provider.server import RefusedError

_STRINGS = Prop(kind=Many())
_PRINCIPALS = Prop(
    kind=Many(Block({"identifiers": Prop(kind=Many(), required=True), "type": Prop(required=True)})),
)
_CONDITIONS = Prop(
    kind=Many(
        Block(
            {
                "test": Prop(required=True),
                "values": Prop(kind=Many(ordered=True), required=True),
                "variable": Prop(required=True),
            }
        )
    )
)
ARGUMENTS: Mapping[str, Prop] = {
    "overridePolicyDocuments": Prop(kind=Many(ordered=True)),
    "policyId": Prop(),
    "sourcePolicyDocuments": Prop(kind=Many(ordered=True)),
    "statements": Prop(
        kind=Many(
            Block(
                {
                    "actions": _STRINGS,
                    "conditions": _CONDITIONS,
                    "effect": Prop(default="Allow", choices=("Allow", "Deny")),
                    "notActions": _STRINGS,
                    "notPrincipals": _PRINCIPALS,
                    "notResources": _STRINGS,
                    "principals": _PRINCIPALS,
                    "resources": _STRINGS,
                    "sid": Prop(),
                }
            ),
            ordered=True,
        )
    ),
    "version": Prop(default="2012-10-17", choices=("2008-10-17", "2012-10-17")),
}


def merged(args: Values) -> dict[str, Any]:
    """The document: source documents, the statements given here, and overrides; an equal Sid replaces in place.

    Raises RefusedError for a Sid given twice and for policy variables in a document version that has none.
    """
    sources = [json.loads(text) for text in args.get("sourcePolicyDocuments") or ()]
    overrides = [json.loads(text) for text in args.get("overridePolicyDocuments") or ()]
    _unique((s for d in sources for s in d.get("Statement", ())), " in source_policy_documents")
    version = args["version"]
    own = {
        "Version": version,
        "Id": args.get("policyId"),
        "Statement": [_statement(s, version) for s in args.get("statements") or ()],
    }
    _unique(own["Statement"], "")
    result: dict[str, Any] = {"Version": "", "Id": "", "Statement": []}
    for document in (*(_normalised(d) for d in sources), own, *(_normalised(d) for d in overrides)):
        _merge(result, document)
    return {k: v for k, v in result.items() if v}


def _merge(into: dict[str, Any], document: Mapping[str, Any]) -> None:
    into["Id"] = document.get("Id") or into["Id"]
    into["Version"] = max(into["Version"], document.get("Version") or "")
    statements = into["Statement"]
    for statement in document.get("Statement", ()):
        sid = statement.get("Sid")
        same = next((i for i, s in enumerate(statements) if sid and s.get("Sid") == sid), None)
        if same is None:
            statements.append(statement)
        else:
            statements[same] = statement


def _unique(statements: Iterable[Mapping[str, Any]], where: str) -> None:
    seen: set[str] = set()
    for statement in statements:
        sid = statement.get("Sid")
        if sid in seen:
            raise RefusedError(
                f"writing IAM Policy Document: duplicate Sid ({sid}){where}. Remove the Sid or ensure the Sid is unique."
            )
        if sid:
            seen.add(sid)


def _statement(given: Values, version: str) -> dict[str, Any]:
    statement = {
        "Sid": given.get("sid"),
        "Effect": given.get("effect"),
        "Action": _strings(given.get("actions")),
        "NotAction": _strings(given.get("notActions")),
        "Resource": _strings(given.get("resources"), version),
        "NotResource": _strings(given.get("notResources"), version),
        "Principal": _principals(given.get("principals"), version),
        "NotPrincipal": _principals(given.get("notPrincipals"), version),
        "Condition": _conditions(given.get("conditions"), version),
    }
    return {k: v for k, v in statement.items() if v}


def _strings(values: list[str] | None, version: str | None = None) -> str | list[str]:
    """A set of one as its item, a larger one in reverse order; `&{` as `${` where policy variables may stand."""
    written = sorted({_variables(v, version) if version else v for v in values or ()}, reverse=True)
    return written[0] if len(written) == 1 else written


def _variables(text: str, version: str) -> str:
    if "&{" in text and version == "2008-10-17":
        raise RefusedError(f"found &{{ sequence in ({text}), which is not supported in document version 2008-10-17")
    return text.replace("&{", "${")


def _principals(given: list[Values] | None, version: str) -> Any:
    by_type: dict[str, list[str]] = {}
    for principal in given or ():
        names = _strings(principal["identifiers"], version)
        by_type.setdefault(principal["type"], []).extend([names] if isinstance(names, str) else names)
    if by_type == {"*": ["*"]}:
        return "*"
    return {kind: names[0] if len(names) == 1 else names for kind, names in sorted(by_type.items())}


def _conditions(given: list[Values] | None, version: str) -> dict[str, dict[str, Any]]:
    by_test: dict[str, dict[str, list[str]]] = {}
    for condition in given or ():
        values = [_variables(v, version) for v in condition["values"]]
        by_test.setdefault(condition["test"], {}).setdefault(condition["variable"], []).extend(values)
    return {
        test: {key: values[0] if len(values) == 1 else values for key, values in sorted(keys.items())}
        for test, keys in sorted(by_test.items())
    }


_ELEMENTS = (
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
)


def _normalised(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document that came as JSON, with its statements' elements in the provider's order."""
    return {**document, "Statement": [_reordered(s) for s in document.get("Statement", ())]}


def _reordered(statement: Mapping[str, Any]) -> dict[str, Any]:
    result = {name: statement[name] for name in _ELEMENTS if statement.get(name)}
    for name in ("Principal", "NotPrincipal"):
        if isinstance(result.get(name), dict):
            result[name] = {
                kind: sorted(names, reverse=True) if isinstance(names, list) else names
                for kind, names in sorted(result[name].items())
            }
    if "Condition" in result:
        result["Condition"] = {
            test: {key: _condition_values(values) for key, values in sorted(keys.items())}
            for test, keys in sorted(result["Condition"].items())
        }
    return result


def _condition_values(values: Any) -> Any:
    if isinstance(values, bool):
        return str(values).lower()
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def go_json(document: Mapping[str, Any], indent: int | None = None) -> str:
    """JSON as Go's encoder writes it: no spaces in the compact form, and <, > and & escaped."""
    text = json.dumps(document, indent=indent, separators=None if indent else (",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
