"""The records of mails and notices: what was sent to whom, and what people put aside. They hold no text
and no address."""

from typing import Annotated, Literal, TypeAlias

from annotated_types import MaxLen
from pydantic import Field

from stores.fields import Count, Digest, Time, Total
from stores.records import Record

MailKind = Literal["summary", "reminder"]
MailState = Literal["sending", "waiting", "sent", "refused", "withdrawn"]
Problem: TypeAlias = Literal["", "unreachable", "insecure", "refuses"]


class Mail(Record):
    """One mail: of a kind, to a user, for a period. Whoever creates it sends the mail, and closes it after.

    `sending` is open: the mail may be on its way or, if its sender ended, may have been. `waiting` was
    not taken yet and is tried again. The others are closed; `withdrawn` had nothing to tell any more.
    """

    kind: MailKind
    state: MailState
    since: Time
    """The period it tells of, up to `until`."""
    until: Time
    taken_at: Time
    """When it was last taken to be sent."""
    retry_at: Time = 0
    attempts: Count = 1
    doubts: Count = 0
    """How often it was sent again although nobody knows if it had arrived."""
    notices: Annotated[list[Digest], MaxLen(300)] = Field(default_factory=list)
    """What a reminder told of, so that no other one does."""


class Dismissal(Record):
    """A notice that a user does not want to see any more, on any device."""

    dismissed_at: Time


class MailFigures(Record):
    """What became of all mails, and how the mail server did last. For operators; nothing in it is about
    one person."""

    sent: Total = 0
    refused: Total = 0
    """Mails whose address the mail server refused for good, or for too long."""
    withdrawn: Total = 0
    waiting: Total = 0
    """Attempts that the mail server put off."""
    doubtful: Total = 0
    """Mails sent again although nobody knows if they had arrived."""
    last_run_at: Time = 0
    """When a run last came to its end."""
    problem: Problem = ""
    problem_since: Time = 0
