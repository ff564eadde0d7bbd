"""The Firestore requests of each operation are counted, so that they can't creep up."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from schema.session import Session
from stores.ports import Portion, Window
from stores.records import Conversation
from tests.counting import FirestoreRPCs, firestore_rpcs
from tests.emulators.bigquery import BigQueryDataset
from tests.integration.conftest import Api, google_settings, running

PREFERENCES = """
  responseStyle languagePreference uiSettings { theme fontSize showCitations }
  privacySettings { saveConversations analyticsOptIn dataRetentionDays }
  notificationSettings { emailSummaries sessionReminders }
"""
OVERRIDES = (
    "responseStyle languagePreference uiSettings { theme fontSize showCitations } saveConversations"
)
SESSION = f"""
  id title status createdAt lastActive conversationCount tags metadata
  preferences {{ {PREFERENCES} }} overrides {{ {OVERRIDES} }}
"""
TURN = """
  id sessionId query response answerState partialResponse grownAt textSaved
  timestamp recordedAt responseTimeMs
  firstTokenMs model inputTokens outputTokens finishReason
  feedback { score comment } citations { data } metadata answerToken
"""
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"
READ = ["BatchGetDocuments", "RunQuery"]


@pytest.fixture
async def counted(
    firestore_project: str, bigquery_dataset: BigQueryDataset, tmp_path: Path
) -> AsyncIterator[tuple[Api, FirestoreRPCs]]:
    settings = google_settings(firestore_project, bigquery_dataset, tmp_path)
    with firestore_rpcs() as rpcs:
        async with running(settings) as api:
            yield api, rpcs


async def test_recording_a_turn_is_one_read_and_one_commit(
    counted: tuple[Api, FirestoreRPCs],
) -> None:
    api, rpcs = counted
    session = (await api.record("First"))["session"]["id"]
    assert rpcs.calls == ["BatchGetDocuments", "Commit"]
    rpcs.calls.clear()
    await api.record("Second", sessionId=session, clientId="c-2")
    assert rpcs.calls == ["BatchGetDocuments", "Commit"]
    rpcs.calls.clear()
    await api.record("Second", sessionId=session, clientId="c-2")
    assert len(rpcs.calls) <= 3


async def test_an_answer_grows_and_is_completed_by_one_read_and_one_commit_each(
    counted: tuple[Api, FirestoreRPCs],
) -> None:
    api, rpcs = counted
    turn = (await api.record("Why?"))["conversation"]["id"]
    for name, given in (
        ("extendConversation", {"offset": 0, "text": "Beca"}),
        ("extendConversation", {"offset": 4, "text": "use"}),
        ("completeConversation", {"response": "Because."}),
    ):
        rpcs.calls.clear()
        done = await api.mutate(name, "", conversationId=turn, **given)
        assert done["userErrors"] == []
        assert rpcs.calls == ["BatchGetDocuments", "Commit"]
    rpcs.calls.clear()
    again = await api.mutate("extendConversation", "", conversationId=turn, offset=4, text="use")
    assert again["userErrors"] == []
    assert rpcs.calls == ["BatchGetDocuments"]


async def test_a_new_sessions_repeated_turn_takes_one_request_more_at_most(
    counted: tuple[Api, FirestoreRPCs],
) -> None:
    api, rpcs = counted
    await asyncio.gather(*(api.record("First", clientId="c-1") for _ in range(2)))
    assert len(rpcs.calls) <= 2 + 3


async def test_a_page_of_sessions_with_every_field_is_two_reads_at_once(
    counted: tuple[Api, FirestoreRPCs],
) -> None:
    api, rpcs = counted
    for number in range(3):
        await api.record(f"chat {number}")
    rpcs.calls.clear()
    found = await api.call(
        f"{{ viewer {{ id email preferences {{ {PREFERENCES} }} "
        f"sessions(first: 20) {{ nodes {{ {SESSION} }} edges {{ cursor }} {PAGE} }} }} }}"
    )
    assert len(found["viewer"]["sessions"]["nodes"]) == 3
    assert sorted(rpcs.calls) == READ


@pytest.mark.parametrize(
    "document",
    [
        "query ($id: ID!) { viewer { preferences { %(preferences)s } session(id: $id) { %(session)s "
        "conversations(last: 50) { nodes { %(turn)s } edges { cursor } %(page)s } } } }",
        "query ($id: ID!) { node(id: $id) { ... on Session { ...S conversations(last: 50) "
        "{ nodes { %(turn)s } %(page)s } } } } fragment S on Session { %(session)s }",
        "query ($id: ID!, $n: Int = 50) { viewer { session(id: $id) { ...T } } } fragment T on Session "
        "{ %(session)s conversations(last: $n) { nodes { %(turn)s } %(page)s } }",
    ],
    ids=["viewer", "node", "fragment-and-variable"],
)
async def test_a_session_with_a_page_of_turns_is_two_reads_at_once(
    counted: tuple[Api, FirestoreRPCs], document: str
) -> None:
    api, rpcs = counted
    recorded = await api.record("First", response="Answer")
    session = recorded["session"]["id"]
    await api.record("Second", sessionId=session)
    rpcs.calls.clear()
    names = {"preferences": PREFERENCES, "session": SESSION, "turn": TURN, "page": PAGE}
    found = await api.call(document % names, id=session)
    shown = found.get("node") or found["viewer"]["session"]
    assert [turn["query"] for turn in shown["conversations"]["nodes"]] == ["First", "Second"]
    assert sorted(rpcs.calls) == READ


async def test_both_reads_of_a_session_are_under_way_together(
    counted: tuple[Api, FirestoreRPCs], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, _ = counted
    session = (await api.record("First"))["session"]["id"]
    store = api.services.store
    both = asyncio.Barrier(2)

    def meeting(method: str) -> None:
        real = getattr(store, method)

        async def call(*args: object) -> object:
            async with asyncio.timeout(60):
                await both.wait()
            return await real(*args)

        monkeypatch.setattr(store, method, call)

    meeting("get")
    meeting("take_conversations")
    found = await api.call(
        "query ($id: ID!) { viewer { session(id: $id) { conversations(last: 5) { totalCount } } } }",
        id=session,
    )
    assert found["viewer"]["session"]["conversations"]["totalCount"] == 1


@pytest.fixture
async def unhandled() -> list[dict[str, Any]]:
    """Errors that asyncio reports because nothing retrieved them."""
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
    return reported


TURNS = "{ nodes { query } }"
LEFT_OUT = {
    "field": " ".join(
        f"p{n}: conversations(first: {n}) @skip(if: true) {TURNS}" for n in range(20, 47)
    ),
    "field-by-variable": f"conversations @include(if: $no) {TURNS}",
    "inline-fragment": f"... @include(if: false) {{ conversations {TURNS} }}",
    "inline-fragment-by-variable": f"... on Session @skip(if: $yes) {{ conversations {TURNS} }}",
    "spread": "...T @skip(if: true)",
    "spread-by-variable": "...T @include(if: $no)",
    "bad-cursor": f'conversations(after: "bad") @skip(if: $yes) {TURNS}',
}


@pytest.mark.parametrize("left_out", LEFT_OUT.values(), ids=LEFT_OUT)
async def test_turns_that_are_left_out_are_not_read(
    embedded: Api, monkeypatch: pytest.MonkeyPatch, unhandled: list[dict[str, Any]], left_out: str
) -> None:
    session = (await embedded.record("First"))["session"]["id"]
    store = embedded.services.store
    read: list[str] = []
    real = store.take_conversations

    async def counting(
        uid: str, session_id: str, window: Window, size: int
    ) -> Portion[Conversation]:
        read.append(session_id)
        return await real(uid, session_id, window, size)

    monkeypatch.setattr(store, "take_conversations", counting)
    document = (
        "query ($id: ID!, $yes: Boolean = true, $no: Boolean = false) { viewer { session(id: $id) "
        f"{{ title shown: conversations(last: 3) @include(if: $yes) {TURNS} {left_out} "
        "x: title @skip(if: $yes) y: title @skip(if: $no) } } } "
    )
    if "...T" in left_out:
        document += f"fragment T on Session {{ conversations {TURNS} }}"
    found = (await embedded.call(document, id=session))["viewer"]["session"]
    assert set(found) == {"title", "shown", "y"}
    assert len(read) == 1
    gc.collect()
    assert unhandled == []


async def test_a_page_nobody_came_for_is_no_error_of_the_server(
    embedded: Api, monkeypatch: pytest.MonkeyPatch, unhandled: list[dict[str, Any]]
) -> None:
    session = (await embedded.record("First"))["session"]["id"]

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Session, "__init__", fail)
    await embedded.errors(
        "query ($id: ID!) { viewer { session(id: $id) { "
        f'conversations(after: "bad") {TURNS} }} }} }}',
        id=session,
    )
    await asyncio.sleep(0)
    gc.collect()
    assert unhandled == []
