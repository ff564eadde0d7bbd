"""Long answers are compressed for callers who accept it."""

import pytest

from recollect.http.compression import MINIMUM_BYTES
from tests.integration.conftest import Api
from tests.integration.protocol.protocol import GRAPHQL, JSON, VIEWER, send

LONG = "{ __schema { types { name description fields { name description } } } }"


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br, zstd", "zstd"), ("gzip", "gzip"), ("br", None), ("identity", None)],
)
async def test_a_long_answer_has_the_best_encoding_that_is_accepted(
    embedded: Api, media_type: str, accepted: str, encoding: str | None
) -> None:
    plain = await send(embedded, LONG, accept=media_type, accept_encoding="identity")
    answer = await send(embedded, LONG, accept=media_type, accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.json() == plain.json()
    assert len(plain.content) > MINIMUM_BYTES
    shorter = int(answer.headers["content-length"]) < len(plain.content)
    assert shorter == (encoding is not None)


@pytest.mark.parametrize("accepted", ["zstd", "br", None])
async def test_caches_are_told_that_a_long_answer_has_encodings(
    embedded: Api, accepted: str | None
) -> None:
    del embedded.http.headers["accept-encoding"]
    given = {"accept_encoding": accepted} if accepted else {}
    answer = await send(embedded, LONG, **given)
    assert ("accept-encoding" in answer.request.headers) == (accepted is not None)
    assert answer.headers.get_list("vary") == ["Accept-Encoding"]
    assert "vary" not in (await send(embedded, VIEWER, **given)).headers


async def test_a_short_answer_goes_as_it_is(embedded: Api) -> None:
    answer = await send(embedded, VIEWER, accept_encoding="gzip, zstd")
    assert "content-encoding" not in answer.headers


async def test_events_go_as_they_are(embedded: Api) -> None:
    answer = await send(embedded, LONG, accept="text/event-stream", accept_encoding="gzip, zstd")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
