"""How a resource type is described: one table of properties per type, read by check, diff and the translation to AWS.

A table's names are the wire names of pulumi-aws (camelCase); `Prop.api` is the name in the AWS API. What the table
does not list the sandbox does not translate, and refuses by name.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from sandbox.provider.account import Account

Values = dict[str, Any]
"""A resource's properties by wire name, as plain Python; `UNKNOWN` where a preview does not know yet."""


class Unknown:
    """The value of an output that a preview cannot know. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()

STR = "a string"
INT = "a whole number"
FLOAT = "a number"
BOOL = "true or false"
BOOL_TEXT = 'the string "true" or "false"'
"""A nullable boolean of the Terraform provider: a string for Pulumi, a boolean for AWS."""
INT_TEXT = "a whole number as a string"
JSON = "a JSON document"
ASSET = "an asset or archive"


@dataclass(frozen=True)
class Asset:
    """An asset or archive of the program, in the fields in which it travels: path, text, uri or assets, and the hash.

    The engine computes the hash over the content. It shows the content when a resource is made or changed, and only the
    hash when states are compared.
    """

    fields: Mapping[str, Any]

    @property
    def hash(self) -> str:
        return str(self.fields.get("hash", ""))


@dataclass(frozen=True)
class Many:
    """A list. Unordered unless `ordered`: AWS keeps most lists as sets and returns them in any order."""

    item: "Kind" = STR
    ordered: bool = False


@dataclass(frozen=True)
class Map:
    """A map whose keys are the user's."""

    item: "Kind" = STR


@dataclass(frozen=True)
class Block:
    """A nested object with properties of its own."""

    props: Mapping[str, "Prop"]


Kind = str | Many | Map | Block


@dataclass(frozen=True, kw_only=True)
class Prop:
    """One property.

    kind: its type on the wire.
    api: its name in the AWS API; "" means the wire name in PascalCase; None means it is not sent under its own name
        (the type's module translates it by hand, or it belongs to the provider alone).
    required: the program must give it.
    replace: a change replaces the resource (Terraform's ForceNew).
    computed: AWS chooses when the program is silent, and silence is then no change (Terraform's Optional+Computed).
    default: what the provider itself fills in.
    choices, low, high: the service's own rule, where botocore's model does not carry it.
    conflicts: wire names that must not be given beside it.
    presence: a block that says something by being there, even empty, as the action `block: {}`.
    secret: never shown.
    kept: why `read` cannot find the value in the account, so that state keeps what the program said. The single list
        of such reasons is shown in docs/sandbox.md; a test fails on a missing or a stale entry.
    """

    kind: Kind = STR
    api: str | None = ""
    required: bool = False
    replace: bool = False
    computed: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    conflicts: tuple[str, ...] = ()
    presence: bool = False
    secret: bool = False
    kept: str = ""


PROVIDER_SIDE = "the provider's own setting, no part of the AWS API"


@dataclass(frozen=True)
class AutoName:
    """How the real provider names a resource that the program leaves unnamed: logical name, separator, random hex."""

    prop: str = "name"
    limit: int = 255
    separator: str = "-"
    hex_digits: int = 7
    lower: bool = False
    prefix: str = ""
    fifo: str = ""
    """The property that makes the name end in `.fifo`, as SNS and SQS want it of FIFO topics and queues."""
    conflicts: tuple[str, ...] = ("namePrefix",)


class Incomplete(Exception):
    """AWS made the resource, but it did not become what was asked for. State keeps it, the next `up` goes on."""

    def __init__(self, id_: str, reason: str) -> None:
        super().__init__(reason)
        self.id = id_
        self.reason = reason


