"""What mails say, before anybody words it, and the port that delivers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

NoticeKind = Literal["archive", "close", "expire"]


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What happened in one session. Questions that are open are cut to a line."""

    session_id: str
    title: str | None
    turns: int
    open_questions: Sequence[str] = ()
    good: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a user asked and was answered from `since` until before `until`, in microseconds."""

    since: int
    until: int
    sessions: Sequence[SessionSummary]
    """The latest active first."""
    topics: Sequence[str]

    @property
    def turns(self) -> int:
        """Turns in all sessions."""
        return sum(session.turns for session in self.sessions)

    @property
    def open_questions(self) -> int:
        """Questions without an answer, in all sessions."""
        return sum(len(session.open_questions) for session in self.sessions)

    @property
    def good(self) -> int:
        """Answers judged good."""
        return sum(session.good for session in self.sessions)

    @property
    def bad(self) -> int:
        """Answers judged bad."""
        return sum(session.bad for session in self.sessions)


@dataclass(frozen=True, slots=True)
class Notice:
    """A session that is about to be archived or closed, or whose oldest turns are about to expire."""

    notice_id: str
    kind: NoticeKind
    session_id: str
    title: str | None
    at: int
    """When, in microseconds."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Notices, the earliest first."""

    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one user."""

    to: str
    """A verified address."""
    content: Summary | Reminder
    name: str
    """What its Message-ID begins with."""
    language: str
    """A BCP 47 tag."""
    time_zone: str
    unsubscribe: str
    """The word in the link that ends mails of this kind."""


class AddressRefused(Exception):
    """The mail server does not take mail for this address."""


class PutOff(Exception):
    """The mail server does not take this mail now, but may later."""


class Doubtful(Exception):
    """The mail was sent, and nobody knows if the mail server took it."""


class ServerAway(Exception):
    """The mail server can't be reached, or proves not who it is, or takes no mail of ours. Nothing was
    sent."""

    def __init__(self, problem: Literal["unreachable", "insecure", "refuses"]) -> None:
        super().__init__(problem)
        self.problem = problem


class Post(Protocol):
    """Delivers letters."""

    async def send(self, letter: Letter) -> None:
        """Return once somebody else is responsible for the letter.

        Raises `AddressRefused`, `PutOff`, `Doubtful` and `ServerAway`.
        """

    async def close(self) -> None:
        """End connections."""
