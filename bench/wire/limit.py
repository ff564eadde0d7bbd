"""The limit for any API on this store: bare routes that read or commit and write JSON."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import orjson
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bench.history import renewed
from stores.keys import Key, profile_key, session_key
from stores.ports import Create, Store, Window, Write
from stores.records import Record

Recorded: TypeAlias = tuple[Sequence[Key[Record]], Sequence[Write]]
"""The keys that recording a turn reads, and what it writes."""
SESSIONS = 20
TURNS = 50


def limit(store: Store, recorded: Mapping[str, Recorded]) -> ASGIApp:
    """Routes that send the API's requests to the store, for the user in the path."""

    async def sessions(request: Request) -> Response:
        uid = request.path_params["uid"]
        _, found = await asyncio.gather(
            store.get([profile_key(uid)]), store.list_session_rows(uid, Window(SESSIONS + 1))
        )
        return _json(found)

    async def turns(request: Request) -> Response:
        uid, session_id = request.path_params["uid"], request.path_params["session"]
        part = Window(TURNS + 1, from_end=True)
        _, found = await asyncio.gather(
            store.get([profile_key(uid), session_key(uid, session_id)]),
            store.list_conversations(uid, session_id, part),
        )
        return _json(found)

    async def record(request: Request) -> Response:
        orjson.loads(await request.body())
        keys, seen = recorded[request.path_params["uid"]]
        writes = [renewed(each) if isinstance(each, Create) else each for each in seen]
        created = {old.key: new.key for old, new in zip(seen, writes, strict=True)}
        await store.get([created.get(key, key) for key in keys])
        await store.commit(writes)
        return _json([each.record for each in writes if isinstance(each, Create)])

    return Starlette(
        routes=[
            Route("/limit/sessions/{uid}", sessions),
            Route("/limit/turns/{uid}/{session}", turns),
            Route("/limit/record/{uid}", record, methods=["POST"]),
        ]
    )


def _json(records: Sequence[Record]) -> Response:
    body = orjson.dumps([record.__dict__ for record in records], default=_fields)
    return Response(body, media_type="application/json")


def _fields(part: object) -> object:
    return part.__dict__ if isinstance(part, BaseModel) else str(part)
