"""The generated client against an API that runs only its documents, on both pairs."""

import json
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from client.api import input_types as given
from client.api.client import Client
from client.api.enums import (
    AnswerState,
    ChangeKind,
    FontSize,
    ImportFormat,
    PreferenceOrigin,
    ResponseStyle,
    SearchOrder,
    SessionStatus,
    Theme,
)
from client.api.fragments import SessionRow
from client.subscriptions import session_changes, turn_changes
from client.transport import ApiError
from stores.firestore.store import FirestoreStore
from stores.sqlite.store import SQLiteStore
from tests.e2e.served_api import ServedApi
from tests.integration.client.conftest import DOCUMENTS, Listed
from tests.integration.client.operation_costs import FOLLOWING, TABLE


def test_every_operation_runs_where_only_trusted_documents_do_and_asks_the_store_no_more_than_before(
    served: ServedApi, client: Listed
) -> None:
    session = _sessions(client)
    _turns(client, session)
    _lists(client, session)
    _preferences(client, session)
    _many(client, session)
    _transfer(client, session)
    _insights(client)
    _erasure(client)
    client.headers = {"X-Recollect-Dev-User": "another@example.com"}
    _changes(client)

    assert client.sent == set(json.loads(DOCUMENTS.read_text()).values())
    client.costs.check(served.settings.store, TABLE.keys() - FOLLOWING)


@asynccontextmanager
async def _silence(*_: object) -> AsyncIterator[None]:
    """Replaces a watch, which wakes once or twice when it begins and reads each time."""
    yield


