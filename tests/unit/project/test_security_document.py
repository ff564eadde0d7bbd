"""docs/security.md names a test for each threat, and every test that it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\|(?! Threat|---)(.*)\|$", re.MULTILINE)


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_threat_has_what_holds_it_off_and_a_test_that_shows_it() -> None:
    rows = [[cell.strip() for cell in row.split(" | ")] for row in ROW.findall(DOCUMENT)]

    assert len(rows) > 25
    assert [row for row in rows if len(row) != 3 or not row[1] or not NAMED.search(row[2])] == []


def test_every_test_that_is_named_exists() -> None:
    missing = [
        f"{file}::{name}"
        for file, name in NAMED.findall(DOCUMENT)
        if not (ROOT / file).exists() or name not in functions_of(file)
    ]

    assert missing == []
