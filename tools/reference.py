"""docs/components.md from the docstrings of `components/`, so that it cannot drift.

Read with `ast`: Python keeps no docstrings of attributes at run time.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

COMPONENTS = Path(__file__).parent.parent / "components"
PAGE = Path(__file__).parent.parent / "docs" / "components.md"

_HEAD = """\
# Components

Args, defaults and outputs of what `hotelaria.components` exports. Made from the docstrings by `make docs`; a test fails
when this page is stale.

All args are keyword-only and checked when they are made: a wrong one raises `ValueError` with the rule, the value and
the way out, before anything registers. `Input[...]` may be a value or another resource's output; everything else is
plain, because it decides which resources exist.
"""


def page(folder: Path = COMPONENTS) -> str:
    """The page: each component with its outputs, then its args, then the classes its args are made of."""
    classes = _classes(folder)
    exported = _exported(folder)
    parts = [_HEAD]
    for component in [name for name in exported if _is_component(classes[name])]:
        parts += _section(classes[component], "##", "Outputs", with_default=False)
        parts += _section(classes[f"{component}Args"], "###", "Args", with_default=True)
    rest = [n for n in exported if not _is_component(classes[n]) and not n.endswith("Args")]
    if rest:
        parts.append("## Parts of the args\n")
    for name in rest:
        parts += _section(classes[name], "###", "", with_default=True)
    return "\n".join(parts)


def _exported(folder: Path) -> list[str]:
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    [value] = [n.value for n in tree.body if isinstance(n, ast.Assign) and _target(n) == "__all__"]
    return list(ast.literal_eval(value))


def _target(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


def _classes(folder: Path) -> dict[str, ast.ClassDef]:
    return {
        node.name: node
        for path in sorted(folder.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }


def _is_component(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("ComponentResource") for base in node.bases)


def _section(node: ast.ClassDef, level: str, kind: str, *, with_default: bool) -> Iterator[str]:
    yield f"{level} {node.name}\n"
    yield _flow(ast.get_docstring(node) or "") + "\n"
    fields = list(_fields(node))
    if not fields:
        return
    columns = ["name", "type", "default", "meaning"] if with_default else ["name", "type", "meaning"]
    if any(isinstance(f, ast.Assign) for f, _ in fields):
        columns = ["value", "meaning"]
    if kind == "Outputs":
        yield "Outputs:\n"
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for item, text in fields:
        yield "| " + " | ".join(_row(item, text, with_default)) + " |"
    yield ""


def _fields(node: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign | ast.Assign, str]]:
    """Annotated attributes and enum members, each with the string literal below it."""
    for item, below in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(item, (ast.AnnAssign, ast.Assign)) or _name(item).startswith("_"):
            continue
        text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
        yield item, inspect.cleandoc(str(text))


def _name(item: ast.AnnAssign | ast.Assign) -> str:
    target = item.target if isinstance(item, ast.AnnAssign) else item.targets[0]
    return ast.unparse(target)


def _row(item: ast.AnnAssign | ast.Assign, text: str, with_default: bool) -> list[str]:
    meaning = _cell(_flow(text))
    if isinstance(item, ast.Assign):
        return [f"`{ast.literal_eval(item.value)}`", meaning]
    row = [f"`{_name(item)}`", f"`{_cell(ast.unparse(item.annotation))}`"]
    return [*row, f"`{_default(item)}`" if item.value else "required", meaning] if with_default else [*row, meaning]


def _default(item: ast.AnnAssign) -> str:
    text = ast.unparse(item.value) if item.value else ""
    factory = re.fullmatch(r"field\(default_factory=(\w+)\)", text)
    return {"dict": "{}", "list": "[]"}.get(factory[1], f"{factory[1]}()") if factory else _cell(text)


def _flow(text: str) -> str:
    """Paragraphs without their line breaks; lists and blocks as they are."""
    return "\n\n".join(
        p if p.lstrip().startswith(("-", "*", "`", "|")) else " ".join(p.split())
        for p in textwrap.dedent(text).split("\n\n")
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n\n", "<br>").replace("\n", " ")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parent.parent)}")


if __name__ == "__main__":
    main()
