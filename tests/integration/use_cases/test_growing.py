"""An answer that is being written: seen as it grows, kept when its writer vanishes, replaced when
complete."""

from pathlib import Path
from typing import Any

import pytest

from analytics.warehouse.port import Parameter
from recollect.settings.settings import Settings
from recollect.sweeper import sweep_services
from resolvers.configuration import SessionManagement
from stores.keys import conversation_key, profile_key, session_key
from stores.records import Conversation, Profile, Session
from tests.integration.conftest import Api, Clock, running
from tests.integration.use_cases.test_privacy import uid_of

STATE = "conversation { answerState partialResponse response }"


async def extend(api: Api, turn: str, offset: int, text: str, **given: Any) -> Any:
    """The payload for a part of an answer."""
    return await api.mutate(
        "extendConversation", STATE, conversationId=turn, offset=offset, text=text, **given
    )


async def state(api: Api, turn: str) -> tuple[str, str | None]:
    """The state of an answer and its partial text, as everybody reads them."""
    document = (
        "query ($id: ID!) { node(id: $id) { ... on Conversation { answerState partialResponse } } }"
    )
    found = (await api.call(document, id=turn))["node"]
    return found["answerState"], found["partialResponse"]


@pytest.fixture
async def turn(api: Api, clock: Clock) -> str:
    """A turn that is waiting for its answer."""
    recorded = await api.record("Why?")
    return str(recorded["conversation"]["id"])


