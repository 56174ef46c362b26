"""Assets and archives as the engine sends them, with the hash of their content."""

import hashlib
import json
from pathlib import Path
from typing import Any

from sandbox.provider.aws import assets
from sandbox.provider.schema import Asset
from sandbox.provider.wire import ASSETS, SIGNATURE


def asset(**content: Any) -> Asset:
    """An asset of a `text`, a `path` or a `uri`."""
    return _hashed({SIGNATURE: ASSETS[0], **content})


def archive(**content: Any) -> Asset:
    """An archive of a `path` or of `assets` (texts by name)."""
    if "assets" in content:
        texts = content["assets"].items()
        content["assets"] = {name: {SIGNATURE: ASSETS[0], "text": text} for name, text in texts}
    return _hashed({SIGNATURE: ASSETS[1], **content})


def _hashed(fields: dict[str, Any]) -> Asset:
    there = "path" not in fields or Path(fields["path"]).exists()
    body = assets.content(Asset(fields)) if there and "uri" not in fields else json.dumps(fields).encode()
    return Asset({**fields, "hash": hashlib.sha256(body).hexdigest()})
