"""Documents are parsed and validated once, whether they can run or not."""

import pytest

from schema import build_schema
from schema.validation.document_limits import CHARACTERS


@pytest.mark.parametrize(
    ("document", "valid"),
    [("{ viewer { id } }", True), ("{ viewer { nothing } }", False), ("{ viewer {", False)],
)
def test_the_outcome_is_remembered(document: str, valid: bool) -> None:
    schema = build_schema()
    assert not schema.knows(document)
    assert schema.prepare(document) is valid
    assert schema.knows(document)
    assert bool(schema.faults(document)) is not valid


def test_a_document_that_is_too_long_is_refused_without_being_parsed() -> None:
    assert build_schema().knows("{" * (CHARACTERS + 1))


async def test_a_syntax_error_is_told_each_time() -> None:
    schema = build_schema()
    told = [(await schema.execute("{ viewer {")).errors for _ in range(2)]
    assert all(errors and "Syntax Error" in errors[0].message for errors in told)


def test_schemas_share_their_types_and_nothing_of_what_they_were_sent() -> None:
    closed, open_to_all = build_schema(), build_schema(explorable=True)
    assert closed._schema is open_to_all._schema
    document = "{ __schema { queryType { name } } }"
    assert not closed.prepare(document)
    assert not open_to_all.knows(document)
    assert open_to_all.prepare(document)
    assert closed.faults(document) != []
