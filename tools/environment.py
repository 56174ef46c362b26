"""What the sandbox's processes see of the user's environment: a short list of names, and nothing else.

An allow-list, because the names that lead away from the sandbox are many and grow: AWS_PROFILE, AWS_ENDPOINT_URL_S3,
PULUMI_ACCESS_TOKEN, HTTPS_PROXY, PYTHONPATH …
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from tools.checkout import Checkout

PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")  # fmt: skip
"""Who the user is, how the terminal looks, where programs and temporary files are."""

FOREIGN = ("AWS_", "PULUMI_")
"""Variables that begin so and are not the sandbox's own would mix with it in a shell: `make env` unsets them."""

RUN = "HOTELARIA_RUN"
"""Marks every process of one engine run, so that the next command can end those of a run that was killed."""

SANDBOX = "HOTELARIA_SANDBOX"
"""Marks the account's server with the folder of its sandbox."""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""The account takes any credentials; these are valid nowhere else, and there is no way to others."""


def clean(environ: Mapping[str, str], python: Path) -> dict[str, str]:
    """What any process of the sandbox gets: the names passed on, and `python`'s folder first on PATH."""
    kept = {name: environ[name] for name in PASSED_ON if name in environ}
    return {**kept, "PATH": _first(str(python.parent), kept.get("PATH", os.defpath))}


def account(environ: Mapping[str, str], python: Path, checkout: Checkout) -> dict[str, str]:
    """The environment of the account's server."""
    return {**clean(environ, python), SANDBOX: str(checkout.sandbox)}


def reach(checkout: Checkout, endpoint: str, region: str | None) -> dict[str, str]:
    """What it takes to use the sandbox: its endpoint, credentials and Pulumi backend.

    With PULUMI_HOME come the sandbox's plugins (`tools.engine`). `PULUMI_IGNORE_AMBIENT_PLUGINS` keeps a plugin that
    happens to be on the user's PATH out of it.
    """
    return {
        **CREDENTIALS,
        **({"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {}),
        "AWS_ENDPOINT_URL": endpoint,
        "HOTELARIA_SANDBOX_ENDPOINT": endpoint,
        "PULUMI_HOME": str(checkout.pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{checkout.state}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(checkout.passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "1",
    }


def engine(
    environ: Mapping[str, str], python: Path, checkout: Checkout, endpoint: str, region: str | None, run: str
) -> dict[str, str]:
    """The environment of an engine run. PULUMI_DEBUG_COMMANDS only adds flags, of which --event-log is used."""
    return {
        **clean(environ, python),
        **reach(checkout, endpoint, region),
        "PULUMI_DEBUG_COMMANDS": "1",
        RUN: run,
    }


def exports(environ: Mapping[str, str], reaching: Mapping[str, str], folders: list[Path]) -> list[str]:
    """Shell lines that make the caller's shell reach the sandbox, for `eval`.

    `folders` come first on PATH. What of AWS or Pulumi the shell had set otherwise is unset: AWS_ENDPOINT_URL_S3 would
    outrank AWS_ENDPOINT_URL, and AWS_PROFILE would name a profile that is not there.
    """
    foreign = sorted(name for name in environ if name.startswith(FOREIGN) and name not in reaching)
    path = environ.get("PATH", os.defpath)
    for folder in reversed(folders):
        path = _first(str(folder), path)
    return [
        *(f"unset {name}" for name in foreign),
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted({**reaching, "PATH": path}.items())),
    ]


def _first(folder: str, path: str) -> str:
    """`path` with `folder` at its head, once."""
    return os.pathsep.join([folder, *(part for part in path.split(os.pathsep) if part != folder)])
