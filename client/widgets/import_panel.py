"""The library's import panel: a file can be tried first, then imported."""

from functools import partial

import streamlit as st

from client.api.fragments import (
    ImportNumbers,
    ImportResult,
    ImportResultImportedSessions,
)
from client.formatting.text import plain
from client.state.browser_tab import Tab
from client.state.file_transfer import upload
from client.transport import ApiError
from client.widgets.error_messages import show_errors

SESSIONS = 5
REMARKS = 20
"""How many remarks of a report are shown."""
REPORTED = 1000
"""Sessions that a report has at most."""


def show(tab: Tab) -> None:
    """Draw the panel."""
    st.caption(
        "What ChatGPT, Claude, DeepSeek, Gemini (Google Takeout, as JSON), Grok, LibreChat or Open WebUI "
        "hand out, as it is or in its .zip; Recollect's own exports; OpenAI's messages, ShareGPT and "
        "others. Importing the same file twice adds nothing."
    )
    file = st.file_uploader("File", key="import-file", label_visibility="collapsed")
    if file is None:
        return
    with st.container(horizontal=True):
        tried = st.button("Try without importing", key="import-try")
        taken = st.button("Import", key="import-now", type="primary")
    if tab.imported:
        _report(tab.imported)
        tab.imported = None
    if not (tried or taken):
        return
    bar = st.progress(0.0, "Reading…")
    reached = partial(bar.progress, text="Reading…")
    try:
        report = upload(tab, file, file.size, dry_run=tried, reached=reached)
    except ApiError as error:
        show_errors([str(error)])
        return
    finally:
        bar.empty()
    if report.dry_run:
        _report(report)
        return
    # The list below is out of date: reload it from its first page, then show the report.
    tab.imported, tab.library_view = report, None
    st.rerun()


def _report(report: ImportResult) -> None:
    verb = "Would be added" if report.dry_run else "Added"
    said = f"{verb}: {_counts(report.sessions, 'session')}, {_counts(report.turns, 'turn')}."
    (st.info if report.dry_run else st.success)(said)
    if not report.complete:
        st.warning(
            "The file could not be read to the end. Once it is repaired, import it again; nothing "
            "is added twice."
        )
    if report.preferences_restored:
        done = "would be" if report.dry_run else "were"
        st.caption(f"Preferences {done} taken over from the file, too.")
    st.caption(f"Kept for {report.retention_days} days, as you chose in Preferences.")
    _sessions(report)
    notes = {
        "Open turns that got their answer": report.answers_added,
        "Pictures and other parts that are not text, of which only the name is kept": report.parts_named,
        "Turns imported without their text, because your chats are not kept": report.without_text,
        "Sessions archived to make room": report.archived,
    }
    _list("", [f"{name}: {count}" for name, count in notes.items() if count])
    _list(
        "Left out, or not as it was:",
        [f"{plain(each.description.rstrip('.'))}: {each.count}" for each in report.left_out],
    )
    shown = [f"{plain(each.place)}: {plain(each.message)}" for each in report.remarks[:REMARKS]]
    if more := report.remarks_left_out + len(report.remarks) - len(shown):
        shown.append(f"Further remarks: {more}")
    _list("Remarks:", shown)


def _sessions(report: ImportResult) -> None:
    """The first sessions of the file, to see what it has before it is imported."""
    first = report.imported_sessions[:SESSIONS]
    lines = [
        f"{plain(each.title or 'Untitled')} ({_day(each)}{_counts(each.turns, 'turn')})"
        for each in first
    ]
    if more := len(report.imported_sessions) - len(first):
        lines.append(f"and {more}{'+' if len(report.imported_sessions) == REPORTED else ''} more")
    _list("The first sessions of the file:", lines)


def _day(session: ImportResultImportedSessions) -> str:
    return f"{session.created_at:%Y-%m-%d}, " if session.created_at else ""


def _list(heading: str, lines: list[str]) -> None:
    if lines:
        items = "\n".join(f"- {line}" for line in lines)
        st.caption(f"{heading}\n\n{items}" if heading else items)


def _counts(numbers: ImportNumbers, name: str) -> str:
    parts = [f"{numbers.added} {name}{'' if numbers.added == 1 else 's'}"]
    for count, what in (
        (numbers.present, "already there"),
        (numbers.deleted, "deleted here since"),
        (numbers.refused, "refused"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return f"{parts[0]} ({', '.join(parts[1:])})" if parts[1:] else parts[0]
