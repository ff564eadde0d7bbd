"""Plans give the same answers as graphql-core: data, errors and the order of keys."""

import asyncio
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime
from inspect import isawaitable
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    execute,
    get_named_type,
    is_composite_type,
    is_required_argument,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter

from resolvers.configuration import Configuration
from resolvers.digests import Digests
from resolvers.lifetimes import lifetimes
from resolvers.pagination import Cursors, Page
from resolvers.sessions.sessions import SessionState
from schema import build_schema
from schema.execution import PlannedExecutor, PreparedOperation
from schema.execution.operations import CONDITIONS
from schema.read_fields import PATH
from schema.scalars import Moment
from tests.contract.records import session, turn

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
SCHEMA = build_schema()._schema
ROOTS = ("Query", "Mutation", "Subscription")
TYPES = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and name not in ROOTS
}
NODE: Any = SCHEMA.type_map["Node"]
"""The interface `Node`; its values here are sessions."""
STATE = SessionState(session(), None, lifetimes(Configuration(), None, 1), Configuration())
VARIABLES = [{"yes": True, "no": False}, {"yes": False, "no": True}, {"yes": True, "no": True}]


def _root() -> GraphQLObjectType:
    def field(name: str, kind: Any) -> GraphQLField:
        return GraphQLField(kind, resolve=lambda _, info: info.context[name])

    kinds = {**TYPES, "Node": NODE}
    lists = {f"{name}List": GraphQLList(GraphQLNonNull(kind)) for name, kind in kinds.items()}
    return GraphQLObjectType("Root", {n: field(n, k) for n, k in {**kinds, **lists}.items()})


EVERY = GraphQLSchema(
    query=_root(),
    types=[*TYPES.values()],
    extensions={BACKREF: SCHEMA.extensions[BACKREF]},
)
EVERY._strawberry_schema = SCHEMA._strawberry_schema  # type: ignore[attr-defined]


