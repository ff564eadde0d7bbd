"""Google's Identity-Aware Proxy, for tests of services behind it, and an API that accepts its signatures."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from client.state.identity import IAP_HEADER
from recollect.identity import iap
from recollect.settings.settings import Settings
from tests.e2e.served_api import ServedApi
from tests.issuer import JWKS, Issuer, ec_key

AUDIENCE = "/projects/1/global/backendServices/2"
ID_KEY = SecretStr("a key of thirty-two characters, at least")


@contextmanager
def before(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """The issuer that signs for the proxy; the API, once it runs, accepts no other."""
    with Issuer(ec_key()) as proxy:
        monkeypatch.setattr(iap, "KEYS_URL", proxy.url + JWKS)
        api.settings = Settings(
            data_dir=api.folder, identity="iap", iap_audience=AUDIENCE, id_key=ID_KEY
        )
        yield proxy


def headers(proxy: Issuer, subject: str, *, hours: int = 1) -> dict[str, str]:
    """The headers that the proxy adds to a user's requests: issued this many hours ago, valid for as many
    more; expired if negative."""
    named = f"accounts.google.com:{subject}"
    now, seconds = int(time.time()), hours * 3600
    times: dict[str, Any] = {"iat": now - abs(seconds), "exp": now + seconds}
    email = f"{subject}@example.com"
    assertion = proxy.token(iss=iap.ISSUER, aud=AUDIENCE, sub=named, email=email, **times)
    return {IAP_HEADER: assertion}


class Front(ThreadingTCPServer):
    """Stands in front of a server and adds headers to the first request of each connection, such as the one
    that begins a WebSocket, with which browsers don't send the extra headers of tests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.behind = port
        self.added: Mapping[str, str] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        Thread(target=self.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()


class _Relay(BaseRequestHandler):
    server: Front

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            received = self.request.recv(65536)
            if not received:
                return
            head += received
        line, _, rest = head.partition(b"\r\n")
        added = "".join(f"{name}: {value}\r\n" for name, value in self.server.added.items())
        with socket.create_connection(("127.0.0.1", self.server.behind)) as behind:
            behind.sendall(line + b"\r\n" + added.encode() + rest)
            back = Thread(target=_pass_on, args=(behind, self.request), daemon=True)
            back.start()
            _pass_on(self.request, behind)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
