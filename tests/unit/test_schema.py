"""The schema as it is published."""

from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_specified_scalar_type,
)

from schema import build_schema

COMMITTED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_committed_sdl_is_the_schema() -> None:
    assert COMMITTED.read_text() == build_schema().as_str() + "\n", "run `make schema`"


def test_everything_is_described() -> None:
    bare = []
    for name, kind in build_schema()._schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            bare.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                bare += [] if field.description else [f"{name}.{field_name}"]
                bare += [
                    f"{name}.{field_name}({argument})"
                    for argument, given in field.args.items()
                    if not given.description and argument != "input"
                ]
        if isinstance(kind, GraphQLInputObjectType):
            bare += [f"{name}.{f}" for f, given in kind.fields.items() if not given.description]
        if isinstance(kind, GraphQLEnumType):
            assert kind.values
    assert bare == []


def test_every_mutation_takes_one_input_at_most_and_returns_user_errors() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) in ([], ["input"]), name
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!", name
        objects = [str(found.type) for found in payload.fields.values()]
        assert all(kind.startswith("[") or not kind.endswith("!") for kind in objects), name
