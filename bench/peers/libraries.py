"""Libraries without a server of their own, each behind minimal routes (`servers/routes.py`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.environments import executable
from bench.peers.peer import ANSWER, QUESTION, Chat, Started, post
from bench.wire.load import Request

_SERVERS = Path(__file__).parent / "servers"


@dataclass(frozen=True)
class Library:
    """A library, and the script below `servers` that serves it."""

    name: str
    environment: str
    script: str
    lists: bool = True
    """Whether it can list a user's sessions."""
    firestore: str | None = None
    """The address of the Firestore emulator, for those that keep chats there."""

    def start(self, port: int, folder: Path) -> Started:
        """The script, with its files in the folder."""
        emulator = {"FIRESTORE_EMULATOR_HOST": self.firestore} if self.firestore else {}
        command = (executable(self.environment, "python"), str(_SERVERS / self.script), str(port))
        return Started(command, {**emulator, "GOOGLE_CLOUD_PROJECT": "demo-peer"}, folder)

    def create(self, chat: Chat) -> Request:
        """An empty session."""
        return post(f"/create/{chat.user}/{chat.session}", {})

    def opened(self, chat: Chat, answer: Any) -> None:
        """The client names its sessions."""

    def append(self, chat: Chat) -> Request:
        """A question with its answer."""
        turn = {"question": QUESTION, "answer": ANSWER}
        return post(f"/append/{chat.user}/{chat.session}", turn)

    def sessions(self, user: str) -> Request | None:
        """The latest sessions, as far as the library can tell which they are."""
        return Request(f"/sessions/{user}", {}) if self.lists else None

    def turns(self, chat: Chat) -> Request:
        """All that the library reads of a session."""
        return Request(f"/turns/{chat.user}/{chat.session}", {})
