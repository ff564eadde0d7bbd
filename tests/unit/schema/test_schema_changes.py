"""Which changes of the schema are allowed between releases; `make check` finds the others."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from scripts.check_schema import goes_after, promised

ROOT = Path(__file__).parents[3]
RELEASED = (ROOT / "schema/released.graphql").read_text()

BREAKS = {
    "a field is gone": ("  temporary: Boolean!\n", "  fleeting: Boolean!\n", "Session.temporary"),
    "a value may be null": ("  closed: Boolean!\n", "  closed: Boolean\n", "Session.closed"),
    "an enum value is gone": ("  TECHNICAL\n", "  POETIC\n", "TECHNICAL"),
    "an argument is gone": ("    query: String!\n", "    words: String\n", "query"),
    "an argument is required": (
        "  trash(\n",
        '  trash(\n    """New."""\n    all: Boolean!\n',
        "required argument",
    ),
    "an input field is required": (
        "input SessionInput {\n",
        'input SessionInput {\n  """New."""\n  why: String!\n',
        "required field",
    ),
}


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(("old", "new", "named"), BREAKS.values(), ids=BREAKS)
def test_what_breaks_clients_is_found(old: str, new: str, named: str) -> None:
    schema = build_schema(changed(RELEASED, old, new))

    found = find_breaking_changes(promised(RELEASED, date.today()), schema)

    assert any(named in change.description for change in found)


def test_a_removed_field_fails_the_check_and_is_not_released(tmp_path: Path) -> None:
    def check(schema: str, *arguments: str) -> tuple[int, str]:
        (tmp_path / "schema/schema.graphql").write_text(schema)
        command = [sys.executable, "scripts/check_schema.py", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    released = tmp_path / "schema/released.graphql"
    released.parent.mkdir()
    released.write_text(RELEASED)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    without = changed(RELEASED, "  temporary: Boolean!\n", "  fleeting: Boolean!\n")
    more = changed(RELEASED, "  TECHNICAL\n", "  TECHNICAL\n  POETIC\n")

    status, said = check(without, "--release")
    assert (status, released.read_text()) == (1, RELEASED)
    assert "Session.temporary was removed" in said
    assert "docs/schema.md" in said
    status, said = check(more, "--release")
    assert (status, released.read_text()) == (0, more)
    assert "POETIC was added" in said
    assert check(RELEASED)[0] == 1


def test_make_check_runs_the_check() -> None:
    dry = subprocess.run(["make", "-n", "check"], cwd=ROOT, capture_output=True, text=True).stdout

    assert "scripts/check_schema.py\n" in dry
    assert "scripts/generate_client.py --check\n" in dry


OLD = """
type Query { kept: Int  leaving: Leaving @deprecated(reason: "Use kept. Goes after 2026-06-30.")
  also: Mood @deprecated(reason: "whenever") }
type Leaving { leaf: Int }
enum Mood { GOOD  BAD @deprecated(reason: "Use GOOD. Goes after 2026-06-30.") }
"""
GONE = "type Query { kept: Int  also: Mood } enum Mood { GOOD }"


def test_what_was_deprecated_may_go_after_its_date_with_all_that_only_it_led_to() -> None:
    new = build_schema(GONE)

    assert len(find_breaking_changes(promised(OLD, date(2026, 6, 30)), new)) == 3
    assert find_breaking_changes(promised(OLD, date(2026, 7, 1)), new) == []


def test_what_was_deprecated_without_a_date_stays() -> None:
    new = build_schema(GONE.replace("also: Mood", "").replace("enum Mood { GOOD }", ""))

    assert find_breaking_changes(promised(OLD, date(2100, 1, 1)), new) != []


def test_a_deprecation_says_what_to_use_and_until_when_it_stays() -> None:
    assert goes_after("Use kept. Goes after 2026-06-30.") == date(2026, 6, 30)
    for reason in ("whenever", "Goes after 2026-06-30.", "Use kept. Goes after summer."):
        assert goes_after(reason) is None
