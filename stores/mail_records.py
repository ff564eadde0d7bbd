"""The records of mails and notices: what was sent to which user, and what users dismissed. They contain no
text and no address."""

from typing import Annotated, Literal, TypeAlias

from annotated_types import MaxLen
from pydantic import Field

from stores.fields import Count, Digest, Time, Total
from stores.records import Record

MailKind = Literal["summary", "reminder"]
MailState = Literal["sending", "waiting", "sent", "refused", "withdrawn"]
Problem: TypeAlias = Literal["", "unreachable", "insecure", "refuses"]


class Mail(Record):
    """One mail of a kind to a user for a period. Whoever creates the record sends the mail and closes it.

    `sending` is open: the mail may be on its way or, if its sender ended, may have been sent. `waiting` was
    not accepted yet and is retried. The others are closed; `withdrawn` no longer had anything to report.
    """

    kind: MailKind
    state: MailState
    since: Time
    """The start of the period that it covers, up to `until`."""
    until: Time
    taken_at: Time
    """When a sender last took it."""
    retry_at: Time = 0
    attempts: Count = 1
    doubts: Count = 0
    """How often it was sent again although it was unknown whether it had arrived."""
    notices: Annotated[list[Digest], MaxLen(300)] = Field(default_factory=list)
    """The notices in a reminder, so that no other reminder repeats them."""


class Dismissal(Record):
    """A notice that a user no longer wants to see, on any device."""

    dismissed_at: Time


class MailFigures(Record):
    """The outcomes of all mails, and the mail server's most recent state. For operators; nothing in it is
    about one person."""

    sent: Total = 0
    refused: Total = 0
    """Mails whose address the mail server refused permanently, or for too long."""
    withdrawn: Total = 0
    waiting: Total = 0
    """Attempts that the mail server put off."""
    doubtful: Total = 0
    """Mails sent again although it was unknown whether they had arrived."""
    last_run_at: Time = 0
    """When a run last ended."""
    problem: Problem = ""
    problem_since: Time = 0
