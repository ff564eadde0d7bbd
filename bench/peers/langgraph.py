"""LangGraph's own server, as its developers run it: `langgraph dev`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.environments import executable
from bench.peers.peer import ANSWER, PAGE, QUESTION, Chat, Started, post
from bench.wire.load import Request

_GRAPH = Path(__file__).parent / "servers" / "langgraph_chat.py"


@dataclass
class LangGraph:
    """Threads whose state is a list of messages, kept in memory."""

    name = "LangGraph dev server (in memory)"
    environment = "langgraph"

    def start(self, port: int, folder: Path) -> Started:
        """Without its tracing, its watcher of files and its browser."""
        graphs = {"dependencies": ["."], "graphs": {"chat": f"{_GRAPH}:graph"}}
        (folder / "langgraph.json").write_text(json.dumps(graphs))
        command = [executable(self.environment, "langgraph"), "dev", "--port", str(port)]
        quiet = {"LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
        quiet |= {"LOG_LEVEL": "ERROR"}
        return Started((*command, "--no-browser", "--no-reload"), quiet, folder)

    def create(self, chat: Chat) -> Request:
        """A thread belongs to a user by its metadata."""
        metadata = {"user": chat.user, "graph_id": "chat"}
        return post("/threads", {"thread_id": chat.session, "metadata": metadata})

    def opened(self, chat: Chat, answer: Any) -> None:
        """The client names its threads."""

    def append(self, chat: Chat) -> Request:
        """Two more messages in the thread's state."""
        messages = [
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": ANSWER},
        ]
        values = {"values": {"messages": messages}, "as_node": "answer"}
        return post(f"/threads/{chat.session}/state", values)

    def sessions(self, user: str) -> Request:
        """The latest threads without their values."""
        wanted = ["thread_id", "created_at", "updated_at", "metadata", "status"]
        search = {"metadata": {"user": user}, "limit": PAGE, "select": wanted}
        return post("/threads/search", search)

    def turns(self, chat: Chat) -> Request:
        """The state of the thread: it can't be read in pages."""
        return Request(f"/threads/{chat.session}/state", {})
