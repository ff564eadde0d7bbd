"""Which folders import which: the tables of docs/architecture.md. With --write it brings them up to date.

A part is a folder of a package, or a module that lies beside such folders. Parts are listed so that each
one imports only parts below it; where two import each other there is no such order, and that is an error.
"""

import argparse
import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs/architecture.md"
BEGIN, END = "<!-- imports: written by make architecture -->", "<!-- end of imports -->"

PACKAGES = ("recollect", "schema", "resolvers", "analytics", "stores", "client")
"""From the top down; the client stands apart."""

Graph: TypeAlias = dict[str, set[str]]


def part_of(module: str) -> str:
    """The part that a module belongs to: `resolvers.live`, `resolvers.context` or `schema`."""
    package, *names = module.split(".")
    if not names:
        return package
    return f"{package}.{names[0]}"


def imported(file: Path) -> set[str]:
    """Our modules that a file imports, anywhere in it."""
    package = file.relative_to(ROOT).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found.update(_resolved(module, alias.name) for alias in node.names)
    return {name for name in found if name.partition(".")[0] in PACKAGES}


def _resolved(module: str, name: str) -> str:
    """The module that `from module import name` reads: a submodule, or the module itself."""
    path = ROOT / module.replace(".", "/") / name
    return f"{module}.{name}" if path.is_dir() or path.with_suffix(".py").is_file() else module


def imports() -> Graph:
    """The parts of every package, each with the parts that it imports."""
    graph: Graph = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            relative = file.relative_to(ROOT)
            if not file.read_text().strip():
                continue
            module = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
            part = part_of(module)
            targets = {part_of(name) for name in imported(file)}
            graph.setdefault(part, set()).update(targets - {part})
    for targets in list(graph.values()):
        for part in targets:
            graph.setdefault(part, set())
    return graph


def ordered(graph: Graph) -> list[str]:
    """The parts from the top down: each imports only what comes after it.

    Raises CycleError where two parts import each other.
    """
    sorter = TopologicalSorter({part: sorted(targets) for part, targets in graph.items()})
    sorter.prepare()
    rows: list[str] = []
    while ready := sorted(sorter.get_ready()):
        rows = [*ready, *rows]
        sorter.done(*ready)
    return rows


def table() -> str:
    """The tables as Markdown, one for each package."""
    graph = imports()
    rows = ordered(graph)
    sections = []
    for package in PACKAGES:
        own = [part for part in rows if _package(part) == package and part != package]
        lines = [f"| `{package}/` | imports beside it | other packages |", "|---|---|---|"]
        # The package's own exports come first.
        for part in [package, *own] if graph.get(package) else own:
            here = [_name(each) for each in own if each in graph[part]]
            others = {_package(each) for each in graph[part]} - {package}
            beyond = [f"`{each}/`" for each in PACKAGES if each in others]
            lines.append(f"| {_name(part)} | {', '.join(here)} | {', '.join(beyond)} |")
        sections.append("\n".join(lines))
    return "\n\n".join(sections)


def _package(part: str) -> str:
    return part.partition(".")[0]


def _name(part: str) -> str:
    package, _, name = part.partition(".")
    if not name:
        return "`__init__.py`"
    return f"`{name}/`" if (ROOT / package / name).is_dir() else f"`{name}.py`"


def main() -> None:
    """Print the tables, or write them into the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="bring docs/architecture.md up to date"
    )
    try:
        tables = table()
    except CycleError as cycle:
        sys.exit(f"These import each other in a circle: {' → '.join(cycle.args[1])}")
    if not parser.parse_args().write:
        print(tables)
        return
    text = DOCUMENT.read_text()
    section = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    DOCUMENT.write_text(section.sub(lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", text))


if __name__ == "__main__":
    main()
