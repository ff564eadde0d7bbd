"""Every command and every configuration shown in the documents exists.

Blocks that are cheap to run are run elsewhere: requests and imports by tests/e2e/processes/test_readme.py,
queries by tests/contract/warehouses/test_analysts_guide.py, recipes by tests/front_ends.
"""

import ast
import importlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import pytest
from graphql import GraphQLError, parse

from recollect.settings.errors import SettingsError
from recollect.settings.settings import variables
from tests.front_ends.conftest import RECIPE
from tests.unit.analytics.test_googlesql import DOCUMENTS as DOCUMENTS_OF_SQL
from tests.unit.project.programs import PROGRAMS, TOOLS, Reader, operation
from tests.unit.project.shell import DOCUMENTS, ROOT, blocks

FILES = (
    "bench.json",
    "peers.json",
    "conversations.json",
    "rows.ndjson",
    "secrets.toml",
    "backups/monday/store.sqlite",
    "folder/mt_bench.jsonl",
)
"""The files that a reader has before the command."""


@pytest.fixture(autouse=True)
def _readers_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()


def graphql(text: str) -> None:
    if re.match(r"\s*\w+: ", text):
        parse(f"type Example {{ {text} }}")
    else:
        operation(text)


def json_lines(text: str) -> None:
    assert all(isinstance(json.loads(line), dict) for line in text.splitlines())


def login(text: str) -> None:
    (found,) = tomllib.loads(text).values()
    known = {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"}
    assert set(found) == known


def recipe(text: str) -> None:
    # The suites of tests/front_ends are assembled from these recipes, and run them.
    assert RECIPE.fullmatch(f"```js\n{text}```")


def python_code(text: str) -> None:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, name.name) for name in node.names)


def diagram(text: str) -> None:
    first, *lines = text.splitlines()
    assert re.fullmatch(r"flowchart (LR|TD)", first)
    for pair in ("[]", "()"):
        assert all(line.count(pair[0]) == line.count(pair[1]) for line in lines)


def no_command(text: str) -> None:
    first_words = {line.split()[0] for line in text.splitlines() if line.strip()}
    assert first_words.isdisjoint({*PROGRAMS, *TOOLS})


def promql(text: str) -> None:
    # `test_metrics.py` checks that a process has each metric and label.
    assert re.search(r"recollect_\w+", text)
    for pair in ("[]", "()", "{}"):
        assert text.count(pair[0]) == text.count(pair[1])


LANGUAGES: Mapping[str, Callable[[str], None]] = {
    "graphql": graphql,
    "json": json_lines,
    "toml": login,
    "js": recipe,
    "ts": recipe,
    "jsonc": recipe,
    "python": python_code,
    "mermaid": diagram,
    "promql": promql,
    "text": no_command,
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_shows_exists(document: Path) -> None:
    reader = Reader(document.parent if document.is_relative_to(ROOT / "examples") else ROOT)
    for block in blocks(document):
        try:
            if block.language == "sh":
                reader.follow(block.text)
            elif block.language == "sql":
                # `test_googlesql` has Google's analyzer read each of these.
                assert document in DOCUMENTS_OF_SQL
            else:
                assert block.language in LANGUAGES, "no rule covers it"
                LANGUAGES[block.language](block.text)
        except BaseException as error:
            error.add_note(f"{document}, line {block.line}")
            raise


def test_every_fence_is_one_of_the_blocks() -> None:
    for document in DOCUMENTS:
        fences = re.findall(r"^ *```", document.read_text(), re.MULTILINE)
        assert len(fences) == 2 * len(blocks(document)), document


def test_every_target_of_make_that_a_document_names_exists() -> None:
    texts = [document.read_text() for document in DOCUMENTS]
    named = {target for text in texts for target in re.findall(r"`make ([a-z-]+)`", text)}
    assert len(named) > 5
    Reader(ROOT).make(sorted(named))


@pytest.mark.parametrize(
    "script",
    [
        "recollect export --onse",
        "recollect warehouse make",
        "recollect import nowhere.json",
        "make coffee",
        "export RECOLLECT_STOER=firestore",
        "RECOLLECT_PORT=high recollect serve",
        "curl http://127.0.0.1:8000/grapql",
        'curl http://127.0.0.1:8000/graphql -d \'{"query": "{ viewr { id } }"}\'',
        "cd deploy/terraform && terraform apply -target=google_secret.nothing",
        'gcloud run jobs execute recollect-dance --region "$REGION" --wait',
        "docker build --tag recollect docs",
        "kubectl apply",
    ],
)
def test_a_command_that_does_not_exist_is_found(script: str) -> None:
    with pytest.raises(
        (AssertionError, click.ClickException, SettingsError, pytest.fail.Exception)
    ):
        Reader(ROOT).follow(script)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("graphql", "{ viewer { nothing } }"),
        ("graphql", "{ viewer { id }"),
        ("json", '{"a": 1'),
        ("toml", '[auth]\nredirect = "https://chat.example"'),
        ("python", "from client.api.client import Nobody"),
        ("promql", "sum(rate(recollect_event_seconds_count[5m])"),
        ("text", "make run"),
    ],
)
def test_a_configuration_that_does_not_exist_is_found(language: str, text: str) -> None:
    with pytest.raises((AssertionError, ValueError, GraphQLError)):
        LANGUAGES[language](text)
