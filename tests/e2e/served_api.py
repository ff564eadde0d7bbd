"""A real API server for tests of its clients."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recollect.app import build_app
from recollect.settings.settings import Settings
from tests.e2e.ports import free_port


class ServedApi:
    """The API on a port of its own, in a thread; embedded, unless the settings say otherwise.

    It counts requests, except subscriptions to changes, and can lose answers.
    """

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.settings = settings or Settings(data_dir=folder)
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests = 0
        self.lose_answers = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends; may be entered again."""
        app = self._watched(build_app(self.settings))
        config = uvicorn.Config(app, port=self.port, log_config=None, timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the API does not start"
                time.sleep(0.02)
            yield
        finally:
            server.should_exit = True
            thread.join()

    def query(self, document: str, *, user: str | None = None, **variables: Any) -> Any:
        """The data of an operation sent without the page."""
        response = httpx.post(
            f"{self.url}/graphql",
            json={"query": document, "variables": variables},
            headers={"X-Recollect-Dev-User": user} if user else None,
            timeout=60,
        )
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"]

    def record(
        self,
        query: str,
        session: str | None = None,
        response: str | None = None,
        *,
        user: str | None = None,
        **given: object,
    ) -> str:
        """Record a turn without the page, with other fields as given; returns the session's id."""
        turn = {"query": query, "sessionId": session, "response": response, **given}
        payload = self.query(
            "mutation ($input: RecordConversationInput!) { recordConversation(input: $input) {"
            " session { id } userErrors { message } } }",
            user=user,
            input=turn,
        )["recordConversation"]
        assert payload["userErrors"] == []
        session_id: str = payload["session"]["id"]
        return session_id

    def turns(self) -> list[tuple[str, str | None]]:
        """Question and answer of every turn of every session, latest session first."""
        sessions = self.query(
            "{ viewer { sessions(first: 10) { nodes {"
            " conversations(last: 100) { nodes { query response } } } } } }"
        )["viewer"]["sessions"]["nodes"]
        return [
            (turn["query"], turn["response"])
            for session in sessions
            for turn in session["conversations"]["nodes"]
        ]

    def mirror(self) -> None:
        """Wait until everything recorded is in the warehouse: until then, hits change their ranks."""
        while (
            "recollect_mirror_pending_marks 0.0"
            not in httpx.get(f"{self.url}/metrics", timeout=60).text
        ):
            time.sleep(0.1)

    def _watched(self, app: ASGIApp) -> ASGIApp:
        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            async def lose(message: Message) -> None:
                pass

            listens = (b"accept", b"text/event-stream") in scope.get("headers", [])
            if scope["type"] != "http" or listens:
                await app(scope, receive, send)
                return
            self.requests += 1
            with suppress(OSError):
                await app(scope, receive, lose if self.lose_answers else send)

        return watched
