"""A metadata server as on Google Cloud, where every process has one: it issues a service account's tokens."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.issuer import rsa_key

ISSUER = "https://accounts.google.com"
EMAIL = "client@project.iam.gserviceaccount.com"
ACCESS_TOKEN = "an-access-token"
ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default"


class MetadataServer:
    """Signs ID tokens that are valid for `seconds`, for any audience; `gave` counts the tokens issued."""

    def __init__(self, seconds: float = 3600) -> None:
        self.seconds = seconds
        self.gave = 0
        self.address = ""
        self._key: RSAPrivateKey = rsa_key()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends; GCE_METADATA_HOST must be set to the address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def accepts(self, authorization: str, audience: str) -> bool:
        """Whether the header contains an unexpired token of this server for the audience."""
        try:
            jwt.decode(
                authorization.removeprefix("Bearer "),
                self._key.public_key(),
                algorithms=["RS256"],
                audience=audience,
                issuer=ISSUER,
            )
        except jwt.InvalidTokenError:
            return False
        return True

    def id_token(self, audience: str) -> str:
        """A signed token."""
        now = time.time()
        claims = {"iss": ISSUER, "aud": audience, "sub": "1", "email": EMAIL, "iat": int(now)}
        self.gave += 1
        return jwt.encode(claims | {"exp": int(now + self.seconds)}, self._key, algorithm="RS256")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        metadata = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                if url.path == f"{ACCOUNT}/identity":
                    self._send(metadata.id_token(parse_qs(url.query)["audience"][0]))
                elif url.path == f"{ACCOUNT}/token":
                    metadata.gave += 1
                    given = {"access_token": ACCESS_TOKEN, "expires_in": int(metadata.seconds)}
                    self._send(json.dumps(given), "application/json")
                elif url.path == f"{ACCOUNT}/":
                    account = {"email": EMAIL, "scopes": ["cloud-platform"], "aliases": ["default"]}
                    self._send(json.dumps(account), "application/json")
                elif url.path.endswith("/universe-domain"):
                    self._send("googleapis.com")
                else:
                    self._send("project")

            def _send(self, body: str, kind: str = "text/plain") -> None:
                self.send_response(200)
                self.send_header("Metadata-Flavor", "Google")
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler
