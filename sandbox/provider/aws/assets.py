"""The bytes of a program's assets and archives. They are files beside the program or text in it; nothing is downloaded."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.provider.schema import Asset
from sandbox.provider.server import RefusedError
from sandbox.provider.wire import ASSETS, SIGNATURE

_ARCHIVE = ASSETS[1]
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, the earliest a zip file knows, so that equal content makes equal archives."""


def content(given: Asset) -> bytes:
    """An asset's bytes; of an archive, those of its zip file, packed where it is a folder or a map of assets.

    Raises RefusedError for what is elsewhere or cannot be read.
    """
    return _archive(given.fields) if given.fields.get(SIGNATURE) == _ARCHIVE else _asset(given.fields)


def _asset(fields: Mapping[str, Any]) -> bytes:
    if "text" in fields:
        return str(fields["text"]).encode()
    return _read(_path(fields))


def _archive(fields: Mapping[str, Any]) -> bytes:
    if "assets" not in fields and not _path(fields).is_dir():
        return _read(_path(fields))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(_entries(fields).items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
    return packed.getvalue()


def _entries(fields: Mapping[str, Any]) -> dict[str, bytes]:
    """The files in a folder, or in a map of assets and archives."""
    if "assets" not in fields:
        folder = _path(fields)
        files = (file for file in folder.rglob("*") if file.is_file())
        return {file.relative_to(folder).as_posix(): _read(file) for file in files}
    entries: dict[str, bytes] = {}
    for name, part in fields["assets"].items():
        if part.get(SIGNATURE) == _ARCHIVE:
            entries |= {f"{name}/{inner}": body for inner, body in _entries(part).items()}
        else:
            entries[name] = _asset(part)
    return entries


def _path(fields: Mapping[str, Any]) -> Path:
    if "uri" in fields:
        raise RefusedError(f"the sandbox downloads nothing, not even {fields['uri']}: use a file beside the program")
    return Path(fields["path"])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}") from error
