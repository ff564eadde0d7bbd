"""Variables have the values and errors that graphql-core finds, also where it is not asked."""

import json
from datetime import UTC, datetime
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    is_input_type,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from schema import build_schema
from schema.validation.input_values import CHARACTERS, ENTRIES
from schema.validation.variables import Variables, variable_values

SCHEMA = build_schema()._schema
KINDS = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if is_input_type(kind) and not name.startswith("__")
}
LONG = "x" * (CHARACTERS + 1)
TIMES = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "String": st.text(max_size=3) | st.just(LONG),
    "ID": st.text(max_size=3) | st.integers(0, 9) | st.just(LONG),
    "Int": st.integers(-(2**33), 2**33),
    "Float": st.floats(allow_nan=False) | st.integers(0, 9),
    "Boolean": st.booleans(),
    "DateTime": TIMES | st.just(LONG),
    "Date": st.dates().map(str),
    "JSON": st.dictionaries(st.text(max_size=2), st.none() | st.text(max_size=2), max_size=2),
}
WRONG = st.sampled_from([None, "text", LONG, 1, 1.5, True, [], [1], {}, {"a": 1}])


@st.composite
def values(draw: st.DrawFn, kind: Any) -> Any:
    """Values of an input type, most of them valid, as JSON has them."""
    odd = draw(st.integers(0, 40))
    if odd == 0:
        return draw(WRONG)
    if isinstance(kind, GraphQLNonNull):
        return draw(values(kind.of_type))
    if odd < 4:
        return None
    if isinstance(kind, GraphQLList):
        if odd == 4:
            return draw(values(kind.of_type))
        return draw(st.lists(values(kind.of_type), max_size=2)) * draw(
            st.sampled_from([1, 1, 1, ENTRIES])
        )
    if isinstance(kind, GraphQLEnumType):
        return draw(st.sampled_from(sorted(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        made = {
            name: draw(values(field.type))
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) or draw(st.booleans())
        }
        return made if odd != 5 else {**made, "unknown": 1}
    return draw(LEAVES[kind.name])


@st.composite
def cases(draw: st.DrawFn) -> tuple[OperationDefinitionNode, dict[str, Any]]:
    """An operation with variables of several types, and values for most of them."""
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4))
    forms = ["{}", "{}!", "[{}]", "[{}!]!"]
    types = [draw(st.sampled_from(forms)).format(name) for name in names]
    declared = " ".join(f"$v{number}: {kind}" for number, kind in enumerate(types))
    [operation] = parse(f"query ({declared}) {{ viewer {{ id }} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    given: dict[str, Any] = {}
    for number, (name, kind) in enumerate(zip(names, types, strict=True)):
        if draw(st.integers(0, 9)):
            plain: Any = GraphQLList(KINDS[name]) if kind.startswith("[") else KINDS[name]
            given[f"v{number}"] = draw(values(plain))
    return operation, given


def told(found: dict[str, Any] | list[Any]) -> object:
    """The values, each with its type, or what the errors say."""
    if isinstance(found, dict):
        return json.dumps(found, sort_keys=True, default=repr)
    return [str(each) for each in found]


@given(cases())
def test_variables_are_coerced_as_graphql_core_does(
    case: tuple[OperationDefinitionNode, dict[str, Any]],
) -> None:
    operation, given_values = case
    expected = variable_values(SCHEMA, operation, given_values)
    variables = Variables(SCHEMA, operation)
    found = variables.coerced(given_values)
    if isinstance(expected, list):
        assert told(found) == told(expected)
    else:
        assert told(found) == told(expected.coerced)
        assert isinstance(found, dict)
        sources = variables.values(given_values, found).sources
        assert {name: each.value for name, each in sources.items()} == {
            name: each.value for name, each in expected.sources.items()
        }
