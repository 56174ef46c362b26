"""The wheel, as another project meets it: installed into an empty environment, under mocks and on the sandbox."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, TIME_LIMIT
from tools import account, engine, environment, pulumi_cli, state
from tools.checkout import Checkout

GUEST = Path(__file__).parent / "programs" / "guest"

UNDER_MOCKS = """
import json, runpy, sys
import pulumi, pulumi.runtime

made, exported = [], {}

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        made.append(args.typ)
        computed = {
            "arn": "arn:aws:" + args.name, "address": "db.example", "dnsName": "lb.example", "hex": "0a1b2c3d",
            "arnSuffix": "app/desk/1", "latestVersion": 1, "bucket": args.name, "masterUserSecrets": [{"secretArn": "arn:s"}],
        }
        return args.name + "-id", {**computed, **args.inputs}

    def call(self, args):
        return {
            "accountId": "123456789012", "partition": "aws", "region": "sa-east-1", "id": "ami-0123456789abcdef0",
            "architecture": "arm64", "names": ["sa-east-1a", "sa-east-1b", "sa-east-1c"],
        }

pulumi.runtime.set_mocks(Mocks(), project="library", stack="dev")
pulumi.export = lambda name, value: pulumi.Output.from_input(value).apply(lambda known: exported.update({name: known}))
pulumi.runtime.test(lambda: runpy.run_path(sys.argv[1]))()
import hotelaria.components
print(json.dumps([sorted(made), exported, hotelaria.components.__file__]))
"""

WRONG = """
from hotelaria.components import NetworkArgs
NetworkArgs(cidr_block=10, zones=["sa-east-1a", "sa-east-1c"])
"""

TYPES_WITHOUT_THE_PROVIDER = """
[mypy]
strict = true
[mypy-pulumi_aws.*]
follow_imports = skip
"""
"""pulumi-aws alone takes mypy half a minute, and how it is typed is not at stake."""


def run(command: Sequence[str | Path], **options: object) -> str:
    """Run a command that must succeed, and return what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what it is made of: a build leaves files beside its sources."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "components", source / "components", ignore=shutil.ignore_patterns("__pycache__"))
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source / "dist", source])
    [built] = (source / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what the wheel asks for, in the versions that this project is tested with."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, symlinks=True)
    pins = re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    (folder / "constraints.txt").write_text("\n".join(pins))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-compile", "--constraint", str(folder / "constraints.txt"), wheel])
    return folder


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the guest's project, far from this checkout."""
    return Path(shutil.copytree(GUEST, tmp_path_factory.mktemp("guest") / "library"))


def test_the_wheel_holds_the_components_and_nothing_else(wheel: Path) -> None:
    sources = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "components"], cwd=ROOT).split()
    assert "components/py.typed" in sources
    with zipfile.ZipFile(wheel) as archive:
        assert sorted(archive.namelist()) == sorted(
            [f"hotelaria/{name}" for name in sources if (ROOT / name).is_file()]
            + [f"hotelaria-0.1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "top_level.txt")]
        )


def test_the_wheel_asks_for_pulumi_and_two_providers_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read("hotelaria-0.1.0.dist-info/METADATA").decode())
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Requires-Dist") == ["pulumi<4,>=3.259", "pulumi-aws<8,>=7.51.1", "pulumi-random<5,>=4.21"]


def test_a_guest_s_program_runs_under_mocks(elsewhere: Path, guest: Path) -> None:
    python = elsewhere / "bin" / "python"
    made, exported, file = json.loads(run([python, "-c", UNDER_MOCKS, guest / "__main__.py"], cwd=guest, env={}))
    assert [type_ for type_ in made if type_.startswith("hotelaria:")] == [
        "hotelaria:index:Database",
        "hotelaria:index:Network",
        "hotelaria:index:WebTier",
    ]
    for once in ("aws:ec2/vpc:Vpc", "aws:rds/instance:Instance", "aws:lb/loadBalancer:LoadBalancer"):
        assert made.count(once) == 1
    assert made.count("aws:ec2/subnet:Subnet") == 6
    assert exported == {"url": "http://lb.example"}
    assert Path(file).is_relative_to(elsewhere)


def test_a_guest_s_type_checker_knows_the_components(elsewhere: Path, guest: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "mypy.ini").write_text(TYPES_WITHOUT_THE_PROVIDER)
    options = ["--config-file", "mypy.ini", "--cache-dir", "cache", "--no-error-summary"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--python-executable", elsewhere / "bin" / "python",
         guest / "__main__.py", tmp_path / "wrong.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.stdout.splitlines() == [
        'wrong.py:3: error: Argument "cidr_block" to "NetworkArgs" has incompatible type "int"; expected "str"  [arg-type]'
    ]


def test_a_guest_s_program_is_deployed_and_destroyed_by_the_engine(elsewhere: Path, guest: Path) -> None:
    checkout = Checkout(guest)
    binary = pulumi_cli.ensure(os.environ)
    on_its_own_python = {
        "PATH": os.pathsep.join([str(elsewhere / "bin"), environment.clean(os.environ, binary)["PATH"]])
    }
    with checkout.locked("the guest's test"):
        try:
            running = account.ensure(checkout)
            engine.prepare(checkout, "dev", binary, running)

            def pulumi(command: str) -> dict[str, int]:
                """Run the engine, and return how many operations of each kind it counts in the end."""
                with (checkout.logs / f"{command}.txt").open("w+") as shown:
                    status = engine.run(
                        checkout, command, "dev", binary, running, env=on_its_own_python, stdout=shown, stderr=shown
                    )
                    shown.seek(0)
                    assert status == 0, shown.read()
                events = (checkout.logs / f"engine-{command}.json").read_text().splitlines()
                [summary] = [event["summaryEvent"] for event in map(json.loads, events) if "summaryEvent" in event]
                return {op: count for op, count in summary["resourceChanges"].items() if count}

            created = pulumi("up")
            assert set(created) == {"create"}
            [stack] = state.stacks(checkout.state)
            types = [resource["type"] for resource in stack.resources]
            assert {"hotelaria:index:Network", "hotelaria:index:Database", "hotelaria:index:WebTier"} < set(types)
            [outputs] = [r["outputs"] for r in stack.resources if r["type"] == "pulumi:pulumi:Stack"]
            assert re.fullmatch(r"http://desk-[\w.-]+\.elb\.amazonaws\.com", outputs["url"])
            assert pulumi("destroy") == {"delete": created["create"]}
        finally:
            account.forget(checkout)
