"""The dialog that exports sessions, or all data."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import streamlit as st

from client.api.enums import ArchiveFormat, ExportFormat
from client.api.fragments import Export, ExportDownload
from client.api.input_types import ExportMyDataInput, ExportSessionsInput, SessionSelection
from client.formatting.days import clock, zone
from client.formatting.text import sessions, turns
from client.state.browser_tab import Tab
from client.state.file_transfer import download, offered, public_address
from client.transport import ApiError
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import show_errors
from client.wording import N_, _

FORMATS = {
    ExportFormat.JSON: N_("JSON: complete, can be imported again"),
    ExportFormat.NDJSON: N_("NDJSON: the same, line by line"),
    ExportFormat.CSV: N_("CSV: a table for spreadsheets"),
    ExportFormat.MARKDOWN: N_("Markdown: to read and edit"),
    ExportFormat.HTML: N_("HTML: to read and print"),
}

NAMES = {
    ExportFormat.JSON: "JSON",
    ExportFormat.NDJSON: "NDJSON",
    ExportFormat.CSV: "CSV",
    ExportFormat.MARKDOWN: "Markdown",
    ExportFormat.HTML: "HTML",
}
"""What the formats are called in short, in every language."""
SHOWN_PATH = (ExportFormat.CSV, ExportFormat.MARKDOWN, ExportFormat.HTML)
"""Formats that have only what is shown, unless all is wanted."""
# The browser runs this whenever Streamlit draws it, also for the same click.
_DOWNLOAD = """<script>
((once, address) => {
  if (window.downloadedOnce >= once) return;
  window.downloadedOnce = once;
  location.assign(address);
})(...%s);
</script>"""


def sessions_dialog(tab: Tab, session_ids: list[str] | None) -> Callable[[], None]:
    """Returns a function that opens the dialog for these sessions, or for all outside the trash."""

    @in_dialog(N_("Export"))
    def show() -> None:
        chosen = st.selectbox(
            _("Format"),
            FORMATS,
            list(FORMATS).index(tab.export_format),
            format_func=lambda f: _(FORMATS[f]),
            key="export-format",
        )
        branches = chosen in SHOWN_PATH and st.checkbox(
            _("All versions of questions and answers, not only those shown"), key="export-branches"
        )
        chats = None if session_ids is None else SessionSelection(session_ids=session_ids)
        given = ExportSessionsInput(sessions=chats, format=chosen, all_branches=branches)

        def export() -> Export:
            tab.export_format = chosen
            return tab.api.export_sessions(given)

        _offer(tab, export)

    return show


def everything_dialog(tab: Tab) -> Callable[[], None]:
    """Returns a function that opens the dialog for everything stored about the user."""

    @in_dialog(N_("Download all your data"))
    def show() -> None:
        st.write(
            _("All sessions, including archived, deleted and temporary ones, and your preferences.")
        )
        chosen = st.selectbox(
            _("Format"),
            list(ArchiveFormat),
            format_func=lambda f: _(FORMATS[ExportFormat(f.value)]),
        )
        given = ExportMyDataInput(format=chosen)
        _offer(tab, lambda: tab.api.export_my_data(given))

    return show


def export_now(tab: Tab, session_ids: list[str] | None) -> None:
    """Draw a button that exports these sessions, or all, in the format chosen last, with one click."""
    chats = None if session_ids is None else SessionSelection(session_ids=session_ids)
    given = ExportSessionsInput(sessions=chats, format=tab.export_format)

    def export(tab: Tab) -> None:
        document = offered(tab.api.export_sessions(given))
        if address := public_address(document):
            tab.to_download = address
        else:
            tab.dialog = partial(_ready, tab, document)

    st.button(
        _("As {format}").format(format=NAMES[tab.export_format]),
        key="export-now",
        help=_("Exports at once, in the format that you chose last."),
        on_click=tab.later,
        args=(export,),
    )
    if tab.to_download:
        # It must not be able to end the script.
        once = json.dumps([time.time_ns() // 1_000_000, tab.to_download]).replace("<", "\\u003c")
        tab.to_download = None
        st.html(_DOWNLOAD % once, unsafe_allow_javascript=True)


@in_dialog(N_("Export"))
def _ready(tab: Tab, document: ExportDownload) -> None:
    try:
        _file(tab, document)
    except ApiError as error:
        show_errors([str(error)])


def _offer(tab: Tab, export: Callable[[], Export]) -> None:
    if not st.button(_("Prepare"), type="primary", key="prepare"):
        return
    try:
        made = export()
        document = offered(made)
        st.caption(f"{sessions(made.session_count or 0)}, {turns(made.conversation_count or 0)}.")
        if address := public_address(document):
            _link(document, address)
        else:
            _file(tab, document)
    except ApiError as error:
        show_errors([str(error)])


def _link(document: ExportDownload, address: str) -> None:
    """The browser downloads the document itself; the API names the file."""
    st.link_button(_("Download"), address, icon=":material/download:")
    until = clock(document.expires_at, datetime.now(zone(st.context.timezone)))
    st.caption(
        _(
            "The link works until {time}, for anyone who has it. After that, press Prepare again."
        ).format(time=until)
    )


def _file(tab: Tab, document: ExportDownload) -> None:
    with st.spinner(_("Collecting…")):
        file = download(tab, document)
    st.download_button(
        _("Download"),
        file,
        file_name=document.file_name,
        mime=document.media_type,
        icon=":material/download:",
        on_click="ignore",
    )