@pytest.mark.parametrize("operation", sorted(FOLLOWING))
def test_beginning_to_follow_changes_asks_the_store_no_more_than_before(
    operation: str, served: ServedApi, client: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in (SQLiteStore, FirestoreStore):
        monkeypatch.setattr(store, "watch", _silence)
    opened = client.create_session(given.CreateSessionInput()).session
    assert opened is not None
    followed: dict[str, Generator[Any, None, None]] = {
        "SessionChanges": session_changes(client),
        "TurnChanges": turn_changes(client, opened.id),
    }
    events = followed[operation]
    assert next(events).kind is ChangeKind.BEGUN
    events.close()

    client.costs.check(served.settings.store, [operation])


def _sessions(client: Client) -> str:
    """Open a session and change everything in it that can be changed; returns its id."""
    opened = client.create_session(given.CreateSessionInput(temporary=True))
    assert (opened.user_errors, opened.archived_sessions) == ([], [])
    session = opened.session
    assert session is not None
    assert session.expires_at is not None
    one = given.SessionInput(session_id=session.id)

    def now(row: SessionRow | None) -> SessionRow:
        assert row is not None
        return row

    kept = now(client.keep_session(one).session)
    assert (kept.temporary, kept.expires_at) == (False, None)
    made = now(client.make_session_temporary(one).session)
    assert made.temporary
    assert made.expires_at is not None
    assert session.expires_at <= made.expires_at
    assert not now(client.keep_session(one).session).temporary
    name = given.RenameSessionInput(session_id=session.id, title="Häuser 家")
    assert now(client.rename_session(name).session).title == "Häuser 家"
    pin = given.PinSessionInput(session_id=session.id, pinned=True)
    assert now(client.pin_session(pin).session).pinned
    tags = given.SetSessionTagsInput(session_id=session.id, tags=["home"])
    assert now(client.set_session_tags(tags).session).tags == ["home"]
    metadata = given.UpdateSessionMetadataInput(session_id=session.id, metadata={"colour": "blue"})
    assert client.set_session_metadata(metadata).user_errors == []
    assert now(client.archive_session(one).session).status is SessionStatus.ARCHIVED
    assert now(client.restore_session(one).session).status is SessionStatus.ACTIVE
    assert client.delete_session(one).deleted_session_id == session.id
    assert [row.id for row in client.trash().trash.nodes] == [session.id]
    assert now(client.restore_session(one).session).deleted_at is None
    return session.id


def _turns(client: Client, session: str) -> None:
    asked = client.record_turn(
        given.RecordConversationInput(query="How tall is it?", session_id=session)
    )
    assert asked.user_errors == []
    turn = asked.conversation
    assert turn is not None
    assert (turn.answer_state, turn.response) == (AnswerState.WAITING, None)
    extended = client.extend_turn(
        given.ExtendConversationInput(conversation_id=turn.id, offset=0, text="300")
    )
    assert extended.user_errors == []
    done = client.complete_turn(
        given.CompleteConversationInput(
            conversation_id=turn.id, response="300 m", citations=[{"title": "a"}]
        )
    ).conversation
    assert done is not None
    assert (done.answer_state, done.response, done.citations[0].title) == (
        AnswerState.ANSWERED,
        "300 m",
        "a",
    )
    chosen = client.choose_alternative(given.ChooseAlternativeInput(conversation_id=turn.id))
    assert chosen.user_errors == []
    judged = client.give_feedback(
        given.SubmitFeedbackInput(conversation_id=turn.id, score=1, comment="thanks")
    ).conversation
    assert judged is not None
    assert judged.feedback is not None
    assert (judged.feedback.score, judged.feedback.comment) == (1, "thanks")
    other = client.record_turn(given.RecordConversationInput(query="second", session_id=session))
    assert other.conversation is not None
    gone = client.delete_turn(given.DeleteConversationInput(conversation_id=other.conversation.id))
    assert gone.deleted_conversation_id == other.conversation.id


def _lists(client: Client, session: str) -> None:
    page = client.page(open=True, session=session)
    assert page.email == "you@example.com"
    assert [row.id for row in page.pinned.nodes] == [session]
    assert page.session is not None
    (turn,) = page.session.conversations.nodes
    assert turn.query == "How tall is it?"
    assert client.page(open=False).session is None

    home = client.sessions(filter_=given.SessionFilter(tag="home")).sessions
    assert [row.id for row in home.nodes] == [session]
    assert not client.sessions(after=page.sessions.page_info.end_cursor).sessions.nodes
    start = page.session.conversations.page_info.start_cursor
    earlier, later = client.earlier_turns(session, start), client.later_turns(session, start)
    assert earlier.session is not None
    assert later.session is not None
    assert (earlier.session.conversations.nodes, later.session.conversations.nodes) == ([], [])
    searched = client.search(search=True, around=True, order=SearchOrder.RELEVANCE, words="tall")
    found = searched.search_conversations
    assert found is not None
    assert searched.tags == ["home"]
    assert [(hit.session.id, hit.conversation.id) for hit in found.nodes if hit.conversation] == [
        (session, turn.id)
    ]
    counts = client.session_counts().session_counts
    assert (counts.active, counts.archived, counts.trash) == (1, 0, 0)


def _preferences(client: Client, session: str) -> None:
    changes = given.PreferencesInput(
        response_style=ResponseStyle.TECHNICAL, ui_settings=given.UISettingsInput(theme=Theme.DARK)
    )
    updated = client.update_preferences(given.UpdatePreferencesInput(preferences=changes))
    assert updated.preferences is not None
    assert updated.preferences.response_style is ResponseStyle.TECHNICAL
    of_viewer = client.viewer_preferences().viewer
    assert of_viewer.preferences.model_dump() == updated.preferences.model_dump()
    assert {s.field for s in of_viewer.preference_sources if s.source is PreferenceOrigin.USER} == {
        "responseStyle",
        "uiSettings.theme",
    }
    override = given.SessionPreferencesInput(
        ui_settings=given.UISettingsInput(font_size=FontSize.LARGE)
    )
    overridden = client.update_session_preferences(
        given.UpdateSessionPreferencesInput(session_id=session, preferences=override)
    )
    assert overridden.user_errors == []
    of_session = client.session_preferences(session).session
    assert of_session is not None
    assert overridden.session is not None
    assert of_session.model_dump() == overridden.session.model_dump()
    assert of_session.overrides.ui_settings.font_size is FontSize.LARGE
    assert of_session.preferences.ui_settings.theme is Theme.DARK
    assert client.notifications().notifications == []
    dismissed = client.dismiss_notification(
        given.DismissNotificationInput(notification_id="Notification.none")
    )
    assert [error.code.value for error in dismissed.user_errors] == ["NOT_FOUND"]
    reset = client.reset_preferences()
    assert reset.preferences is not None
    assert reset.preferences.response_style is not ResponseStyle.TECHNICAL


def _transfer(client: Listed, session: str) -> None:
    assert client.service().export_allowed
    chosen = client.export_sessions(
        given.ExportSessionsInput(sessions=given.SessionSelection(session_ids=[session]))
    )
    everything = client.export_my_data(given.ExportMyDataInput())
    for payload in (chosen, everything):
        assert payload.user_errors == []
        assert (payload.session_count, payload.conversation_count) == (1, 1)
        assert payload.download is not None
        document = httpx.get(client.url + payload.download.url, timeout=60).text
        assert "How tall is it?" in document
    checked = client.import_sessions(given.ImportSessionsInput(content=document, dry_run=True))
    assert checked.report is not None
    assert (checked.report.format, checked.report.dry_run) == (ImportFormat.RECOLLECT, True)
    assert (checked.report.sessions.added, checked.report.sessions.present) == (0, 1)


def _insights(client: Client) -> None:
    now = datetime.now(UTC)
    week = given.DateRange(since=now - timedelta(days=7), until=now)
    figures = client.viewer_insights(week, "Europe/Berlin").insights
    assert figures is not None
    assert figures.turns >= 0
    with pytest.raises(ApiError) as caught:
        client.service_insights(week)
    assert caught.value.code == "FORBIDDEN"


def _changes(client: Client) -> None:
    opened = client.create_session(given.CreateSessionInput()).session
    assert opened is not None
    session = opened.id
    sessions, turns = session_changes(client), turn_changes(client, session)
    assert (next(sessions).kind, next(turns).kind) == (ChangeKind.BEGUN, ChangeKind.BEGUN)

    client.record_turn(given.RecordConversationInput(query="live", session_id=session))

    changed = next(sessions)
    assert (changed.kind, changed.session_id) == (ChangeKind.CHANGED, session)
    assert changed.session is not None
    assert changed.session.conversation_count == 1
    told = next(turns)
    assert told.conversation is not None
    assert (told.kind, told.conversation.query) == (ChangeKind.CHANGED, "live")
    sessions.close()
    turns.close()


def _many(client: Client, session: str) -> None:
    several = given.SessionsInput(session_ids=[session, "Session.unknown"])
    for change in (client.archive_sessions, client.delete_sessions, client.restore_sessions):
        payload: Any = change(several)
        assert payload.user_errors == []
        changed, unknown = payload.results
        assert (changed.session_id, changed.user_errors) == (session, [])
        assert [error.code.value for error in unknown.user_errors] == ["NOT_FOUND"]
    tagging = given.TagSessionsInput(session_ids=[session], add=["work"], remove=["home"])
    (tagged,) = client.tag_sessions(tagging).results or []
    assert tagged.session is not None
    assert "work" in tagged.session.tags


def _erasure(client: Client) -> None:
    held = client.privacy()
    assert (held.viewer.session_counts.active, held.service.trash_days) == (1, 7)
    refused = client.erase_my_data(given.EraseMyDataInput(confirm=False))
    assert [error.field for error in refused.user_errors] == [["confirm"]]
    erased = client.erase_my_data(given.EraseMyDataInput(confirm=True))
    assert erased.report
    assert sum(kind.count for store in erased.report for kind in store.removed) > 0


def test_no_other_document_runs(served: ServedApi) -> None:
    with served.running():
        answer = httpx.post(
            f"{served.url}/graphql", json={"query": "{ viewer { email } }"}, timeout=60
        )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "TRUSTED_DOCUMENT_REQUIRED"
