"""The dialog that exports sessions, or all data."""

import base64
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
from client.state.browser_tab import Tab, ToDownload
from client.state.export_format import keep_format
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
"""Short names of the formats, the same in every language."""
SHOWN_PATH = (ExportFormat.CSV, ExportFormat.MARKDOWN, ExportFormat.HTML)
"""Formats that contain only the shown path, unless all versions are wanted."""
AT_ONCE = 8 * 1024 * 1024
"""Bytes that are sent to the browser with the page; a larger file waits behind a button."""
# The browser runs this whenever Streamlit draws it, even for the same click.
_DOWNLOAD = """<script>
((once, name, type, address, content) => {
  if (window.downloadedOnce >= once) return;
  window.downloadedOnce = once;
  if (address) return location.assign(address);
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
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
            keep_format(chosen)
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
        name, kind = document.file_name, document.media_type
        if address := public_address(document):
            tab.to_download = ToDownload(name, kind, address)
            return
        content = download(tab, document)
        if len(content) <= AT_ONCE:
            tab.to_download = ToDownload(name, kind, content=content)
        else:
            tab.dialog = partial(_ready, document, content)

    st.button(
        _("As {format}").format(format=NAMES[tab.export_format]),
        key="export-now",
        help=_("Exports at once, in the format that you chose last."),
        on_click=tab.later,
        args=(export,),
    )
    if ready := tab.to_download:
        tab.to_download = None
        content = base64.b64encode(ready.content).decode()
        parts = [time.time_ns() // 1_000_000, ready.name, ready.media_type, ready.address, content]
        # The values must not be able to end the script.
        st.html(_DOWNLOAD % json.dumps(parts).replace("<", "\\u003c"), unsafe_allow_javascript=True)


@in_dialog(N_("Export"))
def _ready(document: ExportDownload, content: bytes) -> None:
    _button(document, content)


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
        content = download(tab, document)
    _button(document, content)


def _button(document: ExportDownload, content: bytes) -> None:
    st.download_button(
        _("Download"),
        content,
        file_name=document.file_name,
        mime=document.media_type,
        icon=":material/download:",
        on_click="ignore",
    )
