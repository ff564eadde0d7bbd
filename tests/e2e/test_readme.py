"""The commands that the documents give are run here, or are commands that exist."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recollect.cli import main
from tests.e2e.ports import free_port
from tests.e2e.test_import_and_restart import server
from tests.integration.importing import gpt_chat

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(name: str) -> list[str]:
    """The shell commands of the documents that begin with a word, without their comments."""
    found = [
        line.partition(" #")[0].strip()
        for document in DOCUMENTS
        for block in SHELL.findall(document.read_text())
        for line in re.split(r"\n(?! )", block)
    ]
    return [command for command in found if command and command.split()[0].endswith(name)]


def test_every_make_target_that_is_named_exists() -> None:
    help_text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout
    targets = {line.split()[1] for line in help_text.splitlines() if line.startswith("  make ")}
    named = {command.split()[1] for command in commands("make")}
    named |= {
        target
        for document in DOCUMENTS
        for target in re.findall(r"`make ([a-z-]+)`", document.read_text())
    }
    assert {"run", "test"} <= named <= targets


def test_every_recollect_command_that_is_named_exists() -> None:
    named = commands("recollect")
    assert len(named) >= 4
    for command in named:
        group: object = main
        for word in command.split()[1:]:
            if word.startswith("-") or not hasattr(group, "commands"):
                break
            assert word in group.commands, command
            group = group.commands[word]


@pytest.mark.timeout(300)
def test_the_requests_and_imports_of_the_documents_come_to_an_answer(tmp_path: Path) -> None:
    port = str(free_port())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")},
        "RECOLLECT_DATA_DIR": str(tmp_path / "data"),
        "RECOLLECT_PORT": port,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    asked = commands("curl")
    imports = [command for command in commands("recollect") if " import " in command]
    assert (len(asked), len(imports)) == (3, 3)
    (tmp_path / "conversations.json").write_text(json.dumps([gpt_chat()]))
    with server(environment, signal.SIGTERM):
        answers = [
            subprocess.run(
                [
                    "bash",
                    "-c",
                    command.replace(":8000", f":{port}").replace("curl ", "curl -s ", 1),
                ],
                capture_output=True,
                cwd=tmp_path,
                text=True,
                check=True,
            ).stdout
            for command in asked
        ]
        reports = [
            json.loads(
                subprocess.run(
                    command.replace(".venv/bin/", "").split(),
                    env=environment,
                    capture_output=True,
                    cwd=tmp_path,
                    check=True,
                ).stdout
            )
            for command in imports
        ]
    assert all('"errors"' not in answer for answer in answers), answers
    assert '"highlighted":true' in answers[1]
    assert json.loads(answers[2])["turns"]["added"] == 2
    assert all(report["turns"]["added"] == 2 for report in reports)
