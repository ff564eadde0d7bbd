"""Stands in for the owner's answer app: its routes, its 500s and its rows, behind a check of ID tokens."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tests.e2e.ports import free_port
from tests.google_metadata import MetadataServer

AUDIENCE = "https://answers.example"
PARENT = "projects/p/locations/global/collections/c/engines/e/sessions/"
PASSAGE = (
    "Tides follow the moon.\n\n# A heading\n\n| a | table |\n|---|---|\n| of | the document |\n"
)
MOON = {"uri": "gs://handbooks/tides & moon.pdf", "title": "Tides, a handbook"}


class AnswerApp:
    """Answers each question with a price and a citation, in sessions of one user each.

    `answers` and `feedback` are its rows, `refused` counts requests without a valid token, and `fails` is the
    exception that it reports. Without a metadata server it accepts requests from everybody.
    """

    def __init__(self, metadata: MetadataServer | None) -> None:
        self.metadata = metadata
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sessions: dict[str, str] = {}
        self.answers: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []
        self.refused = 0
        self.fails: str | None = None
        self._ids = count(1)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        server = uvicorn.Server(uvicorn.Config(self._app(), port=self.port, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the answer app does not start"
                time.sleep(0.02)
            yield
        finally:
            server.should_exit = True
            thread.join()

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def require_token(request: Request, proceed: Any) -> Response:
            token = request.headers.get("Authorization", "")
            if self.metadata is None or self.metadata.accepts(token, AUDIENCE):
                answered: Response = await proceed(request)
                return answered
            self.refused += 1
            return Response("<html>Your client does not have permission.</html>", 401)

        @app.post("/answer")
        async def answer(request: Request) -> Response:
            return self._answer(await request.json())

        @app.post("/feedback")
        async def feedback(request: Request) -> Response:
            self.feedback.append(await request.json())
            return JSONResponse({"status": "ok"})

        return app

    def _answer(self, asked: dict[str, Any]) -> Response:
        given, user = asked["session_id"], asked["user_pseudo_id"]
        session = f"s{next(self._ids)}" if given == "-" else given
        if given == "-":
            self.sessions[session] = user
        problem = self.fails
        if self.sessions.get(session) != user:
            problem = f"404 Session (session_name={PARENT}{session}) does not exist."
        if problem:
            return JSONResponse({"detail": problem}, 500)
        text = f"To “{asked['question']}”: the small plan is $5 and the large one is $10 a month."
        cited = {"end_index": str(len(text.encode())), "sources": [{"reference_id": "0"}]}
        row = {
            "question": asked["question"],
            "markdown": base64.b64encode(f'{text} _[[1](x "{PASSAGE}")]_'.encode()).decode(),
            "latency": 0.2,
            "answer": {
                "answer_text": text,
                "citations": [cited],
                "references": [{"chunk_info": {"content": PASSAGE, "document_metadata": MOON}}],
                "related_questions": ["What does the large plan add?"],
            },
            "session": {"name": PARENT + session, "user_pseudo_id": user},
            "answer_query_token": f"token-{len(self.answers)}",
        }
        self.answers.append(row)
        return JSONResponse(row)
