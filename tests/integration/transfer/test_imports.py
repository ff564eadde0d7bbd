"""Chats are imported from the files of other systems, once, with their times, order, tags and titles."""

import asyncio
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.errors import Refused
from resolvers.transfer.importing.importer import import_chats
from stores.keys import erasure_key
from stores.mirror_records import Erasure
from stores.ports import Create
from tests.integration.conftest import ANNA, BEN, Api, Clock
from tests.integration.transfer.importing import (
    TIME,
    archive_document,
    archive_lines,
    archived_session,
    archived_turn,
    as_lines,
    assert_exact,
    counts,
    gpt_chat,
    plain_chat,
    post,
    profile,
    sharegpt_chat,
    stored,
    take,
    uid,
    webui_chat,
)

FILES: dict[str, Any] = {
    "chatgpt": [gpt_chat(1), gpt_chat(2)],
    "openwebui": [webui_chat(1), webui_chat(2)],
    "sharegpt": [sharegpt_chat(1), sharegpt_chat(2)],
    "turns": [plain_chat(1), plain_chat(2)],
}


async def test_a_file_of_each_system_is_taken_and_the_same_file_again_adds_nothing(
    api: Api,
) -> None:
    for form, chats in FILES.items():
        before = len(await stored(api))
        rehearsed = await take(api, chats, dryRun="true")
        assert len(await stored(api)) == before
        first = await take(api, chats)
        assert first["format"] == form
        assert first["complete"]
        # Two systems export a question that was asked twice as branches.
        turns = 6 if form in ("chatgpt", "openwebui") else 4
        assert counts(first) == {"sessions": {"added": 2}, "turns": {"added": turns}}
        assert rehearsed == {**first, "dryRun": True}
        again = await take(api, as_lines(*chats))
        assert counts(again) == {"sessions": {"present": 2}, "turns": {"present": turns}}
        assert len(await stored(api)) == before + 2
        await assert_exact(api)


async def test_two_imports_of_one_file_at_once_add_nothing_twice(api: Api) -> None:
    file = as_lines(*(plain_chat(number, 3) for number in range(6)))
    reports = await asyncio.gather(take(api, file), take(api, file))
    assert sum(report["turns"]["added"] for report in reports) == 18
    assert sum(report["sessions"]["added"] for report in reports) == 6
    assert len(await stored(api)) == 6
    await assert_exact(api)


async def test_more_turns_than_one_commit_holds_keep_their_order(api: Api) -> None:
    report = await take(api, [plain_chat(1, 250)])
    assert counts(report) == {"sessions": {"added": 1}, "turns": {"added": 250}}
    ((session, turns),) = (await stored(api)).values()
    assert [turn.query for turn in turns] == [f"Question 1.{n}" for n in range(1, 251)]
    assert session.title == "Question 1.1"
    await assert_exact(api)


async def test_what_was_imported_is_found_and_shown_like_what_was_recorded(api: Api) -> None:
    await take(api, [gpt_chat(1), gpt_chat(2, update_time=TIME + 40.25)])
    shown = await api.call(
        "{ viewer { sessions(first: 5) { nodes { title conversationCount createdAt lastActive "
        "conversations(last: 5) { nodes { query response answerState timestamp } } } } "
        'searchConversations(query: "moon") { nodes { conversation { query } } } } }'
    )
    sessions = shown["viewer"]["sessions"]["nodes"]
    assert [session["title"] for session in sessions] == ["Tides 2", "Tides 1"]
    assert sessions[0]["conversationCount"] == 3
    assert sessions[0]["createdAt"] == "2025-06-15T15:06:40.500000Z"
    assert sessions[0]["lastActive"] == "2025-06-15T15:07:20.250000Z"
    assert sessions[0]["conversations"]["nodes"] == [
        {
            "query": "How do tides work? 🌊",
            "response": "The moon pulls.\n\nThe sun does too.",
            "answerState": "ANSWERED",
            "timestamp": "2025-06-15T15:06:50.123456Z",
        },
        {
            "query": "Thank you!",
            "response": None,
            "answerState": "WAITING",
            "timestamp": "2025-06-15T15:07:00.000000Z",
        },
    ]
    found = shown["viewer"]["searchConversations"]["nodes"]
    assert len(found) == 2
    await api.services.exporter.drain()


async def test_tags_pins_feedback_citations_and_the_archive_are_kept(embedded: Api) -> None:
    report = await take(embedded, [webui_chat(1)])
    ((session, turns),) = (await stored(embedded)).values()
    assert (session.status, session.pinned, session.tags) == ("archived", True, ["physics", "sky"])
    assert session.custom_title == "Sky 1"
    assert turns[0].feedback is not None
    assert (turns[0].feedback.score, turns[0].feedback.comment) == (1, "clear")
    assert turns[0].citations == [{"title": "Sky", "uri": "https://sky.example"}]
    assert turns[0].model == "llama"
    assert turns[1].query == "And this?\n[image]\n[file: sky.pdf]"
    assert report["partsNamed"] == 2
    assert (await profile(embedded)).archived_count == 1


async def test_an_archive_of_the_first_version_opens(embedded: Api) -> None:
    document = archive_document((archived_session(), [archived_turn()]), version=1)
    assert counts(await take(embedded, document))["turns"] == {"added": 1}
    ((_, (turn,)),) = (await stored(embedded)).values()
    assert (turn.response, turn.model, turn.output_tokens) == ("An answer.", None, None)


