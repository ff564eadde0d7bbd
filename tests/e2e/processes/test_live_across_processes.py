"""A thousand turns through one server, heard at another, through three reconnects."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.e2e.ports import free_port
from tests.e2e.processes.test_import_and_restart import Environment, environment, run, server

__all__ = ["environment"]

PROTOCOL = Subprotocol("graphql-transport-ws")
TURNS = 1000
WRITERS = 4
RECONNECTS = 3
DOCUMENT = """
subscription ($id: ID!, $after: String) { conversationChanges(sessionId: $id, after: $after) {
  kind cursor conversationId changedAt conversation { query feedback { score } } } }
"""
RECORD = """
mutation ($input: RecordConversationInput!) { recordConversation(input: $input) {
  session { id } conversation { id } userErrors { message } } }
"""
RATE = "mutation ($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { userErrors { code } } }"
DELETE = (
    "mutation ($input: DeleteConversationInput!) "
    "{ deleteConversation(input: $input) { userErrors { code } } }"
)


@pytest.fixture
def urls(environment: Environment) -> Iterator[tuple[str, str]]:
    """Two servers over one Firestore; in the embedded default, one server twice."""
    # Nothing reads the servers' logs, and a full pipe would stop the servers.
    quiet = {**environment, "RECOLLECT_LOG_LEVEL": "warning"}
    run(quiet, "warehouse", "init")
    with server(quiet, signal.SIGTERM) as first:
        if "RECOLLECT_STORE" not in environment:
            yield first, first
            return
        other = {**quiet, "RECOLLECT_PORT": str(free_port())}
        with server(other, signal.SIGTERM) as second:
            yield first, second


class Listener:
    """Follows a session and remembers the changes it received, across connections."""

    def __init__(self, url: str, session: str) -> None:
        self._url = url.replace("http", "ws")
        self._session = session
        self.after: str | None = None
        self.versions: dict[str, str] = {}
        self.rated: set[str] = set()
        self.deleted: set[str] = set()
        self.began = asyncio.Event()

    async def listen(self, until: Any) -> None:
        """Receive changes until there are enough, or the connection is dropped."""
        async with connect(f"{self._url}/graphql", subprotocols=[PROTOCOL]) as socket:
            await socket.send('{"type": "connection_init"}')
            assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": DOCUMENT, "variables": {"id": self._session, "after": self.after}}
            subscribe = {"type": "subscribe", "id": "1", "payload": payload}
            await socket.send(orjson.dumps(subscribe).decode())
            while not until():
                # The last change may be received before its writer has the answer.
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        message = await socket.recv()
                    heard = orjson.loads(message)
                    assert heard["type"] == "next", heard
                    self._hear(heard["payload"]["data"]["conversationChanges"])

    def _hear(self, change: Any) -> None:
        self.after = change["cursor"]
        self.began.set()
        if change["kind"] == "BEGUN":
            return
        turn = change["conversationId"]
        assert self.versions.get(turn, "") <= change["changedAt"], "a version went back"
        self.versions[turn] = change["changedAt"]
        if change["kind"] == "DELETED":
            self.deleted.add(turn)
            return
        assert turn not in self.deleted, "a deleted turn came back"
        if change["conversation"]["feedback"]:
            self.rated.add(turn)
        else:
            assert turn not in self.rated, "a rating was taken back"


async def test_every_turn_is_heard_at_another_server_through_reconnects(
    urls: tuple[str, str],
) -> None:
    async with httpx.AsyncClient(base_url=urls[0], timeout=60) as http:

        async def mutate(document: str, **given: Any) -> Any:
            request = {"query": document, "variables": {"input": given}}
            answer = (await http.post("/graphql", json=request)).json()
            (payload,) = answer["data"].values()
            assert payload["userErrors"] == []
            return payload

        session = (await mutate(RECORD, query="Opens it"))["session"]["id"]
        listener = Listener(urls[1], session)
        created: set[str] = set()
        rated: set[str] = set()
        deleted: set[str] = set()

        async def write(writer: int) -> None:
            for number in range(writer, TURNS, WRITERS):
                payload = await mutate(RECORD, query=f"Turn {number}", sessionId=session)
                turn = payload["conversation"]["id"]
                created.add(turn)
                if number % 10 == 0:
                    await mutate(RATE, conversationId=turn, score=1)
                    rated.add(turn)
                if number % 50 == 0:
                    await mutate(DELETE, conversationId=turn)
                    deleted.add(turn)

        async def listen() -> None:
            for part in range(1, RECONNECTS + 1):
                enough = part * TURNS // (RECONNECTS + 2)
                await listener.listen(lambda enough=enough: len(listener.versions) >= enough)
                # Changes written meanwhile are received after the next connection's cursor.
                await asyncio.sleep(0.5)

            def complete() -> bool:
                return (
                    len(created) == TURNS
                    and created <= listener.versions.keys()
                    and len(deleted) == len(range(0, TURNS, 50))
                    and deleted == listener.deleted
                    and rated - deleted <= listener.rated
                )

            await listener.listen(complete)

        async with asyncio.timeout(800):
            listening = asyncio.create_task(listen())
            await listener.began.wait()
            await asyncio.gather(*map(write, range(WRITERS)))
            await listening
    assert created <= listener.versions.keys()
    assert listener.deleted == deleted
