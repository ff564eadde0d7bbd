"""The statements of CONTRIBUTING.md and docs/architecture.md about the code are true."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.folder_imports import BEGIN, END, PACKAGES, Graph, imports, ordered, table

ROOT = Path(__file__).parents[3]
ARCHITECTURE = ROOT / "docs/architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCUMENTS = [ARCHITECTURE, CONTRIBUTING]

LINKED_NAME = re.compile(r"\[`([\w.]+)`\]\(([^)#]+\.py)\)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
QUOTED_PATH = re.compile(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:md|toml|yaml|py))`")
QUOTED_NAME = re.compile(r"^\| `([^|]+)` \| ([^|]+) \|$", re.MULTILINE)


@cache
def defined(file: Path) -> frozenset[str]:
    """The functions, classes and values that a module defines; members of classes are `Class.member`."""
    found: set[str] = set()

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(f"{prefix}{node.name}")
                if isinstance(node, ast.ClassDef):
                    visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign):
                names = [each.id for each in node.targets if isinstance(each, ast.Name)]
                found.update(f"{prefix}{name}" for name in names)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(f"{prefix}{node.target.id}")

    visit(ast.parse(file.read_bytes()).body, "")
    return frozenset(found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_linked_name_is_defined_where_its_link_leads(document: Path) -> None:
    links = LINKED_NAME.findall(document.read_text())

    wrong = [
        f"{name} in {place}"
        for name, place in links
        if name not in defined((document.parent / place).resolve())
    ]
    assert wrong == []
    assert document != ARCHITECTURE or len(links) > 40


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    tables = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    linked = [(document.parent / place).resolve() for place in LINK.findall(text)]
    named = [ROOT / path for path in QUOTED_PATH.findall(tables.sub("", text))]

    assert [str(path) for path in [*linked, *named] if not path.exists()] == []
    assert len(named) > 20


def test_where_a_field_lives_names_all_files_that_are_touched_to_add_one() -> None:
    lives, touched = (
        set(QUOTED_PATH.findall(_section(document, title)))
        for document, title in (
            (ARCHITECTURE, "Where a field lives"),
            (CONTRIBUTING, "Add a field"),
        )
    )
    assert len(lives) > 30
    assert {each for each in touched - lives if not each.startswith("tests/")} == set()


def test_every_name_that_a_file_is_said_to_have_is_in_it() -> None:
    """In the tables of CONTRIBUTING.md, each name in backticks beside a module is in the module."""
    wrong = [
        f"{name} in {files}"
        for files, advice in QUOTED_NAME.findall(CONTRIBUTING.read_text())
        if any(file.endswith(".py") for file in files.split("`, `"))
        for name in re.findall(r"`(\w+(?:\.\w+)?)`", advice)
        if not _new(name)
        and not any(name in (ROOT / file).read_text() for file in files.split("`, `"))
        and not any(name in defined(ROOT / file) for file in files.split("`, `"))
    ]
    assert wrong == []


def _section(document: Path, title: str) -> str:
    """A section's text, without its heading."""
    return document.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _new(name: str) -> bool:
    """Whether the name is one that the example adds."""
    return "colour" in name.lower()


def test_the_tables_of_imports_are_current() -> None:
    _, _, rest = ARCHITECTURE.read_text().partition(BEGIN)
    written, _, _ = rest.partition(END)

    assert written.strip() == table(), "run `make architecture`"


def test_no_import_runs_back_up() -> None:
    graph = imports()
    below = {package: PACKAGES.index(package) for package in PACKAGES if package != "client"}

    rows = ordered(graph)
    backwards = [
        (part, target)
        for part, targets in graph.items()
        for target in targets
        if rows.index(part) >= rows.index(target)
        or below.get(_package(part), -1) > below.get(_package(target), -1)
    ]
    assert backwards == []


def test_a_circle_of_imports_is_an_error() -> None:
    circle: Graph = {"a.one": {"a.two"}, "a.two": {"a.one"}}
    with pytest.raises(ValueError, match="cycle"):
        ordered(circle)


def _package(part: str) -> str:
    return part.partition(".")[0]


def test_pre_commit_runs_the_checks_of_make_and_downloads_nothing() -> None:
    config: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())

    (repository,) = config["repos"]
    assert repository["repo"] == "local"
    assert [hook["entry"] for hook in repository["hooks"]] == ["make check"]
    assert all(hook["language"] == "system" for hook in repository["hooks"])
