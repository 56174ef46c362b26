"""The stack file as the components' args: read as a whole and checked before anything registers.

Each of the sections `network`, `database` and `web` has exactly the shape of its component's args; their defaults live
there. What one component hands to another is wired in `__main__.py` and cannot be set in the file. What several
sections share (`tags`, `image_release`, `alarm_actions`) is said once.
"""

import dataclasses
import difflib
import json
import types
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin

import cattrs
import pulumi
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from pulumi.runtime.config import CONFIG, get_config_env

from components import DatabaseArgs, NetworkArgs, WebTierArgs

Args = TypeVar("Args", DatabaseArgs, WebTierArgs)

SECTIONS = {"network": NetworkArgs, "database": DatabaseArgs, "web": WebTierArgs}
SHARED = {"tags": Mapping[str, str], "image_release": str, "alarm_actions": Sequence[str]}

WIRED: dict[str, dict[str, Any]] = {
    "network": {},
    "database": {"vpc_id": "wired", "subnet_ids": ["wired", "wired"]},
    "web": {
        "vpc_id": "wired",
        "public_subnet_ids": ["wired", "wired"],
        "private_subnet_ids": ["wired", "wired"],
        "security_group_ids": [],
        "user_data": "#!wired",
    },
}
"""What `__main__.py` gives to each section from other components. The stand-ins let the rest be checked up front."""


class SettingsError(pulumi.RunError):
    """The stack file is wrong. Pulumi prints the message alone, without a traceback."""


@dataclass(frozen=True)
class Settings:
    """The checked configuration of a stack."""

    network: NetworkArgs
    _database: DatabaseArgs
    _web: WebTierArgs

    @classmethod
    def load(cls) -> "Settings":
        """Read the current stack's configuration. Raises SettingsError naming every key that is wrong, and the way out."""
        return cls.parse({**get_config_env(), **CONFIG.get()}, pulumi.get_project(), pulumi.get_stack())

    @classmethod
    def parse(cls, config: Mapping[str, str], project: str, stack: str) -> "Settings":
        """From the engine's flat map ("project:key" → text or JSON), for one project and stack."""
        given = {k.removeprefix(f"{project}:"): v for k, v in config.items() if k.startswith(f"{project}:")}
        problems = [
            _unknown(project, key, [*SECTIONS, *SHARED]) for key in given.keys() - SECTIONS.keys() - SHARED.keys()
        ]
        shared = {
            k: _structure(_document(given[k]), t, f"{project}:{k}", problems) for k, t in SHARED.items() if k in given
        }
        shared["tags"] = {"project": project, "stack": stack, **(shared.get("tags") or {})}
        args = {
            name: _section(project, name, given.get(name), type_, shared, problems) for name, type_ in SECTIONS.items()
        }
        if problems:
            raise SettingsError(
                f"Pulumi.{stack}.yaml: " + "; ".join(problems) if len(problems) == 1 else _listed(stack, problems)
            )
        return cls(args["network"], args["database"], args["web"])

    def database(self, **wired: Any) -> DatabaseArgs:
        """The database's args with what other components give it."""
        return _wire(self._database, WIRED["database"], wired)

    def web(self, **wired: Any) -> WebTierArgs:
        """The web tier's args with what other components give it."""
        return _wire(self._web, WIRED["web"], wired)


def _wire(args: Args, expected: Mapping[str, Any], wired: Mapping[str, Any]) -> Args:
    if expected.keys() != wired.keys():
        raise TypeError(f"wants exactly {sorted(expected)}, got {sorted(wired)}")
    return dataclasses.replace(args, **wired)


def _listed(stack: str, problems: Sequence[str]) -> str:
    return f"Pulumi.{stack}.yaml has {len(problems)} mistakes:\n" + "\n".join(f"  - {p}" for p in problems)


