"""The tables of docs/sandbox.md, from the tables that the sandbox's providers work by, so that they cannot drift.

The rest of the page is written by hand; what is made stands between two comments (`BEGIN`, `END`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sandbox.provider import random
from sandbox.provider.aws.__main__ import provider
from sandbox.provider.schema import Block, Function, Kind, Many, Map, Prop, Resource, table

PAGE = Path(__file__).parent.parent / "docs" / "sandbox.md"

BEGIN = "<!-- made by `make docs`: {} -->"
END = "<!-- made until here -->"


def page(written: str) -> str:
    """The page with its tables made anew; `written` is the page as it stands. Raises ValueError where a marker is missing."""
    aws = provider()
    types = [*aws.types.values(), *random.TYPES]
    for name, made in (("translated", _translated(types, aws.functions.values())), ("kept", _kept(types))):
        begin = BEGIN.format(name)
        before, found, rest = written.partition(f"{begin}\n")
        _, ended, after = rest.partition(END)
        if not found or not ended:
            raise ValueError(f"docs/sandbox.md has no lines {begin!r} and {END!r} to put the table {name!r} between")
        written = "\n".join([f"{before}{begin}", "", *made, "", f"{END}{after}"])
    return written


def _translated(types: Iterable[Resource], functions: Iterable[Function]) -> Iterator[str]:
    listed = sorted((resource.token, table(resource)) for resource in types)
    asked = sorted((function.token, function.args) for function in functions)
    yield f"{len(listed)} resource types, with the number of their properties:\n"
    yield from _by_module(listed)
    yield f"\n{len(asked)} functions, with the number of their arguments:\n"
    yield from _by_module(asked)


def _by_module(listed: Iterable[tuple[str, Mapping[str, Prop]]]) -> Iterator[str]:
    """A row for each module: `aws:ec2/vpc:Vpc` is the type `Vpc` of the module `aws.ec2`."""
    modules = defaultdict(list)
    for token, props in listed:
        package, module, name = token.split(":")
        modules[f"{package}.{module.partition('/')[0]}".removesuffix(".index")].append(f"{name} ({len(props)})")
    yield "| module | |"
    yield "|---|---|"
    for module, names in sorted(modules.items()):
        yield f"| `{module}` | {', '.join(names)} |"


def _kept(types: Iterable[Resource]) -> Iterator[str]:
    """A row for each reason, the reason with the most properties first."""
    reasons: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for resource in types:
        for path, prop in paths(table(resource)):
            if prop.kept:
                reasons[prop.kept][path].append(_short(resource.token))
    yield "| why state keeps what the program said | properties |"
    yield "|---|---|"
    for reason, properties in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
        listed = ", ".join(f"`{path}` ({', '.join(sorted(where))})" for path, where in sorted(properties.items()))
        yield f"| {reason} | {listed} |"


def _short(token: str) -> str:
    """`ec2.Vpc` for `aws:ec2/vpc:Vpc`, as Python programs write it."""
    package, module, name = token.split(":")
    folder = module.partition("/")[0]
    return f"{package}.{name}" if folder == "index" else f"{folder if package == 'aws' else package}.{name}"


def paths(props: Mapping[str, Prop]) -> Iterator[tuple[str, Prop]]:
    """Every property by its dotted path, those of nested blocks after their block."""
    for name, prop in props.items():
        yield name, prop
        yield from ((f"{name}.{inner}", nested) for inner, nested in paths(_block(prop.kind)))


def _block(kind: Kind) -> Mapping[str, Prop]:
    match kind:
        case Many(item) | Map(item):
            return _block(item)
        case Block(props):
            return props
    return {}


def main() -> None:
    """Bring the page up to date."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parent.parent)}")


if __name__ == "__main__":
    main()
