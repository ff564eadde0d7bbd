"""Vertex AI's embeddings over HTTP, from a stand-in that can refuse, fail and be slow."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from analytics.embedding import vertex
from analytics.embedding.port import CHARACTERS, DIMENSIONS, EmbedderUnavailable
from analytics.embedding.vertex import VertexEmbedder

Reply = tuple[int, Any]


class StandIn:
    """A server that answers each request with the result of `reply`, and keeps the requests."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.paths: list[str] = []
        self.reply: Callable[[list[str]], Reply] = embeddings
        self.url = ""

    @property
    def contents(self) -> list[list[str]]:
        return [[each["content"] for each in body["instances"]] for body in self.bodies]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(
            int(line.split(":")[1])
            for line in head.splitlines()
            if line.lower().startswith("content-length")
        )
        body = json.loads(await reader.readexactly(size))
        self.paths.append(head.split()[1])
        self.bodies.append(body)
        status, answer = self.reply([each["content"] for each in body["instances"]])
        text = json.dumps(answer).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(text)
        await writer.drain()
        writer.close()


def embeddings(texts: list[str]) -> Reply:
    """A vector for each text that encodes its length."""
    values = [[float(len(text)), *([0.0] * (DIMENSIONS - 2)), 1.0] for text in texts]
    return 200, {"predictions": [{"embeddings": {"values": each}} for each in values]}


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    made = StandIn()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


@pytest.fixture
async def embedder(stand_in: StandIn) -> AsyncIterator[VertexEmbedder]:
    made = VertexEmbedder("demo-x", "europe-west3", 0.6, stand_in.url, deadline=5)
    yield made
    await made.close()


async def test_a_turn_is_one_text_and_a_query_another_task(
    stand_in: StandIn, embedder: VertexEmbedder
) -> None:
    (vector,) = await embedder.documents([("Why?", "x" * 2 * CHARACTERS)])
    assert await embedder.query("why") is not None
    document, query = stand_in.bodies
    assert vector is not None
    assert len(vector) == DIMENSIONS
    assert document["instances"] == [
        {"content": "Why?\n\n" + "x" * CHARACTERS, "task_type": "RETRIEVAL_DOCUMENT"}
    ]
    assert query["instances"] == [{"content": "why", "task_type": "RETRIEVAL_QUERY"}]
    assert document["parameters"] == {"outputDimensionality": DIMENSIONS, "autoTruncate": True}
    assert set(stand_in.paths) == {
        "/v1/projects/demo-x/locations/europe-west3/publishers/google/models/"
        "text-multilingual-embedding-002:predict"
    }


async def test_turns_are_sent_in_batches_within_the_limits_and_come_back_in_order(
    stand_in: StandIn, embedder: VertexEmbedder
) -> None:
    turns = [("x" * (number + 1), None) for number in range(250)] + [("y" * 3_900, "z" * 3_900)] * 5
    vectors = await embedder.documents([*turns, (None, " ")])
    assert [vector is not None for vector in vectors] == [True] * 255 + [False]
    assert vectors[0] != vectors[100]
    assert sum(map(len, stand_in.contents)) == 255
    for batch in stand_in.contents:
        assert len(batch) <= vertex.TEXTS_AT_ONCE
        assert sum(map(len, batch)) <= vertex.CHARACTERS_AT_ONCE


async def test_what_passes_is_tried_again(stand_in: StandIn, embedder: VertexEmbedder) -> None:
    replies = iter([503, 429])

    def reply(texts: list[str]) -> Reply:
        status = next(replies, None)
        return (status, {}) if status else embeddings(texts)

    stand_in.reply = reply
    assert await embedder.query("rain") is not None
    assert len(stand_in.bodies) == 3


async def test_a_text_that_is_refused_keeps_no_other_out(
    stand_in: StandIn, embedder: VertexEmbedder
) -> None:
    stand_in.reply = lambda texts: (400, {}) if "bad" in texts else embeddings(texts)
    vectors = await embedder.documents([("one", None), ("bad", None), ("two", None)])
    assert [vector is not None for vector in vectors] == [True, False, True]


@pytest.mark.parametrize(
    ("reply", "problem", "requests"),
    [
        ((403, {}), "status 403", 1),
        ((404, {}), "status 404", 1),
        ((200, {"predictions": []}), "something else", 1),
        ((200, ["what"]), "something else", 1),
    ],
)
async def test_what_does_not_pass_is_said_at_once(
    stand_in: StandIn, embedder: VertexEmbedder, reply: Reply, problem: str, requests: int
) -> None:
    stand_in.reply = lambda texts: reply
    with pytest.raises(EmbedderUnavailable, match=problem):
        await embedder.query("a secret")
    assert len(stand_in.bodies) == requests


async def test_it_gives_up_at_the_deadline(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds: list[float] = []
    limits: list[asyncio.Timeout] = []

    def limited(given: float) -> asyncio.Timeout:
        seconds.append(given)
        limits.append(asyncio.Timeout(None))
        return limits[-1]

    def fail(texts: list[str]) -> Reply:
        if len(stand_in.bodies) == 2:
            limits[0].reschedule(0)  # The time is up while this request waits for its answer.
        return 500, {}

    monkeypatch.setattr(asyncio, "timeout", limited)
    stand_in.reply = fail
    hurried = VertexEmbedder("demo-x", "europe-west3", 0.6, stand_in.url, deadline=0.3)
    with pytest.raises(EmbedderUnavailable, match="status 500") as caught:
        await hurried.query("a secret")
    assert "secret" not in str(caught.value)
    assert (seconds, len(stand_in.bodies)) == ([0.3], 2)
    await hurried.close()
