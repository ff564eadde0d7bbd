"""Asks a question about text files: dropped on the input field, or made from a long text pasted there."""

from collections.abc import Sequence
from typing import Protocol
from uuid import uuid4

from client.formatting.attachments import Attachment, with_attachments
from client.state.asking import ask
from client.state.browser_tab import Action, Tab
from client.state.drafts import Draft
from client.wording import _, number

QUESTION_BYTES = 256 * 1024
"""The API's limit for a question, in UTF-8."""


class File(Protocol):
    """A file that a browser sent."""

    name: str

    def getvalue(self) -> bytes:
        """Its content."""


class NotQuotedError(ValueError):
    """A file can't be quoted; the message is for the user."""


def ask_about(question: str, files: Sequence[File]) -> Action:
    """Ask a question that quotes the files. If they can't be quoted, the question waits as a draft."""

    def action(tab: Tab) -> None:
        try:
            whole = with_attachments(question, [_read(file) for file in files])
            if files:
                _check_size(whole)
        except NotQuotedError as error:
            tab.problems.append(str(error))
            tab.draft = Draft(question, str(uuid4()))
        else:
            ask(whole)(tab)

    return action


def _read(file: File) -> Attachment:
    try:
        text = file.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise NotQuotedError(
            _("{file} is not a text file in UTF-8. Attach plain text instead.").format(
                file=file.name
            )
        )
    return Attachment(file.name, text.replace("\r\n", "\n").rstrip("\n"))


def _check_size(question: str) -> None:
    size = len(question.encode())
    if size > QUESTION_BYTES:
        raise NotQuotedError(
            _("The question and its files are {size} KiB; {limit} KiB fit. Attach less.").format(
                size=number(-(-size // 1024)), limit=number(QUESTION_BYTES // 1024)
            )
        )
