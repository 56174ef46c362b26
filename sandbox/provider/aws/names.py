"""Names that the provider itself makes from a `namePrefix`."""

import re
import secrets

from sandbox.provider.schema import Prop, Values

_UNIQUE_DIGITS = 26
"""Length of the suffix: Terraform's time stamp and counter."""


def chosen(values: Values, name: str = "name", prefix: str = "namePrefix") -> str:
    """The name a program gave, or a unique one with its prefix."""
    if values.get(name):
        return str(values[name])
    return f"{values.get(prefix) or ''}{secrets.token_hex(_UNIQUE_DIGITS // 2)}"


def prefix_of(name: str) -> str:
    """The prefix a name was made from, "" for a name that was not made from one."""
    made = re.fullmatch(rf"(.*)[0-9a-f]{{{_UNIQUE_DIGITS}}}", name)
    return made.group(1) if made else ""


def properties(api: str) -> dict[str, Prop]:
    """The table's `name`, in the AWS API `api`, and `namePrefix`: a program gives one of them, or none."""
    return {
        "name": Prop(api=api, replace=True, computed=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(api=None, replace=True, computed=True, conflicts=("name",)),
    }