async def records(api: Api, turn: str) -> tuple[Profile, Session, Conversation]:
    """The stored records of a turn's user, of its session, and of the turn itself."""
    _, session, conversation = turn.split(".")
    uid = (await api.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    keys = profile_key(uid), session_key(uid, session), conversation_key(uid, session, conversation)
    found = await api.services.store.get(keys)
    owner, summary, asked = (found.get(keys[0]), found.get(keys[1]), found.get(keys[2]))
    assert owner is not None
    assert summary is not None
    assert asked is not None
    return owner, summary, asked


async def test_an_answer_grows_part_by_part_until_it_is_complete(api: Api, turn: str) -> None:
    assert await state(api, turn) == ("WAITING", None)
    assert (await extend(api, turn, 0, "Be"))["userErrors"] == []
    assert await state(api, turn) == ("GROWING", "Be")
    grown = await extend(api, turn, 2, "cause 🙂")
    assert grown["conversation"] == {
        "answerState": "GROWING",
        "partialResponse": "Because 🙂",
        "response": None,
    }
    assert (await extend(api, turn, 9, "!"))["conversation"]["partialResponse"] == "Because 🙂!"
    await api.mutate("completeConversation", "", conversationId=turn, response="Because 🙂!")
    assert await state(api, turn) == ("ANSWERED", None)
    owner, _, asked = await records(api, turn)
    assert (owner.growing_bytes, asked.partial, asked.grown_at) == (0, None, None)


async def test_it_touches_neither_the_summary_nor_the_outbox(api: Api, turn: str) -> None:
    before, summary, _ = await records(api, turn)
    uid = (await api.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    await api.services.exporter.drain()
    await extend(api, turn, 0, "Because")
    owner, untouched, _ = await records(api, turn)
    assert untouched == summary
    assert await api.services.store.list_marks(uid, 10) == []
    assert owner.growing_bytes == before.growing_bytes + 7


async def failures(api: Api) -> list[tuple[bool, str | None, str | None]]:
    """For each turn in the mirror, whether it failed, why, and its question."""
    await api.services.exporter.drain()
    asked: dict[str, Parameter] = {"uid": await uid_of(api), "since": 0, "until": 2**51}
    rows = await api.services.warehouse.query("conversation_history", asked)
    return [(row["failed"], row["failure"], row["query"]) for row in rows]


async def failure(api: Api, turn: str) -> str | None:
    """Why an answer has failed, as everybody reads it."""
    document = "query ($id: ID!) { node(id: $id) { ... on Conversation { failure } } }"
    found: str | None = (await api.call(document, id=turn))["node"]["failure"]
    return found


async def test_the_mirror_tells_which_answers_have_failed_and_why(api: Api, turn: str) -> None:
    assert await failures(api) == [(False, None, "Why?")]
    await extend(api, turn, 0, "Because", failed=True)
    assert await failures(api) == [(True, None, "Why?")]
    await extend(api, turn, 7, "", failure="TIMEOUT")
    assert await failures(api) == [(True, "timeout", "Why?")]
    assert (await state(api, turn), await failure(api, turn)) == (("FAILED", "Because"), "TIMEOUT")
    await extend(api, turn, 0, "Since")
    assert await failures(api) == [(False, None, "Why?")]
    await extend(api, turn, 5, "", failure="OVERLOADED")
    assert await failure(api, turn) == "OVERLOADED"
    await api.mutate("completeConversation", "", conversationId=turn, response="Because.")
    assert await failures(api) == [(False, None, "Why?")]
    assert (await state(api, turn), await failure(api, turn)) == (("ANSWERED", None), None)


async def test_a_failure_told_again_writes_nothing(api: Api, turn: str) -> None:
    await extend(api, turn, 0, "Because", failure="TIMEOUT")
    before = await records(api, turn)
    await extend(api, turn, 0, "Because", failure="TIMEOUT")
    await extend(api, turn, 7, "", failed=True)
    assert await records(api, turn) == before


async def test_of_a_turn_without_text_only_the_failure_is_kept(api: Api) -> None:
    privacy = {"privacySettings": {"saveConversations": False}}
    await api.mutate("updatePreferences", "", preferences=privacy)
    turn = (await api.record("Why?"))["conversation"]["id"]
    await extend(api, turn, 3, "Because", failure="FILTERED")
    assert (await state(api, turn), await failure(api, turn)) == (("FAILED", None), "FILTERED")
    assert await failures(api) == [(True, "filtered", None)]
    owner, _, kept = await records(api, turn)
    assert (owner.growing_bytes, kept.partial) == (0, None)


async def test_a_part_sent_twice_counts_once_and_one_that_overlaps_adds_what_is_new(
    api: Api, turn: str
) -> None:
    await extend(api, turn, 0, "Beca")
    written = await records(api, turn)
    for offset, text in ((0, "Beca"), (0, "Be"), (2, "ca")):
        assert (await extend(api, turn, offset, text))["userErrors"] == []
    assert await records(api, turn) == written
    assert (await extend(api, turn, 2, "cause"))["conversation"]["partialResponse"] == "Because"


@pytest.mark.parametrize(
    ("offset", "text", "field", "said"),
    [
        (5, "se", "offset", "offset is 5, but only 4 characters have been written"),
        (2, "lieve", "text", "Other text was written from 2 on"),
        (0, "No", "text", "Go on at the offset 4"),
    ],
    ids=["gap", "overlap", "anew"],
)
async def test_a_gap_and_other_text_are_refused_and_change_nothing(
    api: Api, turn: str, offset: int, text: str, field: str, said: str
) -> None:
    await extend(api, turn, 0, "Beca")
    before = await records(api, turn)
    refused = await extend(api, turn, offset, text)
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", [field])
    assert said in error["message"]
    assert refused["conversation"] is None
    assert await records(api, turn) == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"offset": -1, "text": "x"}, "offset"),
        ({"offset": 0, "text": ""}, "text"),
        ({"offset": 0, "text": "x" * 716_801}, "text"),
    ],
    ids=["negative", "empty", "long"],
)
async def test_what_can_not_be_a_part_is_refused(
    embedded: Api, given: dict[str, Any], field: str
) -> None:
    turn = (await embedded.record("Why?"))["conversation"]["id"]
    (error,) = (await extend(embedded, turn, **given))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", [field])


async def test_parts_together_have_the_limit_of_an_answer(embedded: Api) -> None:
    turn = (await embedded.record("Why?"))["conversation"]["id"]
    await extend(embedded, turn, 0, "x" * 716_000)
    (error,) = (await extend(embedded, turn, 716_000, "x" * 1000))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["text"])
    assert "716800" in error["message"]
    assert (await extend(embedded, turn, 716_000, "x" * 800))["userErrors"] == []


