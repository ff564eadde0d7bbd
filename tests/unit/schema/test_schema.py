"""The schema as it is published."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_specified_scalar_type,
)

from schema import build_schema
from scripts.check_schema import goes_after

COMMITTED = Path(__file__).parents[3] / "schema" / "schema.graphql"


def test_the_committed_sdl_is_the_schema() -> None:
    assert COMMITTED.read_text() == build_schema().as_str() + "\n", "run `make schema`"


def elements(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every type, field, argument, input field and enum value of ours, by its path."""
    for name, kind in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        yield name, kind
        parts = kind.values if isinstance(kind, GraphQLEnumType) else getattr(kind, "fields", {})
        for part_name, part in parts.items():
            yield f"{name}.{part_name}", part
            for argument, given in getattr(part, "args", {}).items():
                yield f"{name}.{part_name}({argument})", given


def test_everything_is_described() -> None:
    found = dict(elements(build_schema()._schema))

    assert {"Theme.DARK", "Mutation.pinSession(input)", "UserError.code"} <= found.keys()
    assert [path for path, element in found.items() if not element.description] == []


def test_what_is_deprecated_says_what_to_use_and_until_when_it_stays() -> None:
    for path, element in elements(build_schema()._schema):
        reason = getattr(element, "deprecation_reason", None)
        assert reason is None or goes_after(reason), f"{path}: see docs/schema.md"


def test_every_mutation_takes_one_input_at_most_and_returns_user_errors() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) in ([], ["input"]), name
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!", name
        assert str(payload.fields["viewer"].type) == "Viewer!", name
        objects = [str(found.type) for key, found in payload.fields.items() if key != "viewer"]
        assert all(kind.startswith("[") or not kind.endswith("!") for kind in objects), name
