"""The dialog that exports sessions, or everything."""

from collections.abc import Callable

import streamlit as st

from client.api.enums import ArchiveFormat, ExportFormat
from client.api.fragments import Export
from client.api.input_types import ExportMyDataInput, ExportSessionsInput
from client.files import download
from client.tab import Tab
from client.text import plain, sessions, turns
from client.transport import ApiError

FORMATS = {
    ExportFormat.JSON: "JSON: complete, can be imported again",
    ExportFormat.NDJSON: "NDJSON: the same, line by line",
    ExportFormat.CSV: "CSV: a table for spreadsheets",
    ExportFormat.MARKDOWN: "Markdown: to read and edit",
    ExportFormat.HTML: "HTML: to read and print",
}


def sessions_dialog(tab: Tab, session_ids: list[str] | None) -> Callable[[], None]:
    """What opens the dialog for these sessions, or for all outside the trash."""

    @st.dialog("Export")
    def show() -> None:
        chosen = st.selectbox("As", FORMATS, format_func=lambda f: FORMATS[f], key="export-format")
        given = ExportSessionsInput(session_ids=session_ids, format=chosen)
        _offer(tab, lambda: tab.api.export_sessions(given))

    return show


def everything_dialog(tab: Tab) -> Callable[[], None]:
    """What opens the dialog for all that is held about the person."""

    @st.dialog("Download everything held about you")
    def show() -> None:
        st.write("Sessions, archived, deleted and temporary ones too, and your preferences.")
        chosen = st.selectbox("As", list(ArchiveFormat), format_func=lambda f: f.value)
        given = ExportMyDataInput(format=chosen)
        _offer(tab, lambda: tab.api.export_my_data(given))

    return show


def _offer(tab: Tab, export: Callable[[], Export]) -> None:
    if not st.button("Prepare", type="primary", key="prepare"):
        return
    try:
        made = export()
        with st.spinner("Collecting…"):
            file = download(tab, made)
    except ApiError as error:
        st.error(plain(str(error)), icon=":material/info:")
        return
    if made.download:
        st.caption(f"{sessions(made.session_count or 0)}, {turns(made.conversation_count or 0)}.")
        st.download_button(
            "Download",
            file,
            file_name=made.download.file_name,
            mime=made.download.media_type,
            icon=":material/download:",
            on_click="ignore",
        )