def _section(
    project: str, name: str, text: str | None, type_: type, shared: Mapping[str, Any], problems: list[str]
) -> Any:
    """One section as its component's args; problems are added to the list."""
    key = f"{project}:{name}"
    if text is None:
        problems.append(f"{key} is missing: every stack has the sections {', '.join(SECTIONS)}")
        return None
    section = _document(text)
    if not isinstance(section, dict):
        problems.append(f"{key} must be a map of settings, got {section!r}")
        return None
    fields = {f.name for f in dataclasses.fields(type_)}
    for set_elsewhere in sorted(section.keys() & (WIRED[name].keys() | (shared.keys() & fields))):
        where = f"once, as {project}:{set_elsewhere}" if set_elsewhere in shared else "by the program (__main__.py)"
        problems.append(f"{key}.{set_elsewhere} is set {where}: remove it here")
    complete = {**section, **WIRED[name], **{k: v for k, v in shared.items() if k in fields}}
    return _structure(complete, type_, key, problems)


def _document(text: Any) -> Any:
    """A configuration value: a JSON document, or else the text itself."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return text
    return value if isinstance(value, (dict, list)) else text


def _structure(value: Any, type_: Any, path: str, problems: list[str]) -> Any:
    try:
        return _CONVERTER.structure(value, type_)
    except Exception as error:
        problems.extend(_explain(error, path))
        return None


def _unknown(path: str, key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    separator = ":" if ":" not in path else "."
    return f"{path}{separator}{key} is unknown: {hint}known here: {', '.join(sorted(known))}"


def _explain(error: BaseException, path: str) -> list[str]:
    """What cattrs, or the args themselves, found wrong, each with its full key."""
    if isinstance(error, (ClassValidationError, IterableValidationError)):
        told = []
        for inner in error.exceptions:
            note = next((n for n in getattr(inner, "__notes__", []) if hasattr(n, "type")), None)
            below = "" if note is None else (f".{note.name}" if hasattr(note, "name") else f"[{note.index}]")
            told += _explain(inner, f"{path}{below}")
        return told
    if isinstance(error, ForbiddenExtraKeysError):
        known = [
            f.name
            for f in dataclasses.fields(error.cl)
            if f.name not in WIRED.get(path.rsplit(":", maxsplit=1)[-1], {})
        ]
        return [_unknown(path, key, known) for key in sorted(error.extra_fields)]
    if isinstance(error, KeyError):
        return [f"{path} is missing"]
    return [f"{path}: {error}"]


def _exactly(type_: type) -> Any:
    """Structure hook that converts nothing: a number in quotes is no number, and "no" is no boolean."""

    def hook(value: Any, wanted: Any) -> Any:
        if issubclass(wanted, Enum):  # cattrs sends a StrEnum here, being a str
            return _enumeration(value, wanted)
        if isinstance(value, type_) and not (type_ is int and isinstance(value, bool)):
            return value
        raise ValueError(f"must be {_NAMES[type_]}, got {value!r}")

    return hook


_NAMES = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}


def _enumeration(value: Any, type_: type[Enum]) -> Enum:
    try:
        return type_(value)
    except ValueError:
        close = difflib.get_close_matches(str(value), [str(m.value) for m in type_], 1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"must be one of {', '.join(str(m.value) for m in type_)}, got {value!r}{hint}") from None


def _is_input(type_: Any) -> bool:
    return get_origin(type_) in (Union, types.UnionType) and any(
        get_origin(option) is Awaitable for option in get_args(type_)
    )


def _plain_input(value: Any, type_: Any) -> Any:
    """A field that may flow: from a file it can only be plain."""
    if value is None and type(None) in get_args(type_):
        return None
    return _CONVERTER.structure(value, get_args(type_)[0])


def _is_sequence(type_: Any) -> bool:
    return bool(get_origin(type_) is Sequence)


def _sequence(value: Any, type_: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"must be a list, got {value!r}")
    return _items(value, type_)


def _items(value: Any, type_: Any) -> list[Any]:
    wanted: Any = list[get_args(type_)[0]]  # type: ignore[misc] # built at run time
    return list(_CONVERTER.structure(value, wanted))


_CONVERTER = cattrs.Converter(forbid_extra_keys=True)
for _type in _NAMES:
    _CONVERTER.register_structure_hook(_type, _exactly(_type))
_CONVERTER.register_structure_hook_func(_is_input, _plain_input)
_CONVERTER.register_structure_hook_func(_is_sequence, _sequence)
