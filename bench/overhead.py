"""What GraphQL costs: a page of turns through the API, against plain JSON routes."""

import asyncio
from collections.abc import Sequence

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.documents import TURNS
from bench.harness import Figure, compare
from bench.history import chat, conversations, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from schema.ids import global_id
from stores.keys import profile_key, session_key
from stores.ports import Window
from stores.records import Conversation

USER = "overhead@example.com"
COUNT = 50


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """Every field of 50 turns: from the store, and as JSON of records that are in memory."""
    uid, store = await pair.uid(USER), pair.services.store
    session, turns = chat(0, COUNT)
    await write(store, summaries(uid, [session]), conversations(uid, turns))

    async def from_store(request: Request) -> Response:
        keys = [profile_key(uid), session_key(uid, session.session_id)]
        part = Window(COUNT + 1, from_end=True)
        _, found = await asyncio.gather(
            store.get(keys), store.list_conversations(uid, session.session_id, part)
        )
        return _json(found)

    async def from_memory(request: Request) -> Response:
        return _json(turns)

    app = Starlette(routes=[Route("/store", from_store), Route("/memory", from_memory)])
    plain = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")

    async def through_graphql() -> None:
        given = {"id": global_id("Session", session.session_id), "turns": COUNT}
        found = await pair.ask(TURNS, USER, **given)
        if len(found["viewer"]["session"]["conversations"]["nodes"]) != COUNT:
            raise RuntimeError("GraphQL does not answer all turns")

    async def fetch(path: str) -> None:
        if len((await plain.get(path)).json()) != COUNT:
            raise RuntimeError("the plain route does not answer all turns")

    name = f"{COUNT} turns through GraphQL"
    async with plain:
        return [
            await compare(
                name,
                through_graphql,
                against,
                lambda path=path: fetch(path),  # type: ignore[misc]
                repetitions=scale.repetitions,
            )
            for path, against in (
                ("/store", "plain JSON, same reads"),
                ("/memory", "plain JSON, no reads"),
            )
        ]


def _json(turns: Sequence[Conversation]) -> Response:
    body = orjson.dumps([turn.model_dump() for turn in turns])
    return Response(body, media_type="application/json")
