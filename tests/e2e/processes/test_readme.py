"""The requests, imports and files of chats that the documents give are run here.

That all their other commands exist is shown by tests/unit/project/test_document_blocks.py.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.ports import free_port
from tests.e2e.processes.test_import_and_restart import RECOLLECT, Environment, server
from tests.integration.transfer.foreign_files import gpt_line
from tests.integration.transfer.importing import gpt_node

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
NODES = [
    gpt_node(None, "user", "What is a tide?"),
    gpt_node(None, "assistant", "The sea, rising and falling."),
    gpt_node(None, "user", "Thank you!"),
]
FILES = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "importing.md").read_text(), re.DOTALL)
"""Files of chats that docs/importing.md shows."""
LISTING = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "schema.md").read_text(), re.DOTALL)[
    0
]
"""How a program lists its sessions."""


def commands(name: str) -> list[str]:
    """The shell commands of the documents that begin with a word, without their comments."""
    found = [
        line.partition(" #")[0].strip()
        for document in DOCUMENTS
        for block in SHELL.findall(document.read_text())
        for line in re.split(r"\n(?! )", block)
    ]
    return [command for command in found if command and command.split()[0].endswith(name)]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """The environment variables of an installation with the test's own ports and data."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")},
        "RECOLLECT_DATA_DIR": str(tmp_path / "data"),
        "RECOLLECT_PORT": str(free_port()),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


@contextmanager
def following(command: str) -> Iterator[Iterator[Any]]:
    """The session changes that a command prints as server-sent events, until it is ended."""
    with subprocess.Popen(["bash", "-c", f"exec {command}"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        data = (
            line.removeprefix(b"data: ") for line in process.stdout if line.startswith(b"data: ")
        )
        try:
            yield (json.loads(line)["data"]["sessionChanges"] for line in data)
        finally:
            process.terminate()


def test_the_requests_and_imports_of_the_documents_come_to_an_answer(
    environment: Environment, tmp_path: Path
) -> None:
    port = environment["RECOLLECT_PORT"]
    asked = [command for command in commands("curl") if " -N " not in command]
    (followed,) = (command for command in commands("curl") if " -N " in command)
    (queried,) = (command for command in commands(".venv/bin/python") if " -c " in command)
    imports = [
        command for command in commands("recollect") if " import conversations.json" in command
    ]
    assert (len(asked), len(imports)) == (4, 3)
    (tmp_path / "conversations.json").write_text(json.dumps(gpt_line(*NODES)))
    with (
        server(environment, signal.SIGTERM),
        following(followed.replace(":8000", f":{port}")) as events,
    ):
        assert next(events)["kind"] == "BEGUN"
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
                    [*command.replace(".venv/bin/", "").split(), "--json"],
                    env=environment,
                    capture_output=True,
                    cwd=tmp_path,
                    check=True,
                ).stdout
            )
            for command in imports
        ]
        assert any(event["session"]["title"] == "How do tides work?" for event in events)
        listed = subprocess.run(
            [sys.executable, "-c", LISTING.replace(":8000", f":{port}")],
            capture_output=True,
            cwd=ROOT,
            text=True,
            check=True,
        ).stdout
        assert "How do tides work?" in listed
    assert all('"errors"' not in answer for answer in answers), answers
    assert '"highlighted":true' in answers[1]
    assert "The moon pulls." in (tmp_path / "chats.md").read_text()
    assert json.loads(answers[3])["turns"]["added"] == 2
    assert all(report["report"]["turns"]["added"] == 2 for report in reports)
    shown = subprocess.run(
        ["bash", "-c", queried.replace(".venv/bin/", "").replace(".recollect/", "data/")],
        env=environment,
        capture_output=True,
        cwd=tmp_path,
        text=True,
        check=True,
    ).stdout
    assert "The moon pulls." in shown


def test_the_files_of_the_documents_are_taken_and_a_refusal_is_the_status(
    environment: Environment, tmp_path: Path
) -> None:
    file = tmp_path / "chats.jsonl"
    no_chat = '{"turns": "How do tides work?"}\n'
    outcomes = []
    with server(environment, signal.SIGTERM):
        for content in [*FILES, FILES[0] + no_chat, no_chat]:
            file.write_text(content)
            done = subprocess.run(
                [*RECOLLECT, "import", "--json", str(file)], env=environment, capture_output=True
            )
            report = json.loads(done.stdout)["report"]
            sessions = report["sessions"]
            outcomes.append(
                (
                    report["format"],
                    sessions["added"] + sessions["present"],
                    sessions["refused"],
                    done.returncode,
                )
            )
            assert len(report["remarks"]) == sessions["refused"], report
    assert outcomes == [
        ("turns", 1, 0, 0),
        ("sharegpt", 1, 0, 0),
        ("recollect", 1, 0, 0),
        ("turns", 1, 1, 1),
        ("turns", 0, 1, 1),
    ]
