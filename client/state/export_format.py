"""The format that sessions were exported in last, which the browser remembers in a cookie."""

import streamlit as st

from client.api.enums import ExportFormat

COOKIE = "recollect-export-format"
YEAR = 365 * 24 * 60 * 60
_KEEP = f"""<script>
document.cookie = "{COOKIE}=%s; path=/; max-age={YEAR}; SameSite=Strict";
</script>"""


def last_format() -> ExportFormat:
    """The format that this browser exported in last; JSON if it never did."""
    name = st.context.cookies.get(COOKIE)
    return ExportFormat(name) if name in set(ExportFormat) else ExportFormat.JSON


def keep_format(chosen: ExportFormat) -> None:
    """Let the browser remember the format. It draws an element."""
    st.html(_KEEP % chosen.value, unsafe_allow_javascript=True)
