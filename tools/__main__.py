"""The commands of the Makefile: `python -m tools COMMAND`. What each does in a line stands in the Makefile."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from tools import account, engine, environment, pulumi_cli, stack_file, state
from tools import preview as previews
from tools import report as reports
from tools.checkout import CODE, Checkout
from tools.steps import Failure, duration, run_watched, say, step

CHECKOUT = Checkout(CODE)

DIGEST = ("--json", "--show-replacement-steps")
"""What makes a preview print the digest that `tools.preview` reads."""


def up(options: argparse.Namespace) -> int:
    """Deploy, and say where to look next."""
    status = _deploy("up", options)
    if status == 0:
        stack = options.stack
        given = "" if stack == "dev" else f" STACK={stack}"
        print(
            f'\nLook inside  eval "$(make -s env{given})", then: aws elbv2 describe-load-balancers, or pulumi stack -s {stack}\n'
            f"Go on        change Pulumi.{stack}.yaml, then: make preview{given}, make up{given}; make down forgets it all\n"
            "Read         docs/architecture.md: what was made, and why; docs/sandbox.md: what here is imitated"
        )
    return status


def preview(options: argparse.Namespace) -> int:
    """Show what `up` would do."""
    return _deploy("preview", options)


def refresh(options: argparse.Namespace) -> int:
    """Bring the state up to what the account shows."""
    return _deploy("refresh", options)


def destroy(options: argparse.Namespace) -> int:
    """Delete the stack's resources, and say what remains of it in the account."""
    status = _deploy("destroy", options)
    if status:
        say("What is protected stays, as on AWS. `make down` forgets the whole sandbox.")
        return status
    from tools.remainder import remaining, sandbox_client  # noqa: PLC0415 boto3 takes a while, and only this wants it

    running = account.find(CHECKOUT)
    if running is None:
        raise Failure("The account ended meanwhile, so nothing remains in it.")
    others = {name for stack in state.stacks(CHECKOUT.state) if stack.name != options.stack for name in stack.names}
    left = remaining(sandbox_client(running.endpoint, _region(options.stack)), others)
    print(
        "\n".join([f"What remains of {options.stack} in the account:", *(f"  {line}" for line in left or ["nothing"])])
    )
    return 0


def _deploy(
    command: str, options: argparse.Namespace, *extra: str, stdout: IO[str] | None = None, stderr: IO[str] | None = None
) -> int:
    """One engine run, with all that it needs made ready and what an earlier one left put right."""
    _stack_file(options.stack)
    with CHECKOUT.locked(f"make {command} STACK={options.stack}"):
        binary = pulumi_cli.ensure(os.environ)
        engine.recover(CHECKOUT)
        running = account.ensure(CHECKOUT)
        if engine.in_doubt(state.stacks(CHECKOUT.state), options.stack):
            say(
                f"The last run of {options.stack} was killed while it created something, and whether the account has it "
                "was never written down. Starting over with an empty account."
            )
            running = account.start_over(CHECKOUT)
        engine.prepare(CHECKOUT, options.stack, binary, running)
        extra = (*extra, *options.arguments)
        return engine.run(CHECKOUT, command, options.stack, binary, running, *extra, stdout=stdout, stderr=stderr)


def report(options: argparse.Namespace) -> int:
    """Preview a stack for a pull request. Whatever becomes of it, a report says so in a file."""
    old = CHECKOUT.previews / f"{options.stack}.json"
    old.unlink(missing_ok=True)  # after an interrupt nothing must look like this preview's report
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        try:
            exit_code, where = _preview_into(out, errors, options)
        except Failure as failure:
            exit_code, where = 1, "-"
            errors.write(str(failure))
        printed, wrong = _all_of(out), _all_of(errors)
    if wrong:
        say(wrong.rstrip())
    if printed.strip():  # the engine puts its errors into the digest
        for error in previews.parse(options.stack, printed, exit_code).errors:
            say(error)
    digest = previews.without_values(printed) if printed.strip() else wrong
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    commit = os.environ.get("COMMIT") or _commit()
    file = reports.Report(options.stack, where, exit_code, commit, made, digest).write(CHECKOUT.previews)
    print(f"{file.relative_to(CHECKOUT.root)} is written; make report-summary reads it")
    return exit_code


def _preview_into(out: IO[str], errors: IO[str], options: argparse.Namespace) -> tuple[int, str]:
    """The engine's exit status, and what the preview was compared with."""
    if options.on == "aws":
        command = _plain_pulumi("preview", options, *DIGEST)
        return subprocess.run(command, cwd=CODE, stdout=out, stderr=errors, check=False).returncode, "AWS"
    exit_code = _deploy("preview", options, *DIGEST, stdout=out, stderr=errors)
    deployed = any(stack.deployed for stack in state.stacks(CHECKOUT.state) if stack.name == options.stack)
    return exit_code, "the sandbox" if deployed else "an empty sandbox"


