"""The random provider: values made once and kept in state. Behaves like pulumi-random 4.21.

What a `seed` makes is the same every time, but not what the real provider makes of it.
"""

import base64
import random
import secrets
import string
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.provider.schema import BOOL, INT, UNKNOWN, Many, Map, Prop, Resource, Values

if TYPE_CHECKING:
    from sandbox.provider.account import Account

VERSION = "4.21.4"
KEPT = "made once and kept in state: there is no account behind it"
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
NO_ID = "none"
"""The id of what must not be told by its id."""


def _fixed(kind: object = None, *, required: bool = False) -> Prop:
    return Prop(kind=kind or "a string", required=required, replace=True, kept=KEPT)  # type: ignore[arg-type]


KEEPERS = _fixed(Map())


class _Random(Resource):
    """What all of them share: nothing but a value in state; any change of an input replaces it."""

    regional = False
    defaults_listed = False
    defaults: ClassVar[Values] = {}
    """What the real provider shows for an input that the program does not give."""

    def create(self, account: "Account", values: Values) -> str:
        made = self.make(values)
        values |= made  # state is the only place that keeps it
        return self.identify(made)

    def make(self, values: Values) -> Values:
        """The outputs, by chance."""
        raise NotImplementedError

    def identify(self, made: Values) -> str:
        return str(made["result"])

    def read(self, account: "Account", id_: str, values: Values) -> Values | None:
        shown = {name: values.get(name, default) for name, default in self.defaults.items()}
        return shown | {name: values.get(name) for name in self.outputs}

    def overlooked(self, old: Values, new: Values) -> Iterator[str]:
        for name, default in self.defaults.items():
            if name not in new and old.get(name) == default:
                yield name

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
        "keepers": KEEPERS,
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


_CLASSES = {
    "special": SPECIAL,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "numeric": string.digits,
}


class RandomString(_Random):
    """random:index/randomString:RandomString."""

    token = "random:index/randomString:RandomString"
    props: ClassVar[Mapping[str, Prop]] = {
        "length": _fixed(INT, required=True),
        **{name: _fixed(BOOL) for name in _CLASSES},
        "number": _fixed(BOOL),
        **{f"min{name.capitalize()}": _fixed(INT) for name in _CLASSES},
        "overrideSpecial": _fixed(),
        "keepers": KEEPERS,
    }
    outputs = ("result",)
    defaults: ClassVar[Values] = {
        **dict.fromkeys((*_CLASSES, "number"), True),
        **{f"min{name.capitalize()}": 0 for name in _CLASSES},
    }

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        length = values["length"]
        if length is not UNKNOWN and length < 1:
            yield "length", f"length must be at least 1, got {length}"
        if not any(_character_sets(values).values()):
            yield (
                "special",
                "the character set specified is empty: allow at least one of special, upper, lower, numeric",
            )
        least = [values.get(f"min{name.capitalize()}") or 0 for name in _CLASSES]
        if UNKNOWN not in (length, *least) and sum(least) > length:
            yield (
                "length",
                f"length must be at least the sum of minSpecial, minUpper, minLower and minNumeric, "
                f"got {length} and {sum(least)}",
            )

    def make(self, values: Values) -> Values:
        return {"result": _text(values)}


class RandomPassword(RandomString):
    """random:index/randomPassword:RandomPassword. Its `bcryptHash` is not made: Python has no bcrypt of its own."""

    token = "random:index/randomPassword:RandomPassword"
    secret_outputs = ("result",)

    def identify(self, made: Values) -> str:
        return NO_ID


def _character_sets(values: Values) -> dict[str, str]:
    """The characters of each class; none for a class that is not wanted. `number` is the old name of `numeric`."""
    wanted = {**values, "numeric": values.get("numeric", values.get("number", True))}
    sets = {**_CLASSES, "special": values.get("overrideSpecial") or SPECIAL}
    return {name: sets[name] if wanted.get(name, True) else "" for name in _CLASSES}


def _text(values: Values) -> str:
    """A random string of the wanted length: the minimum of each class first, the rest from all classes, shuffled."""
    sets = _character_sets(values)
    least = [
        secrets.choice(characters)
        for name, characters in sets.items()
        for _ in range(values.get(f"min{name.capitalize()}") or 0)
        if characters
    ]
    every = "".join(sets.values())
    text = least + [secrets.choice(every) for _ in range(values["length"] - len(least))]
    secrets.SystemRandom().shuffle(text)
    return "".join(text)