async def test_old_chats_do_not_vanish_by_retention(embedded: Api, clock: Clock) -> None:
    await take(embedded, [gpt_chat(1, create_time=0.0, update_time=1.0)])
    clock.forward(days=80)
    listed = "{ viewer { sessions { nodes { title } } } }"
    sessions = (await embedded.call(listed))["viewer"]["sessions"]
    assert sessions["nodes"] == [{"title": "Tides 1"}]
    clock.forward(days=11)
    assert (await embedded.call(listed))["viewer"]["sessions"]["nodes"] == []


async def test_what_was_deleted_since_stays_deleted(api: Api) -> None:
    await take(api, [gpt_chat(1), gpt_chat(2)])
    one, two = sorted((await stored(api)).values(), key=lambda each: str(each[0].title))
    await api.mutate("deleteSession", "", sessionId=f"Session.{one[0].session_id}")
    gone = two[1][0]
    turn = f"Conversation.{gone.session_id}.{gone.conversation_id}"
    await api.mutate("deleteConversation", "", conversationId=turn)

    report = await take(api, [gpt_chat(1), gpt_chat(2)])

    assert counts(report) == {
        "sessions": {"deleted": 1, "present": 1},
        "turns": {"deleted": 4, "present": 2},
    }
    await assert_exact(api)


async def test_too_many_active_sessions_leave_the_latest_active(api: Api) -> None:
    await api.record("Mine", clientId="mine")
    chats = [gpt_chat(n, update_time=float(TIME + n)) for n in range(52)]
    rehearsed = await take(api, chats, dryRun="true")
    report = await take(api, chats)
    assert report["archived"] == 3
    assert rehearsed == {**report, "dryRun": True}
    sessions = [session for session, _ in (await stored(api)).values()]
    archived = sorted(str(s.title) for s in sessions if s.status == "archived")
    assert archived == ["Tides 0", "Tides 1", "Tides 2"]
    await assert_exact(api)


async def test_a_file_changes_nothing_of_what_an_account_keeps_and_shows(api: Api) -> None:
    await api.record("Mine")
    chosen = {
        "uiSettings": {"theme": "light"},
        "privacySettings": {
            "dataRetentionDays": 7,
            "analyticsOptIn": True,
            "saveConversations": True,
        },
    }
    account = {"kind": "account", "createdAt": "2024-01-01T00:00:00Z", "preferences": chosen}
    file = archive_lines(account)

    report = await take(api, file)

    assert report["preferencesRestored"]
    assert [remark["field"] for remark in report["remarks"]] == [
        f"preferences.privacySettings.{name}" for name in ("analyticsOptIn", "dataRetentionDays")
    ]
    preferences = (
        await api.call(
            "{ viewer { preferences { uiSettings { theme } privacySettings {"
            " dataRetentionDays analyticsOptIn saveConversations } } } }"
        )
    )["viewer"]["preferences"]
    kept = {"dataRetentionDays": 90, "analyticsOptIn": False, "saveConversations": True}
    assert preferences == {"uiSettings": {"theme": "LIGHT"}, "privacySettings": kept}

    report = await take(api, file, BEN)
    assert (report["preferencesRestored"], report["remarks"]) == (True, [])
    assert await take(api, file, BEN) == report


async def test_who_saves_no_conversations_gets_turns_without_text(api: Api) -> None:
    await api.mutate(
        "updatePreferences", "", preferences={"privacySettings": {"saveConversations": False}}
    )
    report = await take(api, [webui_chat(1)])
    assert report["withoutText"] == 3
    ((session, turns),) = (await stored(api)).values()
    assert session.title is None
    for turn in turns:
        assert (turn.query, turn.response, turn.text_saved) == (None, None, False)
        assert (turn.citations, turn.metadata) == ([], {})
    assert "Rayleigh" not in repr((session, turns))


async def test_an_import_belongs_to_who_sends_it(api: Api) -> None:
    await take(api, FILES["turns"], ANNA)
    report = await take(api, FILES["turns"], BEN)
    assert counts(report)["sessions"] == {"added": 2}
    assert not set(await stored(api, ANNA)) & set(await stored(api, BEN))


async def test_an_import_is_refused_while_everything_is_being_erased(api: Api) -> None:
    await api.record("Mine")
    owner = await uid(api)
    await api.services.store.commit([Create(erasure_key(owner), Erasure(started_at=1))])
    answer = await post(api, json.dumps(FILES["turns"]))
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["extensions"]["code"] == "ACCOUNT_ERASING"


async def test_an_import_under_way_does_not_outlive_an_erasure(api: Api) -> None:
    viewer = await api.services.authenticator.authenticate({"x-recollect-dev-user": ANNA})
    file = io.BytesIO(json.dumps([plain_chat(n) for n in range(60)]).encode())
    steps = import_chats(api.services.context(viewer), file)
    begun = await anext(steps)
    assert begun.sessions.added > 0
    await api.mutate("eraseMyData", "", confirm=True)
    with pytest.raises(Refused, match="ACCOUNT_ERASING"):
        await anext(steps)
    assert await stored(api) == {}


async def test_progress_comes_in_lines_and_the_report_last(api: Api) -> None:
    file = as_lines(*(plain_chat(number) for number in range(60)))
    answer = await post(api, file, accept="application/x-ndjson")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *progress, last = [json.loads(line) for line in answer.text.splitlines()]
    assert len(progress) > 1
    assert progress[-1]["progress"] == {"bytes": len(file), "sessions": 60, "turns": 120}
    assert last["report"]["turns"]["added"] == 120


def test_the_sample_time_is_what_the_tests_say() -> None:
    assert datetime.fromtimestamp(TIME, UTC).isoformat() == "2025-06-15T15:06:40+00:00"