def _all_of(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def aws(options: argparse.Namespace) -> int:
    """Run plain `pulumi` with the user's own environment, account and backend, in place of this process.

    In its place, because signals must reach an engine that works on AWS, and nothing may end it in another way.
    """
    command = _plain_pulumi(options.run, options)
    os.execv(command[0], command)  # noqa: S606 no shell is wanted


def _plain_pulumi(command: str, options: argparse.Namespace, *extra: str) -> list[str]:
    """The command line, once it is said whose account and which backend it works on."""
    from tools import aws as plain  # noqa: PLC0415 boto3 takes a while, and only this wants it

    region = _region(options.stack)
    binary = pulumi_cli.ensure(os.environ)
    say(f"{plain.account(region)}; Pulumi's state in {plain.backend(binary)}")
    return plain.arguments(binary, command, options.stack, *extra, *options.arguments)


def _commit() -> str:
    """The commit that is checked out, "" where this is no clone."""
    asked = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    with suppress(OSError):
        return subprocess.run(asked, cwd=CODE, capture_output=True, text=True, check=False).stdout.strip()
    return ""


def down(_: argparse.Namespace) -> int:
    """Stop the sandbox and forget it."""
    with CHECKOUT.locked("make down"):
        engine.end_orphans(CHECKOUT)
        account.forget(CHECKOUT)
    say("The sandbox is stopped and forgotten. The Pulumi CLI stays in the cache that all checkouts share.")
    return 0


def status(_: argparse.Namespace) -> int:
    """Say what runs and what is deployed."""
    running = account.find(CHECKOUT)
    if running is None:
        print("account  does not run; `make up` starts one")
        return 0
    print(f"account  {running.endpoint}, process {running.pid}, since {running.started}")
    now = datetime.now(UTC)
    for stack in state.stacks(CHECKOUT.state):
        written = f"written {duration((now - stack.updated).total_seconds())} ago" if stack.updated else "never written"
        unfinished = f", {len(stack.pending)} operations unfinished" if stack.pending else ""
        print(f"stack    {stack.name}: {len(stack.resources)} resources, {written}{unfinished}")
    for lock in state.locks(CHECKOUT.state):
        print(f"lock     {lock.stack}: process {lock.pid} on {lock.hostname}, since {lock.taken:%H:%M:%S} UTC")
    return 0


def env(options: argparse.Namespace) -> int:
    """Print what a shell needs to reach the sandbox, for `eval`."""
    running = account.find(CHECKOUT)
    if running is None:
        raise Failure("The sandbox does not run. Start it with `make up`, then repeat.")
    reaching = environment.reach(CHECKOUT, running.endpoint, _region(options.stack))
    folders = [pulumi_cli.ensure(os.environ).parent, Path(sys.executable).parent]
    print("\n".join(environment.exports(os.environ, reaching, folders)))
    copy = CHECKOUT.stack_copy(options.stack).relative_to(CHECKOUT.root)
    say(f"With pulumi up, preview and refresh use --config-file {copy}: the engine writes into its stack file.")
    return 0


def logs(_: argparse.Namespace) -> int:
    """Show the end of the account's log, and the last engine run once more."""
    log = CHECKOUT.logs / "account.log"
    if not log.is_file():
        raise Failure("There are no logs: nothing has run in this sandbox yet.")
    print(f"The account's last requests, from {log}:")
    print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]), flush=True)
    return engine.replay(CHECKOUT, pulumi_cli.ensure(os.environ))


def image(options: argparse.Namespace) -> int:
    """Show each stack's Amazon Linux release and its age; with --release, put that into the stack's file."""
    from tools import image as images  # noqa: PLC0415 imports a component's module, and with it pulumi-aws

    files = {name: CHECKOUT.stack_file(name) for name in CHECKOUT.stack_names()}
    texts = {name: file.read_text(encoding="utf-8") for name, file in files.items()}
    offered = _offered_images(options)
    for line in images.report(
        {n: images.pinned(t, files[n].name) for n, t in texts.items()}, offered, datetime.now(UTC).date()
    ):
        print(line)
    if options.release:
        release = images.choose(options.release, offered)
        file = _stack_file(options.stack)
        file.write_text(images.raised(texts[options.stack], file.name, release), encoding="utf-8")
        print(f"{file.name} now says {release}; `make preview` shows what it replaces.")
    return 0


def _offered_images(options: argparse.Namespace) -> list[str]:
    from tools import image as images  # noqa: PLC0415 see `image`
    from tools.remainder import sandbox_client  # noqa: PLC0415 see `destroy`

    region = _region(options.stack)
    if options.aws:
        import boto3  # noqa: PLC0415 see `destroy`

        return images.available(boto3.client("ec2", region_name=region))
    with CHECKOUT.locked("make image"):
        return images.available(sandbox_client(account.ensure(CHECKOUT).endpoint, region)("ec2"))