_ADVERBS = (
    "barely",
    "calmly",
    "deeply",
    "early",
    "fairly",
    "gladly",
    "kindly",
    "lately",
    "mostly",
    "nicely",
    "quietly",
)
_ADJECTIVES = ("able", "brave", "calm", "eager", "fair", "gentle", "happy", "kind", "lucky", "merry", "noble", "proud")
_ANIMALS = (
    "badger",
    "crane",
    "dolphin",
    "falcon",
    "gecko",
    "heron",
    "ibis",
    "jaguar",
    "koala",
    "lynx",
    "otter",
    "toucan",
)


class RandomPet(_Random):
    """random:index/randomPet:RandomPet, which tells its name by its id alone."""

    token = "random:index/randomPet:RandomPet"
    props: ClassVar[Mapping[str, Prop]] = {
        "length": _fixed(INT),
        "prefix": _fixed(),
        "separator": _fixed(),
        "keepers": KEEPERS,
    }
    defaults: ClassVar[Values] = {"length": 2, "separator": "-"}

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        length = values.get("length", 2)
        if length is not UNKNOWN and length < 1:
            yield "length", f"length must be at least 1, got {length}"

    def create(self, account: "Account", values: Values) -> str:
        length, separator = values.get("length", 2), values.get("separator", "-")
        words: list[str] = [secrets.choice(_ADVERBS) for _ in range(length - 2)]
        words += [secrets.choice(_ADJECTIVES)] if length > 1 else []
        words.append(secrets.choice(_ANIMALS))
        return str(separator.join([*([values["prefix"]] if values.get("prefix") else []), *words]))


def _chance(values: Values) -> random.Random:
    """Chance that is the same for the same seed, and nobody's without one."""
    seed = values.get("seed")
    return random.Random(seed) if seed else secrets.SystemRandom()  # noqa: S311 a seed asks for what repeats


class RandomInteger(_Random):
    """random:index/randomInteger:RandomInteger."""

    token = "random:index/randomInteger:RandomInteger"
    props: ClassVar[Mapping[str, Prop]] = {
        "min": _fixed(INT, required=True),
        "max": _fixed(INT, required=True),
        "seed": _fixed(),
        "keepers": KEEPERS,
    }
    outputs = ("result",)

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        low, high = values["min"], values["max"]
        if UNKNOWN not in (low, high) and low > high:
            yield (
                "min",
                f"the minimum (min) value needs to be smaller than or equal to maximum (max), got {low} and {high}",
            )

    def make(self, values: Values) -> Values:
        return {"result": _chance(values).randint(values["min"], values["max"])}


class RandomUuid(_Random):
    """random:index/randomUuid:RandomUuid."""

    token = "random:index/randomUuid:RandomUuid"
    props: ClassVar[Mapping[str, Prop]] = {"keepers": KEEPERS}
    outputs = ("result",)

    def make(self, values: Values) -> Values:
        return {"result": str(uuid.uuid4())}


class RandomShuffle(_Random):
    """random:index/randomShuffle:RandomShuffle."""

    token = "random:index/randomShuffle:RandomShuffle"
    props: ClassVar[Mapping[str, Prop]] = {
        "inputs": _fixed(Many(ordered=True), required=True),
        "resultCount": _fixed(INT),
        "seed": _fixed(),
        "keepers": KEEPERS,
    }
    outputs = ("results",)

    def make(self, values: Values) -> Values:
        inputs: Sequence[Any] = values["inputs"]
        count = values.get("resultCount", len(inputs))
        chance, results = _chance(values), list[Any]()
        while inputs and len(results) < count:  # more than there are: once more from the start
            results += chance.sample(inputs, len(inputs))
        return {"results": results[:count]}

    def identify(self, made: Values) -> str:
        return "-"


TYPES = (
    RandomId(),
    RandomString(),
    RandomPassword(),
    RandomPet(),
    RandomInteger(),
    RandomUuid(),
    RandomShuffle(),
)

if __name__ == "__main__":
    from sandbox.provider.server import Provider, serve

    serve(Provider("random", TYPES), VERSION, sys.argv[1:])
