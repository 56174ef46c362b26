"""What the functions that look something up in EC2 share: filters, and the wish for exactly one answer."""

from typing import Any, TypeVar

from sandbox.provider.schema import Block, Many, Map, Prop, Values
from sandbox.provider.server import RefusedError

T = TypeVar("T")
FILTERS = Prop(kind=Many(Block({"name": Prop(required=True), "values": Prop(kind=Many(), required=True)})))
TAGS = Prop(kind=Map())


def filters(args: Values, **named: Any) -> dict[str, Any]:
    """The Filters parameter of a describe call: the caller's own filters, their tags, and `named` ones by API name.

    A name's underscores stand for hyphens; None leaves it out.
    """
    wanted = [{"Name": f["name"], "Values": f["values"]} for f in args.get("filters") or []]
    wanted += [{"Name": f"tag:{k}", "Values": [v]} for k, v in (args.get("tags") or {}).items()]
    wanted += [
        {"Name": name.replace("_", "-"), "Values": [str(value).lower() if isinstance(value, bool) else value]}
        for name, value in named.items()
        if value is not None
    ]
    return {"Filters": wanted} if wanted else {}


def ids(name: str, value: str | None) -> dict[str, list[str]]:
    """The parameter that asks for one thing by id, or none."""
    return {name: [value]} if value else {}


def only(matches: list[T], what: str) -> T:
    """The single match. Raises RefusedError for none or several, in the real provider's words."""
    if not matches:
        raise RefusedError(f"no matching {what} found")
    if len(matches) > 1:
        raise RefusedError(
            f"multiple {what}s matched ({len(matches)}); use additional constraints to reduce matches to a single {what}"
        )
    return matches[0]
