"""The random provider: values made once and kept in state. Behaves like pulumi-random 4.21."""

import base64
import secrets
import string
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from sandbox.provider.schema import BOOL, INT, Map, Prop, Resource, Values

if TYPE_CHECKING:
    from sandbox.provider.account import Account

VERSION = "4.21.4"
KEPT = "made once and kept in state: there is no account behind it"
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


def _fixed(kind: object = None, *, required: bool = False) -> Prop:
    return Prop(kind=kind or "a string", required=required, replace=True, kept=KEPT)  # type: ignore[arg-type]


class _Random(Resource):
    """What all of them share: nothing but a value in state; any change of an input replaces it."""

    regional = False
    defaults_listed = False

    def read(self, account: "Account", id_: str, values: Values) -> Values | None:
        return {name: values.get(name) for name in self.outputs}

    def update(self, account: "Account", id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """Every property replaces, so there is nothing to change in place."""

    def delete(self, account: "Account", id_: str, values: Values) -> None:
        """There is nothing outside state to end."""


class RandomId(_Random):
    """random:index/randomId:RandomId."""

    token = "random:index/randomId:RandomId"
    props: ClassVar[Mapping[str, Prop]] = {
        "byteLength": _fixed(INT, required=True),
        "prefix": _fixed(),
        "keepers": _fixed(Map()),
    }
    outputs = ("b64Url", "b64Std", "hex", "dec")

    def create(self, account: "Account", values: Values) -> str:
        value = secrets.token_bytes(values["byteLength"])
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    def read(self, account: "Account", id_: str, values: Values) -> Values | None:
        value, prefix = base64.urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)), values.get("prefix") or ""
        return {
            "b64Url": prefix + id_,
            "b64Std": prefix + base64.b64encode(value).decode(),
            "hex": prefix + value.hex(),
            "dec": prefix + str(int.from_bytes(value, "big")),
        }


class RandomString(_Random):
    """random:index/randomString:RandomString."""

    token = "random:index/randomString:RandomString"
    props: ClassVar[Mapping[str, Prop]] = {
        "length": _fixed(INT, required=True),
        **{name: _fixed(BOOL) for name in ("special", "upper", "lower", "numeric")},
        **{name: _fixed(INT) for name in ("minSpecial", "minUpper", "minLower", "minNumeric")},
        "overrideSpecial": _fixed(),
        "keepers": _fixed(Map()),
    }
    outputs = ("result",)

    def create(self, account: "Account", values: Values) -> str:
        return _text(values)

    def read(self, account: "Account", id_: str, values: Values) -> Values | None:
        return {"result": id_}


def _text(values: Values) -> str:
    """A random string of the wanted length: the minimum of each class first, the rest from all classes, shuffled."""
    sets = {
        "Special": values.get("overrideSpecial") or SPECIAL,
        "Upper": string.ascii_uppercase,
        "Lower": string.ascii_lowercase,
        "Numeric": string.digits,
    }
    chosen = {k: v for k, v in sets.items() if values.get(k.lower(), True)}
    if not chosen:
        raise ValueError("the character set specified is empty")
    least = [secrets.choice(v) for k, v in sets.items() for _ in range(values.get(f"min{k}") or 0)]
    rest = [secrets.choice("".join(chosen.values())) for _ in range(values["length"] - len(least))]
    text = least + rest
    secrets.SystemRandom().shuffle(text)
    return "".join(text)


TYPES = (RandomId(), RandomString())

if __name__ == "__main__":
    from sandbox.provider.server import Provider, serve

    serve(Provider("random", TYPES), VERSION, sys.argv[1:])