class Later:
    """An awaitable value that can be awaited any number of times."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[None, None, Any]:
        yield
        return self.value


LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "String": st.text(max_size=3),
    "ID": st.text(max_size=3),
    "Int": st.integers(-(2**33), 2**33) | st.integers(0, 9),
    "Float": st.floats() | st.integers(0, 3),
    "Boolean": st.booleans(),
    "DateTime": st.integers(0, 2**52) | st.integers(0, 2**52).map(Moment),
    "Date": st.dates(),
    "JSON": st.dictionaries(
        st.text(max_size=2), st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=2
    ),
}
WRONG = st.sampled_from(
    [
        *(None, "text", 1, 1.5, True, [], {}, (), b"x", object()),
        *(ValueError("wrong"), datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)),
    ]
)


@st.composite
def values(draw: st.DrawFn, kind: Any, depth: int) -> Any:
    """Values of a type, most of them valid."""
    odd = draw(st.integers(0, 60))
    if odd == 0:
        return draw(WRONG)
    if odd == 1:
        return Later(draw(values(kind, depth)))
    if isinstance(kind, GraphQLNonNull):
        return draw(values(kind.of_type, depth))
    if draw(st.integers(0, 9)) == 0:
        return None
    if isinstance(kind, GraphQLList):
        items = draw(st.lists(values(kind.of_type, depth), max_size=2 if depth else 0))
        return tuple(items) if odd == 2 else items
    if isinstance(kind, GraphQLEnumType):
        members: list[Any] = [*kind.wrapped_cls]  # type: ignore[attr-defined]
        return draw(st.sampled_from([*members, *[each.value for each in members]]))
    if is_composite_type(kind):
        return draw(objects(kind, depth))
    return draw(LEAVES[kind.name])


def _wrapped() -> Any:
    """The records that objects of the schema wrap; their attributes are replaced later."""
    state = SimpleNamespace(session=SimpleNamespace(**vars(session())), title=None, closed=False)
    state.profile, state.configuration, state.expires_at = None, Configuration(), None
    wrapped = SimpleNamespace(**vars(turn(answered=True)), branch=0)
    groups = {wrapped.conversation_id: [wrapped.conversation_id, "a-turn"]}
    return SimpleNamespace(
        turn=wrapped, now=1, groups=groups, state=state, prefetched={}, recorded={"title": "A"}
    )


@st.composite
def objects(draw: st.DrawFn, kind: Any, depth: int) -> Any:
    """An object of a type, some of whose attributes may be missing."""
    if isinstance(kind, GraphQLInterfaceType):
        kind = TYPES["Session"]
    cls = kind.extensions[BACKREF].origin
    made, wrapped = object.__new__(cls), _wrapped()
    for field in kind.fields.values():
        definition = field.extensions[BACKREF]
        path = definition.metadata.get(PATH)
        if (path or definition.base_resolver is None) and draw(st.integers(0, 60)):
            *outer, name = (path or definition.python_name).split(".")
            read = attrgetter(".".join(outer))(wrapped) if outer else made
            setattr(read, name, draw(values(field.type, depth - 1)))
    nodes = getattr(made, "nodes", None)
    cursors = Cursors(Digests(b"key"), "list")
    for name, value in vars(wrapped).items():
        if not hasattr(made, name):
            setattr(made, name, value)
    made.page = Page(nodes, lambda _: (0, "id"), cursors, False, False, None, None)  # type: ignore[arg-type]
    return made


@st.composite
def selections(draw: st.DrawFn, kind: Any, depth: int, fragments: list[str]) -> str:
    """A selection set for a type, in all the forms that a document may have."""
    fields = {
        name: field
        for name, field in getattr(kind, "fields", {}).items()
        if not any(is_required_argument(each) for each in field.args.values())
        and (depth > 0 or not is_composite_type(get_named_type(field.type)))
    }
    parts = ["__typename"] if draw(st.booleans()) or not fields else []
    for _ in range(draw(st.integers(1, 6))):
        form = draw(st.integers(0, 9))
        directive = draw(
            st.sampled_from(
                [
                    *5 * [""],
                    "@include(if: $yes)",
                    "@skip(if: $no)",
                    "@include(if: true)",
                    "@skip(if: true)",
                ]
            )
        )
        if form == 0 and depth > 0:
            kinds = (
                [kind, NODE] if isinstance(kind, GraphQLObjectType) and kind.interfaces else [kind]
            )
            on = draw(st.sampled_from([*kinds, TYPES["Session"]] if kind is NODE else kinds))
            inner = draw(selections(on, depth - 1, fragments))
            parts.append(f"... on {on.name} {directive} {inner}")
        elif form == 1 and depth > 0:
            name = f"F{len(fragments)}"
            fragments.append(name)
            inner = draw(selections(kind, depth - 1, fragments))
            fragments.append(f"fragment {name} on {kind.name} {inner}")
            parts.append(f"...{name} {directive}")
        elif fields:
            name, field = draw(st.sampled_from(sorted(fields.items())))
            named = get_named_type(field.type)
            inner = (
                draw(selections(named, depth - 1, fragments)) if is_composite_type(named) else ""
            )
            alias = f"{draw(st.sampled_from('abc'))}_{name}: " if draw(st.booleans()) else ""
            parts.append(f"{alias}{name} {directive} {inner}")
    return f"{{ {' '.join(parts)} }}"


@st.composite
def cases(draw: st.DrawFn) -> tuple[DocumentNode, dict[str, Any]]:
    """An operation on a type, alone and in a list, and values for it."""
    name = draw(st.sampled_from(["Node", *TYPES]))
    kind = {**TYPES, "Node": NODE}[name]
    fragments: list[str] = []
    one, many = (draw(selections(kind, 3, fragments)) for _ in range(2))
    defined = [text for text in fragments if " " in text]
    document = f"query ($yes: Boolean!, $no: Boolean!) {{ {name} {one} {name}List {many} }}"
    found = {name: draw(values(kind, 3)), f"{name}List": draw(values(GraphQLList(kind), 3))}
    return parse(" ".join([document, *defined])), found


def run(executor: Any, document: DocumentNode, context: Any, variables: Any) -> tuple[bytes, Any]:
    """The data as it is sent, with its order of keys, and the errors."""

    return answer(
        lambda: execute(
            EVERY,
            document,
            context_value=context,
            variable_values=variables,
            executor_class=executor,
        )
    )


def run_prepared(prepared: PreparedOperation, context: Any, variables: Any) -> tuple[bytes, Any]:
    """The same by a prepared operation, whatever it costs."""

    async def executed() -> ExecutionResult:
        return ExecutionResult(*await prepared._executed(variables, variables, context))

    return answer(executed)


def answer(start: Callable[[], Any]) -> tuple[bytes, Any]:
    """The data and the errors of what is started in an event loop."""

    async def finished() -> Any:
        result = start()
        done = await result if isawaitable(result) else result
        # graphql-core leaves tasks behind that an error made superfluous.
        while rest := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(rest)
        return done

    result = asyncio.run(finished())
    errors = [(e.message, e.path, e.locations) for e in result.errors or ()]
    return orjson.dumps(result.data, default=repr, option=orjson.OPT_NON_STR_KEYS), errors


@settings(max_examples=60)
@given(cases())
def test_plans_answer_as_graphql_core_does(case: tuple[DocumentNode, dict[str, Any]]) -> None:
    document, context = case
    prepared = PreparedOperation(EVERY, document, None)
    for variables in 3 * VARIABLES:
        expected = run(StrawberryGraphQLCoreExecutionContext, document, context, variables)
        assert run(PlannedExecutor, document, context, variables) == expected
        assert run_prepared(prepared, context, variables) == expected


def test_a_page_of_turns_is_answered_by_a_plan_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would compare graphql-core with itself."""
    document = parse("{ SessionCountsList { active archived trash } }")
    counts = TYPES["SessionCounts"].extensions[BACKREF].origin
    context = {"SessionCountsList": [counts(active=1, archived=2, trash=3)]}
    left: list[object] = []

    def completed(executor: object, kind: object, value: object) -> object:
        left.append(value)
        return value

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, "complete_leaf_value", completed)
    run(PlannedExecutor, document, context, {})
    left.clear()
    data, errors = run(PlannedExecutor, document, context, {})
    assert orjson.loads(data) == {"SessionCountsList": [{"active": 1, "archived": 2, "trash": 3}]}
    assert not errors
    assert not left
    run(StrawberryGraphQLCoreExecutionContext, document, context, {})
    assert left == [1, 2, 3]


async def test_only_some_combinations_of_conditions_are_remembered() -> None:
    """Or a document with many variables for @include would fill the memory of the process."""
    names = [f"c{number}" for number in range(8)]
    document = parse(
        f"query ({' '.join(f'${name}: Boolean!' for name in names)}) {{ SessionCounts {{ active "
        f"{' '.join(f'{name}: trash @include(if: ${name})' for name in names)} }} }}"
    )
    counts = TYPES["SessionCounts"].extensions[BACKREF].origin(active=1, archived=2, trash=3)
    for combination in range(2 * CONDITIONS):
        chosen = {name: bool(combination >> place & 1) for place, name in enumerate(names)}
        for _ in range(2):
            result: Any = execute(
                EVERY,
                document,
                context_value={"SessionCounts": counts},
                variable_values=chosen,
                executor_class=PlannedExecutor,
            )
            selected = [name for name in names if chosen[name]]
            result = await result if isawaitable(result) else result
            assert [*result.data["SessionCounts"]] == ["active", *selected]
    [of_document] = [
        known
        for known in EVERY.extensions["operations"].values()
        if known.operation is document.definitions[0]
    ]
    assert len(of_document) == CONDITIONS
