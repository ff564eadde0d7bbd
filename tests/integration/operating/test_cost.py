"""The operations that docs/cost.md multiplies by prices are those that the emulators receive."""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bench.cost import ACTIONS, Action
from bench.history import chat, conversations, marks, prose, summaries, write
from resolvers.context import Viewer
from resolvers.retention.sweep import sweep
from tests.emulators.bigquery import BigQueryDataset
from tests.firestore_billing import Billed, firestore_billing
from tests.integration.conftest import ANNA, google_settings
from tests.integration.live.live_server import DEV_USER, SESSION_CHANGES, Served, served

ANSWER = prose(1, 280)
SESSIONS, TURNS = 25, 50
LIST = """{ viewer { preferences { responseStyle } sessions(first: 20) {
  nodes { id title status createdAt lastActive conversationCount pinned tags }
  pageInfo { hasNextPage endCursor } } } }"""
OPEN = """query ($id: ID!) { viewer { session(id: $id) { title conversations(last: 50) {
  nodes { id query response timestamp feedback { score } } pageInfo { hasPreviousPage startCursor } } } } }"""
SEARCH = """{ viewer { searchConversations(query: "tide", first: 20) { nodes {
  session { id title } conversation { id timestamp } snippet { text highlighted } } } } }"""


@dataclass
class Counted:
    """An API whose costs are counted."""

    api: Served
    billed: Billed

    async def settled(self, **given: Any) -> str:
        """Record a turn with its answer, as a front end does; returns the session's id."""
        recorded = await self.asked(**given)
        await self.answered(recorded["conversation"]["id"])
        session: str = recorded["session"]["id"]
        return session

    async def asked(self, **given: Any) -> Any:
        """Record a turn without its answer."""
        query = "How does the tide at this coast work, and why is it twice a day?"
        return await self.api.record(query, **given)

    async def answered(self, turn: str) -> None:
        """Complete a turn with its answer."""
        done = await self.api.mutate(
            "completeConversation",
            "conversation { id response }",
            conversationId=turn,
            response=ANSWER,
        )
        assert done["userErrors"] == []


@pytest.fixture
async def counted(
    firestore_project: str, bigquery_dataset: BigQueryDataset, tmp_path: Path
) -> AsyncIterator[Counted]:
    settings = google_settings(firestore_project, bigquery_dataset, tmp_path)
    with firestore_billing() as billed:
        async with served(settings) as api:
            await api.services.warehouse.init()
            yield Counted(api, billed)


async def test_the_operations_of_each_action_are_those_of_the_document(counted: Counted) -> None:
    api, billed = counted.api, counted.billed
    warehouse, exporter = api.services.warehouse, api.services.exporter
    sent: list[int] = []
    api.http.event_hooks = {"response": [_read_into(sent)]}
    found: dict[str, Action] = {}

    class Counting:
        def __init__(self, name: str) -> None:
            self.name = name

        async def __aenter__(self) -> None:
            self.before, self.answers = billed.copy(), len(sent)

        async def __aexit__(self, *_: object) -> None:
            spent = billed - self.before
            found[self.name] = Action(
                ACTIONS[self.name].does,
                reads=spent.reads,
                writes=spent.writes,
                deletes=spent.deletes,
                answer_kib=math.ceil(sum(sent[self.answers :]) / 1024),
                calls=len(sent) - self.answers,
            )

    session = await _written(api)
    await exporter.drain()

    async with Counting("record"):
        await counted.settled(sessionId=session, clientId="counted")
    with patch.object(warehouse, "append", wraps=warehouse.append) as append:
        async with Counting("mirror"):
            await exporter.drain()
    rows = sum(len(call.args[0]) for call in append.await_args_list)
    found["mirror"] = replace(found["mirror"], rows=rows, calls=0)

    turn = (await api.record("Growing?", sessionId=session))["conversation"]["id"]
    async with Counting("grow"):
        await api.mutate("extendConversation", "", conversationId=turn, offset=0, text="So ")
    await api.mutate("completeConversation", "", conversationId=turn, response="So it is.")
    async with Counting("list"):
        await api.call(LIST)
    async with Counting("open"):
        await api.call(OPEN, id=session)
    with patch.object(warehouse, "query", wraps=warehouse.query) as query:
        async with Counting("search"):
            hits = await api.call(SEARCH)
    assert len(hits["viewer"]["searchConversations"]["nodes"]) == 20
    found["search"] = replace(found["search"], queries=query.await_count)

    async with Counting("export"):
        made = await api.mutate(
            "exportSessions",
            "download { url }",
            format="MARKDOWN",
            sessions={"sessionIds": [session]},
        )
        assert made["userErrors"] == []
        await api.http.get(made["download"]["url"])

    async def sweep_all() -> None:
        await sweep(api.services.store, lambda uid: api.services.context(Viewer(uid, None)))

    # The first sweep updates counts, which the written history lacks.
    await sweep_all()
    async with Counting("sweep"):
        await sweep_all()
    found["sweep"] = replace(found["sweep"], calls=0)

    # All reads that a commit causes finish before the next commit, because a server may see two simultaneous
    # commits in one read. A stream that is still starting receives the first turn.
    async with api.socket() as socket:
        await socket.begin(SESSION_CHANGES)

        async def hear(client_id: str) -> None:
            asked = await counted.asked(sessionId=session, clientId=client_id)
            await socket.change()
            await billed.rest()
            await counted.answered(asked["conversation"]["id"])
            await socket.change()
            await billed.rest()

        await hear("beginning")
        async with Counting("live"):
            await hear("heard")
    alone = found["record"].reads
    live = found["live"]
    found["live"] = replace(live, reads=live.reads - alone, writes=0, calls=0, answer_kib=1)

    for name, counts in found.items():
        assert abs(counts.answer_kib - ACTIONS[name].answer_kib) <= 1
        assert replace(counts, answer_kib=ACTIONS[name].answer_kib) == ACTIONS[name]
    assert found.keys() == ACTIONS.keys()


async def _written(api: Served) -> str:
    """Write a user's history of turns of 2 KB; returns the id of a session with a page of turns."""
    uid = (await api.services.authenticator.authenticate({DEV_USER.lower(): ANNA})).uid
    chats = [chat(0, TURNS, found_by="tide")]
    chats += [chat(number, 1, found_by="tide") for number in range(1, SESSIONS)]
    long = [
        (session, [turn.model_copy(update={"response": ANSWER}) for turn in turns])
        for session, turns in chats
    ]
    await write(
        api.services.store,
        summaries(uid, [session for session, _ in long]),
        *(conversations(uid, turns) for _, turns in long),
        *(marks(uid, session, turns) for session, turns in long),
    )
    listed = (await api.call(LIST))["viewer"]["sessions"]["nodes"]
    (found,) = (node["id"] for node in listed if node["conversationCount"] == TURNS)
    return str(found)


def _read_into(sent: list[int]) -> Any:
    async def read(response: Any) -> None:
        sent.append(len(await response.aread()))

    return read
