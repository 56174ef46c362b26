"""`python -m sandbox.account`: run the account in the foreground until SIGTERM or SIGINT."""

import argparse
import functools
import os
import sys
from pathlib import Path

import botocore.session

MOTO_SETTINGS = {
    "MOTO_ACCOUNT_ID": "123456789012",  # moto's own default, made independent of the caller's access key
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # else attaching AmazonSSMManagedInstanceCore fails as NoSuchEntity
    "MOTO_ENABLE_AMI_VALIDATION": "true",  # an unknown image is refused, as on AWS
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true",  # so is an instance type that the region does not offer
    "MOTO_DISABLE_GLOBAL_CORS": "true",  # no web page has business with this account
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def settle_environment() -> None:
    """Set what moto reads from the environment, and drop the user's own AWS and moto settings.

    A stray `AWS_PROFILE` would stop botocore inside moto; the account needs no credentials of anybody.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_", "BOTO_"))]:
        del os.environ[name]
    os.environ.update(MOTO_SETTINGS)


def share_models() -> None:
    """Give every boto3 session inside moto one and the same reader of botocore's models, which parses each once.

    moto makes a session wherever it wants to know the regions; to parse their table each time is a quarter of its start.
    """
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.account", description="An AWS account on 127.0.0.1 (moto)."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, takes a free one")
    parser.add_argument(
        "--state-file", type=Path, required=True, help="written once the account answers, removed at a quiet end"
    )
    parser.add_argument("--log-file", type=Path, help="one line per request is appended here; default: stderr")
    parser.add_argument(
        "--zone-name",
        action="append",
        default=[],
        dest="zone_names",
        metavar="DOMAIN",
        help="a public hosted zone that exists from the start; may be repeated",
    )
    arguments = parser.parse_args()
    settle_environment()
    share_models()
    # moto reads its settings when it is imported.
    from sandbox.account.server import serve  # noqa: PLC0415

    return serve(arguments.port, arguments.state_file, arguments.log_file, arguments.zone_names)


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # the account is memory only, and Python would take seconds to tidy it up
