"""Stack files as text: the copy that the engine may write into, and what the sandbox reads from them."""

import re
from typing import Any

import yaml

from tools.steps import Failure

_ENCRYPTION = re.compile(r"^(encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
"""How the stack's secrets are encrypted on AWS; the sandbox's copy has its own passphrase."""

_SECURE = re.compile(r"^[ \t]*(?:-[ \t]*)?secure:", re.MULTILINE)


def copy_for_sandbox(text: str, name: str, salt: str | None) -> str:
    """The stack file `name` as the sandbox's engine gets it: the same configuration, encrypted with `salt`.

    `salt` is what the engine wrote into an earlier copy, None for a new stack. Raises Failure for a file with
    encrypted values: their key is not here.
    """
    if found := _SECURE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Failure(
            f"{name}, line {line}: this value is encrypted with the key of the real stack, which the sandbox does "
            "not have. Secrets belong in Secrets Manager; or take it out of the file for a run in the sandbox."
        )
    plain = _ENCRYPTION.sub("", text)
    if salt is None:
        return plain
    return f"{plain.rstrip()}\nencryptionsalt: {salt}\n"


def salt_of(text: str) -> str | None:
    """The salt that the engine wrote into a copy."""
    found = re.search(r"^encryptionsalt: (\S+)$", text, re.MULTILINE)
    return found[1] if found else None


def region_of(text: str) -> str | None:
    """The AWS region that a stack file sets, e.g. "sa-east-1"."""
    region = _config(text).get("aws:region")
    return region if isinstance(region, str) else None


def hosted_zone_of(text: str) -> str | None:
    """The name of the hosted zone that the stack expects to exist, e.g. "hotel.example"."""
    web = _config(text).get("hotelaria:web")
    if not isinstance(web, dict):
        return None
    zone = web.get("hosted_zone")
    return zone if isinstance(zone, str) else None


def _config(text: str) -> dict[str, Any]:
    """The stack file's configuration; empty where it is not even YAML, about which the engine has the better words."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    config = document.get("config") if isinstance(document, dict) else None
    return config if isinstance(config, dict) else {}
