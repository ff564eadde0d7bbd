"""A proxy in front of the BigQuery emulator that refuses the SQL that BigQuery refuses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.googlesql.analyzer import GoogleSQL, Refused

_LEGACY = {"INTEGER": "INT64", "BOOLEAN": "BOOL", "FLOAT": "FLOAT64"}
"""Alternative names of some types in the REST API."""


class Proxy:
    """Forwards REST requests to an emulator if ZetaSQL accepts their SQL.

    It learns the tables from the requests that create or extend them, so it must see all of them.
    """

    def __init__(self, upstream: str, sql: GoogleSQL) -> None:
        self.analysed: list[str] = []
        """The statements that were forwarded."""
        self.refused: list[str] = []
        """The reasons why others were refused."""
        self._sql = sql
        self._one_at_a_time = threading.Lock()
        self._emulator = httpx.Client(base_url=upstream, timeout=120)

    def answer(self, method: str, path: str, body: bytes, content_type: str) -> httpx.Response:
        """The emulator's answer, or the refusal."""
        parts = path.partition("?")[0].strip("/").split("/")
        given = json.loads(body) if body else {}
        try:
            if method == "POST" and parts[-1] == "queries":
                self._analyse(given["query"], given.get("queryParameters", ()))
            elif method == "POST" and parts[-1] == "jobs":
                job = given["configuration"]["query"]
                self._analyse(job["query"], job.get("queryParameters", ()))
        except Refused as refusal:
            self.refused.append(str(refusal))
            return _refusal(str(refusal))
        if "tables" in parts and "schema" in given:
            table = parts[parts.index("tables") + 1 :] or [given["tableReference"]["tableId"]]
            columns = {field["name"]: _kind(field) for field in given["schema"]["fields"]}
            self._sql.add_table(parts[3], parts[5], table[0], columns)
        return self._emulator.request(
            method, path, content=body, headers={"Content-Type": content_type}
        )

    def close(self) -> None:
        """Close the connections."""
        self._emulator.close()

    def _analyse(self, text: str, given: Any) -> None:
        parameters = {each["name"]: _parameter_kind(each["parameterType"]) for each in given}
        with self._one_at_a_time:
            self._sql.analyse(text, parameters)
        self.analysed.append(text)


@contextmanager
def refusing_proxy(upstream: str, default_project: str) -> Iterator[tuple[str, Proxy]]:
    """Serve a proxy of an emulator's REST API on a free port; yields its URL."""
    proxy = Proxy(upstream, GoogleSQL(default_project))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = proxy.answer(
                self.command, self.path, body, self.headers.get("Content-Type", "")
            )
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", proxy
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
        proxy.close()


def _kind(field: Any) -> str:
    kind = _LEGACY.get(field["type"], field["type"])
    return f"ARRAY<{kind}>" if field.get("mode") == "REPEATED" else kind


def _parameter_kind(found: Any) -> str:
    if found["type"] == "ARRAY":
        return f"ARRAY<{_parameter_kind(found['arrayType'])}>"
    return str(found["type"])


def _refusal(message: str) -> httpx.Response:
    error = {"reason": "invalidQuery", "location": "query", "message": message}
    return httpx.Response(400, json={"error": {"code": 400, "message": message, "errors": [error]}})
