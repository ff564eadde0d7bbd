"""A chat endpoint for tests of the client: it answers over real HTTP, as the test configures it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class AnswerService:
    """Answers each question with "Answer to: …", in two pieces.

    `status` refuses, `breaks_off` ends the answer after the first piece, and `going_on` holds the second
    piece back until it is set.
    """

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.breaks_off = False
        self.going_on = Event()
        self.going_on.set()
        self.asked: list[list[dict[str, str]]] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            self.going_on.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.asked.append(messages["messages"])
                self.send_response(service.status)
                self.end_headers()
                if service.status != 200:
                    return
                self._send("Answer to: ")
                service.going_on.wait(60)
                if not service.breaks_off:
                    self._send(messages["messages"][-1]["content"])
                    self.wfile.write(b"data: [DONE]\n\n")

            def _send(self, text: str) -> None:
                event: dict[str, Any] = {"choices": [{"delta": {"content": text}}]}
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler
