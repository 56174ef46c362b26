"""The bytes of Pulumi's assets and archives. They are files beside the program or text in it; nothing is downloaded."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pulumi

from sandbox.provider.server import RefusedError

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, the earliest a zip file knows, so that equal content makes equal archives."""


def content(asset: Any) -> bytes:
    """The bytes of an asset. Raises RefusedError for what is none, is elsewhere, or cannot be read."""
    match asset:
        case pulumi.StringAsset():
            return str(asset.text).encode()
        case pulumi.FileAsset():
            try:
                return Path(asset.path).read_bytes()
            except OSError as error:
                raise RefusedError(f"the asset {asset.path} cannot be read: {error.strerror}") from error
        case pulumi.RemoteAsset():
            raise RefusedError(f"the sandbox downloads nothing, not even the asset {asset.uri}: use a pulumi.FileAsset")
    raise RefusedError(f"an asset is a pulumi.FileAsset or pulumi.StringAsset, got {type(asset).__name__} {asset!r}")


def archive(given: Any) -> bytes:
    """The zip file of an archive: a zip file as it is; a folder or a map of assets packed. Raises as `content` does."""
    if isinstance(given, pulumi.FileArchive) and Path(given.path).is_file():
        return Path(given.path).read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive_:
        for name, body in sorted(_entries(given).items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive_.writestr(entry, body)
    return packed.getvalue()


def _entries(given: Any) -> dict[str, bytes]:
    match given:
        case pulumi.FileArchive():
            folder = Path(given.path)
            if not folder.is_dir():
                raise RefusedError(f"the archive {given.path} is neither a zip file nor a folder")
            return {
                file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
            }
        case pulumi.AssetArchive():
            entries: dict[str, bytes] = {}
            for name, part in given.assets.items():
                if isinstance(part, pulumi.Asset):
                    entries[name] = content(part)
                else:
                    entries |= {f"{name}/{inner}": body for inner, body in _entries(part).items()}
            return entries
    raise RefusedError(
        f"an archive is a pulumi.FileArchive or pulumi.AssetArchive, got {type(given).__name__} {given!r}"
    )