class Resource:
    """A resource type: its table, and its verbs as AWS API calls. Instances hold no state."""

    token: ClassVar[str]
    props: ClassVar[Mapping[str, Prop]]
    outputs: ClassVar[tuple[str, ...]] = ()
    """Wire names that AWS decides and the program reads, beside those of `props`."""
    auto_name: ClassVar[AutoName | None] = None
    regional: ClassVar[bool] = True
    """Has the `region` property (all but IAM, Route 53 and the like)."""
    tagged: ClassVar[bool] = False
    """Has `tags`, and `tagsAll` beside them."""
    delete_before_replace: ClassVar[bool] = False
    defaults_listed: ClassVar[bool] = True
    """Checked inputs carry `__defaults` (types on Terraform's older SDK; those on its plugin framework do not)."""
    api: ClassVar[tuple[str, str] | None] = None
    """(service, operation) whose published model holds the rules for the properties, e.g. ("rds", "CreateDBInstance")."""
    secret_outputs: ClassVar[tuple[str, ...]] = ()
    adopted: ClassVar[bool] = False
    """AWS's own thing, which the program only describes: its `delete` forgets it."""

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        """The service's rules that moto does not enforce: (property, reason) for each that is broken."""
        return ()

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        """Outputs that a change of `changed` (to what `new` says) makes unknown until it is applied."""
        return ()

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        """Properties whose change replaces this time, where the table cannot say so because it depends on the values."""
        return ()

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        """Paths at which a difference is none, where that depends on other values (Terraform's DiffSuppressFunc)."""
        return ()

    def create(self, account: "Account", values: Values) -> str:
        """Make it and return its id. What `read` cannot find again may be put into `values`, which it is given."""
        raise NotImplementedError

    def read(self, account: "Account", id_: str, values: Values) -> Values | None:
        """Its properties as the account has them, or None when it is gone. `values` is what state knew."""
        raise NotImplementedError

    def update(self, account: "Account", id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """Change in place what `changed` (top-level wire names) says."""
        raise NotImplementedError

    def delete(self, account: "Account", id_: str, values: Values) -> None:
        """End it. A resource that is not there any more is no error."""
        raise NotImplementedError


@dataclass(frozen=True)
class Function:
    """A data source: `token`, the arguments it takes, and the call that answers."""

    token: str
    args: Mapping[str, Prop]
    answer: Any = field(repr=False)
    """(account, args) -> outputs"""


TAGS = {"tags": Prop(kind=Map(), api=None), "tagsAll": Prop(kind=Map(), api=None, computed=True)}


def table(resource: Resource) -> Mapping[str, Prop]:
    """All properties of a type, with those that many share."""
    shared: dict[str, Prop] = {}
    if resource.regional:
        shared["region"] = Prop(api=None, replace=True, computed=True)
    if resource.tagged:
        shared |= TAGS
    return {**resource.props, **shared}


def api_name(name: str, prop: Prop) -> str:
    """The property's name in the AWS API."""
    return prop.api or name[:1].upper() + name[1:]


def to_api(props: Mapping[str, Prop], values: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Any]:
    """Parameters of an AWS call from wire values: those of `names`, or all that have a name in the API."""
    chosen = props if names is None else {name: props[name] for name in names}
    sent = {
        api_name(name, prop): _value_to_api(prop.kind, values[name])
        for name, prop in chosen.items()
        if prop.api is not None and values.get(name) is not None
    }
    return {name: value for name, value in sent.items() if value is not None}


def _value_to_api(kind: Kind, value: Any) -> Any:
    match kind:
        case Many(item):
            return [_value_to_api(item, v) for v in value]
        case Map(item):
            return {k: _value_to_api(item, v) for k, v in value.items()}
        case Block(props):
            return to_api(props, value)
    if kind == BOOL_TEXT:
        return None if value == "" else value == "true"
    if kind == INT_TEXT:
        return int(value)
    if kind == INT:
        return int(value)
    return value


def from_api(props: Mapping[str, Prop], answer: Mapping[str, Any]) -> Values:
    """Wire values from an AWS answer: every property that has a name in the API; None where AWS is silent."""
    return {
        name: _value_from_api(prop.kind, answer.get(api_name(name, prop)))
        for name, prop in props.items()
        if prop.api is not None
    }


def _value_from_api(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Many(item):
            return [_value_from_api(item, v) for v in value]
        case Map(item):
            return {k: _value_from_api(item, v) for k, v in value.items()}
        case Block(props):
            return {k: v for k, v in from_api(props, value).items() if v is not None}
    if kind == BOOL_TEXT:
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return value.decode()
    if kind in (INT_TEXT, STR):
        return str(value)
    if kind == JSON and not isinstance(value, str):
        return json.dumps(value)
    return value


def known_items(value: Any) -> list[Any]:
    """The items of a list that a preview knows; none of a list that it does not know at all."""
    return [item for item in value if item is not UNKNOWN] if isinstance(value, list) else []


def contains_unknown(value: Any) -> bool:
    """Whether a preview does not know all of `value` yet."""
    if value is UNKNOWN:
        return True
    if isinstance(value, list):
        return any(contains_unknown(v) for v in value)
    if isinstance(value, dict):
        return any(contains_unknown(v) for v in value.values())
    return False
