"""Plain `pulumi` for the steps of a deployment: the user's own account, backend and environment, nothing of the sandbox."""

import json
import subprocess
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.checkout import CODE
from tools.steps import Failure

COMMANDS = {"preview": ["preview"], "up": ["up", "--yes"]}
"""What a deployment asks of the engine. `up` previews first, and stops there when the preview fails."""

_WAY_OUT = (
    "The README shows how the program goes to AWS; `make preview` and `make up` without an account use the sandbox."
)


def account(region: str | None) -> str:
    """Whose account the credentials at hand belong to, in words. Raises Failure when there are none, or AWS refuses them."""
    try:
        caller = boto3.client("sts", region_name=region).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise Failure(
            f"No use of AWS with the credentials at hand: {error}. Log in (aws sso login, or AWS_PROFILE=...), in a "
            f"workflow give the environment the variable AWS_ROLE. {_WAY_OUT}"
        ) from error
    return f"AWS account {caller['Account']} as {caller['Arn']}"


def backend(binary: Path) -> str:
    """Where the CLI keeps its state, e.g. "s3://hotel-state". Raises Failure when it is logged in nowhere."""
    command = [str(binary), "whoami", "--json", "--non-interactive"]
    done = subprocess.run(command, cwd=CODE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(
            f"No Pulumi backend: {done.stderr.strip()}. Name the state bucket: pulumi login s3://BUCKET, or the variable "
            f"PULUMI_BACKEND_URL=s3://BUCKET. {_WAY_OUT}"
        )
    return str(json.loads(done.stdout)["url"])


def arguments(binary: Path, command: str, stack: str, *extra: str) -> list[str]:
    """The command line of an engine run that asks nothing back."""
    return [str(binary), *COMMANDS[command], "--stack", stack, "--non-interactive", *extra]