def check(_: argparse.Namespace) -> int:
    """Format, lint, types. All of them run, so that one round shows everything."""
    scripts = [str(path) for path in sorted(CODE.glob("sandbox/*/pulumi-*"))] + [".ci/run"]
    scripts += [str(path) for path in sorted(CODE.glob("app/*.sh"))]
    commands = (
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy", "--strict", "."],
        ["shellcheck", *scripts],
    )
    failed = [command[0] for command in commands if _tool(command)]
    if failed:
        raise Failure(f"Not clean: {', '.join(failed)}.")
    return 0


def test(options: argparse.Namespace) -> int:
    """All tests: on both cores, those of one file in order and together."""
    pulumi_cli.ensure(os.environ)
    return _tool(["pytest", "--numprocesses", "2", "--dist", "loadfile", *options.arguments])


def bench(_: argparse.Namespace) -> int:
    """The figures of time, memory and calls."""
    from tools.bench import figures  # noqa: PLC0415 imports what only this wants

    return figures.main()


def docs(_: argparse.Namespace) -> int:
    """What docs/ takes from the code, and from the deployed stack dev its picture."""
    from tools import picture, reference, sandbox_reference  # noqa: PLC0415 imports the whole provider

    reference.main()
    sandbox_reference.main()
    dev = next((stack for stack in state.stacks(CHECKOUT.state) if stack.name == "dev"), None)
    if dev is None or not dev.deployed or dev.pending:
        raise Failure("docs/architecture.svg is drawn from the deployed stack dev. Run `make up`, then repeat.")
    picture.write(picture.Stack.of(dev.name, dev.resources))
    return 0


def lock(_: argparse.Namespace) -> int:
    """Pin anew what requirements.in, requirements-dev.in and tools/cli/requirements.in ask for, with hashes.

    For every platform and for Python 3.11 and later at once, which pip cannot do; hence uv, installed for the moment.
    """
    with tempfile.TemporaryDirectory() as folder, step("Pinning requirements"):
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--target", folder, "uv"]
        run_watched(pip, CHECKOUT.logs / "lock.log", lambda line: line)
        for name in ("requirements", "requirements-dev", "tools/cli/requirements"):
            pin = [
                f"{folder}/bin/uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--custom-compile-command", "make lock",
                "--output-file", f"{name}.txt", f"{name}.in",
            ]  # fmt: skip
            run_watched(pin, CHECKOUT.logs / "lock.log", lambda line: line, cwd=CODE)
    return 0


def _tool(command: Sequence[str]) -> int:
    """Run a tool of the virtual environment at the top of the repository."""
    say(f"==> {shlex.join(command)}")
    return subprocess.run([Path(sys.executable).parent / command[0], *command[1:]], cwd=CODE, check=False).returncode


def _stack_file(stack: str) -> Path:
    """The stack's file. Raises Failure when it is missing."""
    file = CHECKOUT.stack_file(stack)
    if not file.is_file():
        known = ", ".join(CHECKOUT.stack_names()) or "none"
        raise Failure(f"There is no stack file {file.name}, and STACK={stack} wants one. Stacks here: {known}.")
    return file


def _region(stack: str) -> str | None:
    return stack_file.region_of(_stack_file(stack).read_text(encoding="utf-8"))


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    command.__name__: command
    for command in (
        up,
        preview,
        refresh,
        destroy,
        report,
        aws,
        down,
        status,
        env,
        logs,
        image,
        check,
        test,
        bench,
        docs,
        lock,
    )
}

ANYWHERE = {"aws", "image", "check", "test", "bench", "docs", "lock"}
"""Commands that want no sandbox, or not always; the others need Linux."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make", description="See `make` for what each command does.")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--stack", default="dev")
    parser.add_argument("--release", default="", help="for image: a release, or `newest`")
    parser.add_argument("--aws", action="store_true", help="for image: ask AWS, with the credentials at hand")
    parser.add_argument("--on", choices=("sandbox", "aws"), default="sandbox", help="for report: where to preview")
    parser.add_argument("--run", choices=("preview", "up"), default="preview", help="for aws: what to run")
    options, more = parser.parse_known_args(arguments)
    options.arguments = more
    try:
        if sys.platform != "linux" and options.command not in ANYWHERE and options.on != "aws":
            raise Failure(
                "The sandbox needs Linux. Here the program and its mock tests run: make test ARGS=tests/components"
            )
        return COMMANDS[options.command](options)
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("Interrupted. The same command goes on from here, and puts right what is half done.")
        return 130


if __name__ == "__main__":
    # A job that is cancelled ends as one that is interrupted: what it started is ended with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
