"""Google's Agent Development Kit: its own server, `adk api_server`, on SQLite."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.environments import executable
from bench.peers.peer import QUESTION, Chat, Started, post
from bench.wire.load import Request

_AGENTS = Path(__file__).parent / "servers" / "adk_agents"


@dataclass
class ADKServer:
    """Sessions of events; an agent that answers at once, without a model."""

    name = "ADK api_server (SQLite)"
    environment = "adk"

    def start(self, port: int, folder: Path) -> Started:
        """With its sessions in a file."""
        kept = f"--session_service_uri=sqlite+aiosqlite:///{folder}/sessions.db"
        command = [executable(self.environment, "adk"), "api_server", f"--port={port}", kept]
        return Started((*command, "--log_level=error", str(_AGENTS)))

    def create(self, chat: Chat) -> Request:
        """An empty session of the agent."""
        return post(self._sessions(chat.user), {"sessionId": chat.session})

    def opened(self, chat: Chat, answer: Any) -> None:
        """The client names its sessions."""

    def append(self, chat: Chat) -> Request:
        """A run of the agent: the question and the answer are an event each."""
        message = {"role": "user", "parts": [{"text": QUESTION}]}
        run = {"appName": "chat", "userId": chat.user, "sessionId": chat.session}
        return post("/run", {**run, "newMessage": message})

    def sessions(self, user: str) -> Request:
        """All of them: there are no pages."""
        return Request(self._sessions(user), {})

    def turns(self, chat: Chat) -> Request:
        """The session with all of its events."""
        return Request(f"{self._sessions(chat.user)}/{chat.session}", {})

    def _sessions(self, user: str) -> str:
        return f"/apps/chat/users/{user}/sessions"
