"""The titles that sessions have until their users set one."""

import re

DERIVED_TITLE_CHARACTERS = 80
_CONTROL = re.compile(r"[\x00-\x1f]")
_ATTACHED = re.compile(r"(?:\A|\n\n)Attached file: [^\n]+\n(`{3,})\n(.*?)(?:\n\1|\Z)", re.DOTALL)
"""A file that a question from our client quotes, and its content."""


def derived_title(query: str, proposed: str | None = None) -> str:
    """A session's title until the user sets one.

    It is the beginning of the title that the answer service `proposed` or, without one, of the first query
    without the files it quotes; or of the first file's content, if the query has nothing else.
    """
    if proposed and proposed.strip():
        return beginning(proposed)
    file = _ATTACHED.search(query)
    if file is None:
        return beginning(query)
    return beginning(query[: file.start()].strip() or file[2])


def beginning(text: str) -> str:
    """The beginning of a text as a title: one line, without control characters."""
    line = " ".join(_CONTROL.sub(" ", text).split()) or "…"
    if len(line) <= DERIVED_TITLE_CHARACTERS:
        return line
    head, _, _ = line[:DERIVED_TITLE_CHARACTERS].rpartition(" ")
    return f"{head or line[: DERIVED_TITLE_CHARACTERS - 1]}…"
