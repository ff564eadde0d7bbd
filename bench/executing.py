"""Executing a page of sessions, against stock Strawberry with its caches."""

from collections.abc import Sequence

import orjson
import strawberry
from graphql import parse
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from bench.harness import Figure, compare
from bench.history import chat
from bench.pairs import Pair
from bench.scale import Scale
from resolvers.configuration import Configuration
from resolvers.lifetimes import lifetimes
from resolvers.sessions.sessions import SessionState
from schema.execution import PreparedOperation
from schema.scalars import SCALARS
from schema.session import Session

SESSIONS = 50
DOCUMENT = (
    "{ sessions { id title status createdAt lastActive conversationCount tags pinned temporary } }"
)


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """Nine fields of 50 sessions that are in memory, up to the bytes of the answer."""
    configuration = Configuration()
    first = chat(0, 0)[0]
    limits = lifetimes(configuration, None, first.touched_at)
    states = [SessionState(chat(n, 0)[0], None, limits, configuration) for n in range(SESSIONS)]

    @strawberry.type
    class Query:
        @strawberry.field
        def sessions(self) -> list[Session]:
            return [Session(state=state) for state in states]

    stock = strawberry.Schema(
        Query,
        extensions=[lambda: ParserCache(), lambda: ValidationCache()],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    prepared = PreparedOperation(stock._schema, parse(DOCUMENT), None)

    async def planned() -> bytes:
        return orjson.dumps((await prepared.run({}, None)).data)

    async def by_strawberry() -> bytes:
        return orjson.dumps((await stock.execute(DOCUMENT)).data)

    if await planned() != await by_strawberry():
        raise RuntimeError("the two answers differ")
    return [
        await compare(
            f"executing a page of {SESSIONS} sessions",
            planned,
            "stock Strawberry, cached",
            by_strawberry,
            repetitions=5 * scale.repetitions,
        )
    ]
