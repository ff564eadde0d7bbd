"""With 2,000 sessions and one of 1,000 turns, a page asks for one page of each."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from bench.history import chat, conversations, summaries, write
from client.transport import Transport
from recollect.identity.dev import DEFAULT_USER
from recollect.identity.key import uid_of_email
from recollect.services import open_store
from recollect.settings.settings import Settings
from tests.e2e.client.app_pages import Requests, go_to, new_page
from tests.e2e.served_api import ServedApi

KEY = "a key of thirty-two characters, at least"
SESSIONS, TURNS = 2000, 1000


async def fill(settings: Settings) -> str:
    """Write the sessions; returns the title of the one with many turns."""
    store = await open_store(settings)
    uid = uid_of_email(KEY.encode(), DEFAULT_USER)
    chats = [chat(number, 0 if number else TURNS) for number in range(SESSIONS)]
    await write(
        store,
        summaries(uid, [session for session, _ in chats]),
        conversations(uid, chats[0][1]),
    )
    await store.close()
    return chats[0][0].derived_title or ""


@pytest.fixture
def full(stopped_api: ServedApi) -> Iterator[tuple[ServedApi, str]]:
    stopped_api.settings = Settings(data_dir=stopped_api.folder, id_key=SecretStr(KEY))
    title = asyncio.run(fill(stopped_api.settings))
    with stopped_api.running():
        yield stopped_api, title


def lengths(value: Any) -> list[int]:
    """How many nodes each list in an answer has."""
    if isinstance(value, list):
        return [length for each in value for length in lengths(each)]
    if not isinstance(value, dict):
        return []
    found = [length for each in value.values() for length in lengths(each)]
    return [len(value["nodes"]), *found] if "nodes" in value else found


def test_a_rerun_asks_for_one_page_of_sessions_and_of_turns(
    full: tuple[ServedApi, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, title = full
    answers: list[Any] = []
    execute = Transport.execute

    def noted(self: Transport, *operation: Any) -> dict[str, Any]:
        data = execute(self, *operation)
        answers.append(data)
        return data

    monkeypatch.setattr(Transport, "execute", noted)
    found = api.query(
        "{ viewer { sessionCounts { active } sessions(first: 1) { nodes {"
        " id title conversationCount } } } }"
    )["viewer"]
    assert found["sessionCounts"]["active"] == SESSIONS
    (latest,) = found["sessions"]["nodes"]
    assert (latest["title"], latest["conversationCount"]) == (title, TURNS)
    counted = Requests(api, monkeypatch)

    page = new_page(session=latest["id"])
    assert counted.of(page) == [1]
    assert sorted(lengths(answers.pop()), reverse=True) == [50, 20, 0]
    assert len(page.chat_message) == 100
    assert counted.of(page) == [1]
    assert sorted(lengths(answers.pop()), reverse=True) == [50, 20, 0]

    page.button(key="earlier").click()
    assert counted.of(page) == [2]
    assert max(map(max, map(lengths, answers))) == 50
    assert len(page.chat_message) == 200

    go_to(page, "library")
    answers.clear()
    assert counted.of(page) == [1]
    assert lengths(answers.pop()) == [20]
