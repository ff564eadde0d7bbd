"""A generated client that differs from the output for the schema and its operations is detected."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENVIRONMENT = ".venv-codegen"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files that the generator reads and writes, to be damaged."""
    if not (ROOT / ENVIRONMENT).exists():
        hint = "the generator is not installed: `make setup`"
        if os.environ.get("CI") == "true":
            pytest.fail(hint)
        pytest.skip(hint)
    (tmp_path / ENVIRONMENT).symlink_to(ROOT / ENVIRONMENT)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "schema").mkdir()
    shutil.copy(ROOT / "schema/schema.graphql", tmp_path / "schema")
    for folder in ("client", "scripts"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def generate(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "scripts/generate_client.py", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_committed_client_is_current(copy: Path) -> None:
    assert generate(copy, "--check") == (0, "")


def test_a_stale_client_is_found_and_generating_mends_it(copy: Path) -> None:
    rewrite(copy / "schema/schema.graphql", "enum Theme {", "enum Theme {\n  SEPIA")
    rewrite(copy / "client/operations/library.graphql", "      archived\n", "")
    rewrite(copy / "client/api/client.py", "class Client", "class Kunde")
    (copy / "client/api/left_over.py").touch()
    (copy / "client/api/trash.py").unlink()

    status, said = generate(copy, "--check")

    assert status == 1
    assert set(re.findall(r"client/[\w./-]+", said)) == {
        "client/api/enums.py",
        "client/api/operations.py",
        "client/api/session_counts.py",
        "client/trusted-documents.json",
        "client/api/client.py",
        "client/api/left_over.py",
        "client/api/trash.py",
    }
    assert "make client" in said
    assert generate(copy) == (0, "")
    assert generate(copy, "--check") == (0, "")


def test_an_operation_that_the_schema_refuses_is_said_to_be_so(copy: Path) -> None:
    rewrite(copy / "client/operations/library.graphql", "archived", "nothing")

    status, said = generate(copy, "--check")

    assert status == 1
    assert "nothing" in said
