"""Answer services over real HTTP, with answers that a test defines."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from client.answerers import Answer, Question, Waiting

JSON = {"Content-Type": "application/json"}


@dataclass
class Reply:
    """A service's answer; if it is `cut`, it breaks off in the middle."""

    content: bytes | str | Mapping[str, Any] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def body(self) -> bytes:
        if isinstance(self.content, Mapping):
            return json.dumps(self.content).encode()
        return self.content.encode() if isinstance(self.content, str) else self.content


@dataclass
class Service:
    url: str
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)


@contextmanager
def serving(reply: Callable[[str, dict[str, Any]], Reply]) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.received.append((self.path, body))
            service.headers.append(dict(self.headers))
            self._reply(reply(self.path, body))

        def do_GET(self) -> None:
            self._reply(reply(self.path, {}))

        def _reply(self, given: Reply) -> None:
            self.send_response(given.status)
            kind = JSON if isinstance(given.content, Mapping) else {}
            for name, value in {**kind, **given.headers}.items():
                self.send_header(name, value)
            if given.cut:
                self.send_header("Content-Length", str(len(given.body) + 100))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Service(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(answerer: Any, question: Question) -> tuple[list[str], Answer]:
    """The pieces of an answer, and the whole answer."""
    *pieces, answer = answerer.answer(question)
    assert isinstance(answer, Answer)
    return [piece for piece in pieces if not isinstance(piece, Waiting)], answer
