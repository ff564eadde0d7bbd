"""A resolver called by a step gets the arguments that Strawberry would pass, never another request's."""

from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import execute, parse
from strawberry import Info, Maybe
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution import PlannedExecutor
from schema.execution.steps import ResolverStep


@strawberry.enum
class Side(Enum):
    LEFT = "left"
    RIGHT = "right"


@strawberry.input
class Place:
    name: str
    side: Side = Side.LEFT
    steps: list[int] = strawberry.field(default_factory=list)


@strawberry.input
class Filter:
    """An input with every kind of field that inputs can have."""

    text: str | None
    ids: list[strawberry.ID] | None = None
    sides: list[Side] = strawberry.field(default_factory=lambda: [Side.RIGHT])
    places: list[Place | None] | None = None
    place: Maybe[Place | None]
    count: Maybe[int]
    neither: "Filter | None" = None


@strawberry.type
class Told:
    source: strawberry.Private[str]

    @strawberry.field
    async def again(self, info: Info[Any, Any], word: str = "again") -> str:
        return f"{self.source}, {word}, {info.field_name}, {info.context}"


@strawberry.type
class Query:
    @strawberry.field
    async def where(self, place: Place | None = None, first: int | None = 3) -> Told:
        return Told(source=f"{place} {first}")

    @strawberry.field
    def who(self, parent: strawberry.Parent[Any], names: list[str]) -> list[str]:
        return [*names, str(parent)]

    @strawberry.field
    def found(self, by: Filter | None = None, words: list[str] = ["default"]) -> list[str]:  # noqa: B006
        words.append("never in another request")
        return [repr(by), *words]

    @strawberry.field
    def refused(self, count: int) -> int | None:
        raise ValueError(f"not {count}")


SCHEMA = strawberry.Schema(Query)._schema
DOCUMENT = parse(
    """query ($name: String!, $side: Side = RIGHT, $place: Place, $first: Int, $word: String, $n: Int! = 1,
        $by: Filter) {
        a: where(place: {name: $name, side: $side, steps: [1, $n]}, first: $first) { again(word: $word) }
        b: where(place: $place) { again }
        c: where { again(word: "said") }
        who(names: [$name, "other"])
        found(by: $by)
        given: found(by: {text: $name, count: $n, neither: {places: [null, {name: "inner"}]}}, words: [$name])
        refused(count: $n)
    }"""
)
REQUESTS: list[dict[str, Any]] = [
    {"name": "one"},
    {"name": "two", "side": "LEFT", "first": None, "word": "word", "n": 7},
    {"name": "three", "place": {"name": "inner", "steps": [4]}, "first": 9},
    {"name": "four", "place": {"name": "other", "side": "RIGHT"}, "word": ""},
    {"name": "five", "by": {"ids": ["a", "b"], "sides": ["LEFT"], "place": None}},
    {
        "name": "six",
        "by": {"neither": {"neither": {"text": "deep"}}, "place": {"name": "given"}, "count": 0},
    },
]


async def run(executor: Any, variables: dict[str, Any]) -> Any:
    """The data and the errors of the answer."""
    result: Any = execute(
        SCHEMA,
        DOCUMENT,
        root_value="root",
        context_value=variables["name"],
        variable_values=variables,
        executor_class=executor,
    )
    result = await result
    return result.data, [(error.message, error.path) for error in result.errors or ()]


async def test_each_request_gets_its_own_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[ResolverStep] = []
    resolve = ResolverStep.resolve

    def noted(step: ResolverStep, *args: Any) -> Any:
        called.append(step)
        return resolve(step, *args)

    monkeypatch.setattr(ResolverStep, "resolve", noted)
    await run(PlannedExecutor, REQUESTS[0])
    assert not called
    for request in [*REQUESTS, *REQUESTS]:
        expected = await run(StrawberryGraphQLCoreExecutionContext, request)
        assert expected[0]["a"]["again"].startswith(f"Place(name='{request['name']}'")
        assert await run(PlannedExecutor, request) == expected
    # All ten fields of each request: three, one below each of these, and four more.
    assert len(called) == 10 * len([*REQUESTS, *REQUESTS])
