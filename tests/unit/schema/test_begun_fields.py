"""A field that waits only for a read that is begun early is resolved after the others of its object, without
a task, and answers as by graphql-core."""

import asyncio
import gc
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import execute, parse
from strawberry import Info
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.begun_fields import BEGIN
from schema.execution import PlannedExecutor


@dataclass
class Request:
    """The context of a request, and what its resolvers did."""

    fails: frozenset[str] = frozenset()
    done: list[str] = field(default_factory=list)
    tasks: set[asyncio.Task[Any] | None] = field(default_factory=set)
    read: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self, name: str) -> str:
        """Note that a resolver runs; raises ValueError if it is to fail."""
        self.done.append(name)
        self.tasks.add(asyncio.current_task())
        if name in self.fails:
            raise ValueError(name)
        return name


def begin(request: Request) -> None:
    """Begin the read, unless it is begun already."""
    if "begin" not in request.done:
        request.done.append("begin")
        asyncio.get_running_loop().call_soon(request.read.set)


async def choice(info: Info[Request, Any]) -> str:
    """A field that waits for the read."""
    begin(info.context)
    await info.context.read.wait()
    return await info.context.step("choice")


async def source(info: Info[Request, Any]) -> str | None:
    """A field that waits for the read, and may be null."""
    begin(info.context)
    await info.context.read.wait()
    return await info.context.step("source")


@strawberry.type
class Query:
    choice: str = strawberry.field(resolver=choice, metadata={BEGIN: begin})
    source: str | None = strawberry.field(resolver=source, metadata={BEGIN: begin})

    @strawberry.field
    async def others(self, info: Info[Request, Any]) -> str:
        await asyncio.sleep(0)
        return await info.context.step("others")


SCHEMA = strawberry.Schema(Query)._schema
OPERATIONS = (
    "{choice source others}",
    "{choice others again: choice}",
    "{choice others more: others source}",
    "{source choice}",
    "{source}",
)
FAILURES: tuple[set[str], ...] = (set(), {"choice"}, {"source"}, {"others"})


async def answered(executor: Any, operation: str, request: Request) -> Any:
    """The data and the errors of the answer; the second, for which there are plans."""
    document = parse(operation)
    for context in (Request(), request):
        result: Any = execute(SCHEMA, document, context_value=context, executor_class=executor)
        result = await result
    return list((result.data or {}).items()), [(e.message, e.path) for e in result.errors or ()]


async def test_it_is_begun_before_the_others_and_resolved_after_them() -> None:
    request = Request()
    data, errors = await answered(PlannedExecutor, OPERATIONS[0], request)
    assert request.done == ["begin", "others", "choice", "source"]
    assert data == [("choice", "choice"), ("source", "source"), ("others", "others")]
    assert not errors
    assert request.tasks == {asyncio.current_task()}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fails", FAILURES, ids=str)
@pytest.mark.filterwarnings("error")
async def test_it_answers_as_by_graphql_core(operation: str, fails: set[str]) -> None:
    expected = await answered(
        StrawberryGraphQLCoreExecutionContext, operation, Request(frozenset(fails))
    )
    assert await answered(PlannedExecutor, operation, Request(frozenset(fails))) == expected
    gc.collect()
