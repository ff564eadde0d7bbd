"""The library's import panel: a file can be tried first, then imported."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from client.api.fragments import (
    ImportNumbers,
    ImportResult,
    ImportResultImportedSessions,
)
from client.formatting.text import plain, sessions, turns
from client.state.browser_tab import Tab
from client.state.file_transfer import upload
from client.transport import ApiError
from client.widgets.error_messages import show_errors
from client.wording import _, ngettext, number, short_day

SESSIONS = 5
REMARKS = 20
"""How many remarks of a report are shown."""
REPORTED = 1000
"""Maximum sessions in a report."""

# A file that is dropped beside the field is put into it anyway.
_DROP = """<script>
(() => {
  if (window.takesDrops) return;
  window.takesDrops = true;
  const panel = () => document.querySelector("[data-testid=stExpander]:has(.st-key-import-panel) details");
  const wanted = (event) => panel() && event.dataTransfer?.types.includes("Files")
    && !event.target.closest("[data-testid=stFileUploaderDropzone]");
  addEventListener("dragover", (event) => { if (wanted(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!wanted(event)) return;
    event.preventDefault();
    const dropped = new DataTransfer();
    dropped.items.add(event.dataTransfer.files[0]);
    if (!panel().open) panel().querySelector("summary").click();
    const field = panel().querySelector("input[type=file]");
    field.files = dropped.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
</script>"""


def show(tab: Tab) -> None:
    """Draw the panel."""
    with st.container(key="import-panel"):
        _panel(tab)
    st.html(_DROP, unsafe_allow_javascript=True)


def _panel(tab: Tab) -> None:
    st.caption(
        _(
            "What ChatGPT, Claude, DeepSeek, Gemini (Google Takeout, as JSON), Grok, LibreChat or Open "
            "WebUI hand out, as it is or in its .zip; Recollect's own exports; OpenAI's messages, "
            "ShareGPT and others. Importing the same file twice adds nothing. Drop the file anywhere on "
            "this page."
        )
    )
    file = st.file_uploader(_("File"), key="import-file", label_visibility="collapsed")
    if file is None:
        return
    with st.container(horizontal=True):
        tried = st.button(_("Try without importing"), key="import-try")
        taken = st.button(_("Import"), key="import-now", type="primary")
    if tab.imported:
        _report(tab.imported)
        tab.imported = None
    if not (tried or taken):
        return
    bar = st.progress(0.0, _("Reading…"))
    reached = partial(bar.progress, text=_("Reading…"))
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
    said = (
        _("Would be added: {sessions}, {turns}.")
        if report.dry_run
        else _("Added: {sessions}, {turns}.")
    )
    found = _counts(report.sessions, sessions), _counts(report.turns, turns)
    (st.info if report.dry_run else st.success)(said.format(sessions=found[0], turns=found[1]))
    if not report.complete:
        st.warning(
            _(
                "The file could not be read to the end. Once it is repaired, import it again; nothing "
                "is added twice."
            )
        )
    if report.preferences_restored:
        st.caption(
            _("Preferences would be taken over from the file, too.")
            if report.dry_run
            else _("Preferences were taken over from the file, too.")
        )
    st.caption(
        ngettext(
            "Kept for {count} day, as you chose in Preferences.",
            "Kept for {count} days, as you chose in Preferences.",
            report.retention_days,
        )
    )
    _sessions(report)
    notes = {
        _("Open turns that got their answer"): report.answers_added,
        _(
            "Pictures and other parts that are not text, of which only the name is kept"
        ): report.parts_named,
        _(
            "Turns imported without their text, because your chats are not kept"
        ): report.without_text,
        _("Sessions archived to make room"): report.archived,
    }
    _list("", [f"{name}: {number(count)}" for name, count in notes.items() if count])
    _list(
        _("Left out, or not as it was:"),
        [f"{plain(each.description.rstrip('.'))}: {each.count}" for each in report.left_out],
    )
    shown = [f"{plain(each.place)}: {plain(each.message)}" for each in report.remarks[:REMARKS]]
    if more := report.remarks_left_out + len(report.remarks) - len(shown):
        shown.append(_("Further remarks: {count}").format(count=number(more)))
    _list(_("Remarks:"), shown)


def _sessions(report: ImportResult) -> None:
    """The first sessions of the file, to see its content before it is imported."""
    first = report.imported_sessions[:SESSIONS]
    untitled = _("Untitled")
    lines = [
        f"{plain(each.title or untitled)} ({_day(each)}{_counts(each.turns, turns)})"
        for each in first
    ]
    if more := len(report.imported_sessions) - len(first):
        least = "+" if len(report.imported_sessions) == REPORTED else ""
        lines.append(_("and {count} more").format(count=f"{number(more)}{least}"))
    _list(_("The first sessions of the file:"), lines)


def _day(session: ImportResultImportedSessions) -> str:
    return f"{short_day(session.created_at)}, " if session.created_at else ""


def _list(heading: str, lines: list[str]) -> None:
    if lines:
        items = "\n".join(f"- {line}" for line in lines)
        st.caption(f"{heading}\n\n{items}" if heading else items)


def _counts(numbers: ImportNumbers, in_words: Callable[[int], str]) -> str:
    parts = [in_words(numbers.added)]
    for count, what in (
        (numbers.present, _("{count} already there")),
        (numbers.deleted, _("{count} deleted here since")),
        (numbers.refused, _("{count} refused")),
    ):
        if count:
            parts.append(what.format(count=number(count)))
    return f"{parts[0]} ({', '.join(parts[1:])})" if parts[1:] else parts[0]
