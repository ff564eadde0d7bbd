"""Exports as JSON and NDJSON lose nothing, and conform to the published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings

from resolvers.transfer.archive import Archive, ArchiveEntry
from resolvers.transfer.archive_schema import archive_schema
from resolvers.transfer.exporting.formats import ExportFormat
from tests.unit.transfer.archives import HEADER, documents, session, turn, written

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = DOCS / "archive.schema.json"
CURRENT = json.loads(archive_schema())
unhurried = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(unhurried, max_examples=25)


def validator(schema: Any) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def test_the_committed_schema_is_current() -> None:
    assert SCHEMA.read_text() == archive_schema() + "\n", "run `make schema`"


@few
@given(documents)
def test_json_gives_back_every_entry_and_is_as_the_schema_says(entries: list[ArchiveEntry]) -> None:
    text = written(ExportFormat.JSON, entries)
    validator(CURRENT).validate(json.loads(text))
    archive = Archive.model_validate_json(text)
    flat: list[ArchiveEntry] = [archive, *([archive.account] if archive.account else [])]
    for chat in archive.sessions:
        flat += [chat, *chat.turns]
    kinds = [type(entry) for entry in entries]
    again = [
        kind.model_validate(f.model_dump(include=set(kind.model_fields)))
        for kind, f in zip(kinds, flat, strict=True)
    ]
    assert again == entries


@few
@given(documents)
def test_a_line_of_ndjson_gives_back_its_entry_and_is_as_the_schema_says(
    entries: list[ArchiveEntry],
) -> None:
    lines = written(ExportFormat.NDJSON, entries).encode().removesuffix(b"\n").split(b"\n")
    check = validator({**CURRENT, "$ref": "#/$defs/Line"})
    for line, entry in zip(lines, entries, strict=True):
        check.validate(json.loads(line))
        assert type(entry).model_validate_json(line) == entry


def test_the_schema_refuses_what_is_no_archive() -> None:
    check = validator(CURRENT)
    good = json.loads(written(ExportFormat.JSON, [HEADER, session(), turn()]))
    assert check.is_valid(good)
    assert not check.is_valid({**good, "format": "other"})
    assert not check.is_valid({key: good[key] for key in good if key != "version"})
    good["sessions"][0]["turns"][0]["feedback"] = {"score": 5}
    assert not check.is_valid(good)
