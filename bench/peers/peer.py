"""What a system must provide to be measured: how to start it, and the requests that its clients send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bench.history import prose
from bench.wire.load import Request

JSON_BODY = {"Content-Type": "application/json"}
QUESTION = prose(1, 12)
ANSWER = prose(2, 120)
PAGE = 20
"""Sessions on a page."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A session of a user. The id is a UUID."""

    user: str
    session: str


@dataclass(frozen=True, slots=True)
class Started:
    """How to start a system: its command, its additional environment variables, and its folder."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


class Peer(Protocol):
    """A system that keeps chats."""

    @property
    def name(self) -> str:
        """Its name in the tables."""

    def start(self, port: int, folder: Path) -> Started:
        """How to start it on a port of loopback, with its files in an empty folder."""

    def create(self, chat: Chat) -> Request:
        """Opens an empty session."""

    def opened(self, chat: Chat, answer: Any) -> None:
        """Take note of the response to `create`."""

    def append(self, chat: Chat) -> Request:
        """Adds a question and its answer."""

    def sessions(self, user: str) -> Request | None:
        """Lists a user's latest sessions; None if it can't."""

    def turns(self, chat: Chat) -> Request:
        """Reads the turns of a session."""


def post(path: str, body: Mapping[str, Any], **headers: str) -> Request:
    """A request with a JSON body."""
    return Request(path, {**JSON_BODY, **headers}, body)
