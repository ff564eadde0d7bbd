import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse
from graphql.execution.values import VariableValues

from schema import build_schema
from schema.validation.cost import CostEstimator
from schema.validation.field_weights import (
    FIELD,
    LIMIT,
    LIST,
    READ,
    RECORDS,
    SHARED,
    TURN,
    WAREHOUSE,
    WEIGHTS,
    WRITE,
)

SCHEMA = build_schema()._schema


def cost(document: str, **given: object) -> int:
    parsed = parse(document)
    operation = parsed.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    variables = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
    assert isinstance(variables, VariableValues)
    return CostEstimator(SCHEMA, parsed, variables).operation(operation)


def test_a_plain_field_costs_one_and_a_read_is_dearer() -> None:
    assert cost("{ viewer { id email } }") == 3 * FIELD
    assert cost("{ viewer { preferences { languagePreference } } }") == FIELD + READ + FIELD
    assert cost("{ __typename }") == FIELD


@pytest.mark.parametrize(
    ("arguments", "size"),
    [("", 20), ("(first: 7)", 7), ("(last: 0)", 0), ("(first: $n)", 3), ("(first: 9999)", 100)],
)
def test_a_page_multiplies_what_is_asked_of_its_records(arguments: str, size: int) -> None:
    found = cost(
        f"query ($n: Int = 3) {{ viewer {{ sessions{arguments} {{ nodes {{ id title }} }} }} }}"
    )
    assert found == FIELD + READ + FIELD + size * 2 * FIELD


def test_a_variable_decides_like_a_literal() -> None:
    document = "query ($n: Int) { viewer { sessions(first: $n) { edges { node { id } } } } }"
    assert cost(document, n=50) == FIELD + READ + FIELD + 50 * 2 * FIELD
    assert cost(document, n=None) == cost(document) == FIELD + READ + FIELD + 20 * 2 * FIELD


def test_turns_in_a_list_of_sessions_cost_one_read_for_each_and_their_number() -> None:
    page = "sessions(first: 50) {{ nodes {{ conversations(last: {}) {{ nodes {{ query }} }} }} }}"
    assert cost(f"{{ viewer {{ {page.format(3)} }} }}") == 102 + 50 * (READ + 1 + 3 + 3 * TURN)
    assert cost(f"{{ viewer {{ {page.format(16)} }} }}") < LIMIT
    assert cost(f"{{ viewer {{ {page.format(100)} }} }}") > 4 * LIMIT


@pytest.mark.parametrize(
    ("arguments", "turns"),
    [("", 20), ("(first: 7)", 7), ("(last: $n)", 3), ("(last: 0)", 0), ("(first: 9999)", 100)],
)
def test_a_page_of_turns_costs_its_size(arguments: str, turns: int) -> None:
    page = f"conversations{arguments} {{ totalCount }}"
    found = cost(f'query ($n: Int = 3) {{ viewer {{ session(id: "x") {{ {page} }} }} }}')
    assert found == FIELD + READ + READ + turns * TURN + FIELD


def test_a_search_asks_the_warehouse_and_a_mutation_writes() -> None:
    hits = '{ viewer { searchConversations(query: "x", first: 2) { nodes { snippet { text } } } } }'
    assert cost(hits) == FIELD + WAREHOUSE + FIELD + 2 * (FIELD + LIST)
    assert cost("mutation { createSession(input: {}) { session { id } } }") == WRITE + 2 * FIELD


def test_hits_cost_the_same_in_the_groups_of_a_page() -> None:
    hits = '{ viewer { searchConversations(query: "x", first: 3) { groups { hits { id } } } } }'
    assert cost(hits) == FIELD + WAREHOUSE + FIELD + 3 * (FIELD + FIELD)


def test_a_mutation_of_many_records_costs_as_many_writes() -> None:
    document = (
        "mutation ($ids: [ID!]!) { deleteSessions(input: {sessionIds: $ids}) "
        "{ results { session { conversations { totalCount } } } } }"
    )
    for number in (1, 30):
        below = max(LIST, number) * (FIELD + READ + 20 * TURN + FIELD)
        assert cost(document, ids=["x"] * number) == number * WRITE + FIELD + below


def test_nodes_cost_a_read_for_each_id() -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Session { preferences { id } } } }"
    for number in (1, 30):
        assert cost(document, ids=["x"] * number) == number * (READ + 2 * FIELD)


def test_what_the_caller_keeps_costs_nothing_whatever_its_keys_are_called() -> None:
    document = (
        'mutation ($kept: JSON) { recordConversation(input: {query: "x", metadata: $kept}) '
        "{ conversation { id } } }"
    )
    plain = WRITE + 2 * FIELD
    assert cost(document, kept={"passageIds": ["a"] * 500}) == plain
    nested: dict[str, object] = {}
    for _ in range(5000):
        nested = {"a": nested}
    assert cost(document, kept=nested) == plain


def test_what_is_skipped_costs_nothing() -> None:
    document = (
        "query ($yes: Boolean!) { viewer { id @skip(if: $yes) "
        "...T @include(if: $yes) ... @skip(if: $yes) { preferences { languagePreference } } } } "
        "fragment T on Viewer { email }"
    )
    assert cost(document, yes=True) == 2 * FIELD
    assert cost(document, yes=False) == 2 * FIELD + READ + FIELD


def test_all_types_of_a_node_are_counted() -> None:
    one = cost('{ node(id: "x") { ... on Session { id title } } }')
    both = cost('{ node(id: "x") { ... on Session { id title } ... on Conversation { query } } }')
    assert both == one + FIELD


def test_nested_fragments_are_added_up_once_each() -> None:
    spread = "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))
    found = cost(f"{{ viewer {{ ...F0 }} }} {spread} fragment F60 on Viewer {{ id email }}")
    assert found == FIELD + 2**61


def test_weights_name_fields_of_the_schema() -> None:
    later = {"Viewer.insights", "Query.insights"}
    for name in (WEIGHTS.keys() | RECORDS.keys() | SHARED) - later:
        kind, field = name.split(".")
        assert field in SCHEMA.get_type(kind).fields  # type: ignore[union-attr]
