"""The actions on one session or on several."""

from collections.abc import Sequence
from datetime import datetime
from unicodedata import category

import streamlit as st

from client.api.client import Client
from client.api.fragments import ChangedSession, ChangedSessions, SessionRow
from client.api.input_types import (
    PinSessionInput,
    RenameSessionInput,
    SessionInput,
    SessionsInput,
    SetSessionTagsInput,
    TagSessionsInput,
)
from client.formatting.days import clock, zone
from client.formatting.text import sessions as counted
from client.formatting.text import title
from client.state.browser_tab import Action, Notice, Tab, open_session
from client.wording import N_, _


def rename(session: SessionRow, name: str) -> Action:
    """Change its title; an empty one removes the user's title."""
    given = RenameSessionInput(session_id=session.id, title=name.strip() or None)
    return lambda tab: _done(tab, tab.api.rename_session(given))


def tag(session: SessionRow, tags: Sequence[str]) -> Action:
    """Replace its tags."""
    given = SetSessionTagsInput(session_id=session.id, tags=list(tags))
    return lambda tab: _done(tab, tab.api.set_session_tags(given))


def pin(session: SessionRow) -> Action:
    """Pin it, or unpin it."""
    given = PinSessionInput(session_id=session.id, pinned=not session.pinned)
    return lambda tab: _done(tab, tab.api.pin_session(given))


def keep(session: SessionRow) -> Action:
    """Turn a temporary session into an ordinary one."""
    given = SessionInput(session_id=session.id)
    return lambda tab: _done(tab, tab.api.keep_session(given))


def make_temporary(session: SessionRow) -> Action:
    """Make it temporary, and show when it will be gone."""
    given = SessionInput(session_id=session.id)

    def action(tab: Tab) -> None:
        made = tab.api.make_session_temporary(given)
        if not _done(tab, made):
            return
        if made.session and made.session.expires_at:
            now = datetime.now(zone(st.context.timezone))
            named = _("Temporary now: {title}").format(title=title(session))
            until = clock(made.session.expires_at, now)
            gone = _("It will be gone at {time}.").format(time=until)
            tab.notice = Notice(f"{_sentence(named)} {gone}", undo=keep(session))

    return action


def archive(session: SessionRow) -> Action:
    """Archive it."""
    given = SessionInput(session_id=session.id)

    def action(tab: Tab) -> None:
        if _done(tab, tab.api.archive_session(given)):
            named = _("Archived: {title}").format(title=title(session))
            tab.notice = Notice(_sentence(named), undo=restore(session))

    return action


def restore(session: SessionRow) -> Action:
    """Restore it from the archive or the trash, or reopen it."""
    given = SessionInput(session_id=session.id)
    return lambda tab: _done(tab, tab.api.restore_session(given))


def delete(session: SessionRow) -> Action:
    """Move it to the trash."""
    given = SessionInput(session_id=session.id)

    def action(tab: Tab) -> None:
        gone = tab.api.delete_session(given)
        tab.report(gone.user_errors)
        if gone.user_errors:
            return
        if tab.opened == session.id:
            open_session(None)
        lost = session.temporary
        said = _("Deleted for good: {title}") if lost else _("Deleted: {title}")
        tab.notice = Notice(
            _sentence(said.format(title=title(session))), undo=None if lost else restore(session)
        )

    return action


BULK = {
    N_("Archive"): (N_("Archived: {sessions}."), Client.archive_sessions),
    N_("Restore"): (N_("Restored: {sessions}."), Client.restore_sessions),
    N_("Delete"): (N_("Deleted: {sessions}."), Client.delete_sessions),
}
"""The bulk actions, and the notice shown after each."""
TAGGED = N_("Tags changed: {sessions}.")


def in_bulk(name: str, sessions: Sequence[SessionRow]) -> Action:
    """Run one of `BULK` on sessions, and report those for which it failed."""
    done, call = BULK[name]
    given = SessionsInput(session_ids=[session.id for session in sessions])
    return lambda tab: _done_to_many(tab, sessions, call(tab.api, given), done)


def tag_many(sessions: Sequence[SessionRow], add: list[str], remove: list[str]) -> Action:
    """Add tags to sessions and remove others, and report those for which it failed."""
    ids = [session.id for session in sessions]
    given = TagSessionsInput(session_ids=ids, add=add, remove=remove)
    return lambda tab: _done_to_many(tab, sessions, tab.api.tag_sessions(given), TAGGED)


def _done_to_many(
    tab: Tab, sessions: Sequence[SessionRow], changed: ChangedSessions, done: str
) -> bool:
    """Report the results; returns whether the input as a whole was accepted."""
    tab.report(changed.user_errors)
    results = changed.results or []
    titles = {session.id: title(session) for session in sessions}
    unknown = _("A session")
    for result in results:
        tab.problems += [
            f"{titles.get(result.session_id, unknown)}: {error.message}"
            for error in result.user_errors
        ]
    changed_ids = [result.session_id for result in results if not result.user_errors]
    if changed_ids:
        tab.notice = Notice(_(done).format(sessions=counted(len(changed_ids))))
    return not changed.user_errors


def tell_archived(tab: Tab, sessions: Sequence[SessionRow]) -> None:
    """Show which sessions were archived to make room, if any."""
    if sessions:
        names = ", ".join(map(title, sessions))
        tab.notice = Notice(_sentence(_("Archived to make room: {titles}").format(titles=names)))


def _sentence(text: str) -> str:
    """The text with a full stop, unless it ends with punctuation already."""
    return text if category(text[-1]) == "Po" else f"{text}."


def _done(tab: Tab, changed: ChangedSession) -> bool:
    tab.report(changed.user_errors)
    tell_archived(tab, changed.archived_sessions)
    return not changed.user_errors
