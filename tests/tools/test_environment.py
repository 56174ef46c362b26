"""What the sandbox's processes see of the user's environment, and what a shell is given to reach the sandbox."""

import subprocess
from pathlib import Path

from tools import environment
from tools.checkout import Checkout

CHECKOUT = Checkout(Path("/home/ana/hotel"))
PYTHON = Path("/home/ana/hotel/.venv/bin/python")
ENDPOINT = "http://127.0.0.1:4566"

HOSTILE = {
    "AWS_PROFILE": "prod",
    "AWS_DEFAULT_PROFILE": "prod",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL": "https://somewhere.example",
    "AWS_ENDPOINT_URL_S3": "https://somewhere.example",
    "AWS_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": "/home/ana/.aws/config",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/home/ana/token",
    "PULUMI_ACCESS_TOKEN": "pul-real",
    "PULUMI_BACKEND_URL": "s3://real-state",
    "PULUMI_CONFIG_PASSPHRASE": "real",
    "PULUMI_DEBUG_PROVIDERS": "aws:1234",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "http_proxy": "http://proxy.example:3128",
    "PYTHONPATH": "/home/ana/lib",
    "VIRTUAL_ENV": "/home/ana/other",
    "LD_PRELOAD": "/home/ana/lib.so",
}


def test_the_engine_gets_the_sandbox_and_nothing_else_of_aws_or_pulumi() -> None:
    env = environment.engine(
        {**HOSTILE, "PATH": "/usr/bin", "HOME": "/home/ana"}, PYTHON, CHECKOUT, ENDPOINT, "sa-east-1", "run-1"
    )
    assert env == {
        "PATH": "/home/ana/hotel/.venv/bin:/usr/bin",
        "HOME": "/home/ana",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "sa-east-1",
        "AWS_DEFAULT_REGION": "sa-east-1",
        "AWS_ENDPOINT_URL": ENDPOINT,
        "HOTELARIA_SANDBOX_ENDPOINT": ENDPOINT,
        "HOTELARIA_RUN": "run-1",
        "PULUMI_HOME": "/home/ana/hotel/.sandbox/pulumi",
        "PULUMI_BACKEND_URL": "file:///home/ana/hotel/.sandbox/state",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/home/ana/hotel/.sandbox/passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "1",
        "PULUMI_DEBUG_COMMANDS": "1",
    }


def test_the_account_gets_no_aws_setting_at_all() -> None:
    env = environment.account({**HOSTILE, "PATH": "/usr/bin", "LANG": "pt_BR.UTF-8"}, PYTHON, CHECKOUT)
    assert env == {
        "PATH": "/home/ana/hotel/.venv/bin:/usr/bin",
        "LANG": "pt_BR.UTF-8",
        "HOTELARIA_SANDBOX": "/home/ana/hotel/.sandbox",
    }


def test_a_stack_file_without_a_region_sets_none() -> None:
    assert "AWS_REGION" not in environment.reach(CHECKOUT, ENDPOINT, None)
    assert "AWS_DEFAULT_REGION" not in environment.reach(CHECKOUT, ENDPOINT, None)


def test_a_shell_forgets_what_would_outrank_the_sandbox() -> None:
    lines = environment.exports(HOSTILE, environment.reach(CHECKOUT, ENDPOINT, "sa-east-1"), [])
    assert [line for line in lines if line.startswith("unset")] == [
        "unset AWS_DEFAULT_PROFILE",
        "unset AWS_ENDPOINT_URL_S3",
        "unset AWS_PROFILE",
        "unset AWS_SESSION_TOKEN",
        "unset AWS_WEB_IDENTITY_TOKEN_FILE",
        "unset PULUMI_ACCESS_TOKEN",
        "unset PULUMI_CONFIG_PASSPHRASE",
        "unset PULUMI_DEBUG_PROVIDERS",
    ]


def test_evaluating_the_lines_sets_a_shell_up_even_where_paths_need_quotes() -> None:
    odd = Checkout(Path("/home/ana/it's a $HOME"))
    reaching = environment.reach(odd, ENDPOINT, "sa-east-1")
    lines = environment.exports({**HOSTILE, "PATH": "/usr/bin"}, reaching, [Path("/cli bin"), PYTHON.parent])
    shell = subprocess.run(["/bin/sh", "-c", "\n".join([*lines, "/usr/bin/env -0"])], env=HOSTILE, capture_output=True, text=True, check=True)  # fmt: skip
    seen = dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)
    assert {name: seen[name] for name in reaching} == reaching
    assert seen["PATH"] == "/cli bin:/home/ana/hotel/.venv/bin:/usr/bin"
    assert "AWS_PROFILE" not in seen
    assert "PULUMI_ACCESS_TOKEN" not in seen


def test_evaluating_twice_does_not_lengthen_the_path() -> None:
    folders = [Path("/cli"), PYTHON.parent]
    once = environment.exports({"PATH": "/usr/bin:/bin"}, {}, folders)
    again = environment.exports({"PATH": "/cli:/home/ana/hotel/.venv/bin:/usr/bin:/bin"}, {}, folders)
    assert once == again == ["export PATH=/cli:/home/ana/hotel/.venv/bin:/usr/bin:/bin"]