async def test_an_answer_that_nobody_writes_on_is_broken_off_and_kept(
    api: Api, turn: str, clock: Clock
) -> None:
    await extend(api, turn, 0, "Beca")
    clock.forward(seconds=30)
    assert await state(api, turn) == ("GROWING", "Beca")
    clock.forward(seconds=31)
    assert await state(api, turn) == ("BROKEN_OFF", "Beca")


async def test_a_broken_off_answer_is_gone_on_with(api: Api, turn: str, clock: Clock) -> None:
    await extend(api, turn, 0, "Beca")
    clock.forward(minutes=2)
    await extend(api, turn, 4, "use")
    assert await state(api, turn) == ("GROWING", "Because")


async def test_a_broken_off_answer_is_written_anew_by_one_writer(
    api: Api, turn: str, clock: Clock
) -> None:
    await extend(api, turn, 0, "Because")
    clock.forward(minutes=2)
    # A new part that equals the start of the old answer does not show who writes.
    await extend(api, turn, 0, "Be")
    assert await state(api, turn) == ("BROKEN_OFF", "Because")
    await extend(api, turn, 2, "yond")
    assert await state(api, turn) == ("GROWING", "Beyond")
    assert (await extend(api, turn, 0, "No"))["userErrors"][0]["code"] == "CONFLICT"
    owner, _, _ = await records(api, turn)
    assert owner.growing_bytes == len("Beyond")


async def test_a_writer_who_gives_up_says_so_and_another_may_begin_at_once(
    api: Api, turn: str
) -> None:
    await extend(api, turn, 0, "", failed=True)
    assert await state(api, turn) == ("FAILED", None)
    await extend(api, turn, 0, "Beca")
    await extend(api, turn, 4, "u", failed=True)
    assert await state(api, turn) == ("FAILED", "Becau")
    await extend(api, turn, 0, "Beca")
    assert await state(api, turn) == ("FAILED", "Becau")
    await extend(api, turn, 0, "No")
    assert await state(api, turn) == ("GROWING", "No")


async def test_a_complete_answer_takes_no_part_but_a_repeated_one(api: Api, turn: str) -> None:
    await api.mutate("completeConversation", "", conversationId=turn, response="Because.")
    before = await records(api, turn)
    assert (await extend(api, turn, 2, "cause"))["userErrors"] == []
    assert (await extend(api, turn, 8, "!"))["userErrors"][0]["code"] == "CONFLICT"
    assert (await extend(api, turn, 0, "", failed=True))["userErrors"][0]["code"] == "CONFLICT"
    assert await records(api, turn) == before


async def test_what_is_removed_is_no_longer_counted(api: Api, turn: str, clock: Clock) -> None:
    session = ".".join(("Session", turn.split(".")[1]))
    await extend(api, turn, 0, "Beca")
    other = (await api.record("And?", sessionId=session))["conversation"]["id"]
    await extend(api, other, 0, "So")
    await api.mutate("deleteConversation", "", conversationId=turn)
    owner, _, deleted = await records(api, turn)
    assert (owner.growing_bytes, deleted.partial, deleted.grown_at) == (2, None, None)
    assert (await extend(api, turn, 0, "Late"))["userErrors"][0]["code"] == "NOT_FOUND"
    clock.forward(days=91)
    await sweep_services(api.services)
    uid = (await api.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    left = (await api.services.store.get([profile_key(uid)])).get(profile_key(uid))
    assert left is not None
    assert left.growing_bytes == 0


async def test_a_growing_answer_counts_towards_the_quota(tmp_path: Path) -> None:
    rules = SessionManagement(max_stored_mb_per_user=1)
    async with running(Settings(data_dir=tmp_path, session_management=rules)) as api:
        turn = (await api.record("Why?"))["conversation"]["id"]
        await extend(api, turn, 0, "x" * 700_000)
        second = (await api.record("And?"))["conversation"]["id"]
        (error,) = (await extend(api, second, 0, "x"))["userErrors"]
        assert error["code"] == "LIMIT_EXCEEDED"
        assert (await api.record("More?"))["userErrors"][0]["code"] == "LIMIT_EXCEEDED"
        await api.mutate("deleteConversation", "", conversationId=turn)
        assert (await extend(api, second, 0, "x"))["userErrors"] == []
