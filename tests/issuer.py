"""An issuer of tokens on this machine, with real keys and signatures, and functions to forge tokens."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/keys"


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def algorithm_of(key: PrivateKey) -> str:
    return "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"


def public_jwk(key: PrivateKey, kid: str) -> dict[str, Any]:
    public: dict[str, Any] = (
        RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        if isinstance(key, rsa.RSAPrivateKey)
        else ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    )
    return public | {"kid": kid, "use": "sig", "alg": algorithm_of(key)}


def encoded(value: object) -> str:
    """A part of a token: base64 of JSON, or of unchanged bytes."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any], kid: str, algorithm: str = "none") -> str:
    """A token that claims to need no signature."""
    header = {"alg": algorithm, "typ": "JWT", "kid": kid}
    return f"{encoded(header)}.{encoded(claims)}."


def signed_with_public_key(claims: dict[str, Any], kid: str, key: PrivateKey) -> str:
    """A token signed with the text of a public key, which everybody has, as the shared secret."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{encoded(claims)}"
    return f"{signed}.{encoded(hmac.digest(public, signed.encode(), hashlib.sha256))}"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Issuer:
    """Publishes `documents` by path and signs tokens; records the requests it gets in `requests`.

    While `up` is false it answers every request with 503.
    """

    def __init__(self, key: PrivateKey | None = None) -> None:
        self.requests: list[str] = []
        self.delay = 0.0
        self.going_on = threading.Event()
        """No request is answered unless it is set."""
        self.going_on.set()
        self.up = True
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.documents: dict[str, object] = {
            DISCOVERY: {"issuer": self.url, "jwks_uri": self.url + JWKS}
        }
        self.rotate(key or rsa_key(), "first")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.going_on.set()
        self._server.shutdown()
        self._server.server_close()

    async def asked(self, times: int) -> None:
        """Wait until `times` requests have arrived in total."""
        while len(self.requests) < times:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def rotate(self, key: PrivateKey, kid: str) -> None:
        """Publish another key in place of the current one, and sign with it."""
        self.key, self.kid = key, kid
        self.documents[JWKS] = {"keys": [public_jwk(key, kid)]}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a valid token, with changes; a claim set to None is left out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": "recollect",
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "email": "someone@example.com",
            "email_verified": True,
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: PrivateKey | None = None, kid: str | None = None, **changes: Any) -> str:
        """A signed token; with `key`, it is signed by that key instead of the published one."""
        signer = key or self.key
        return jwt.encode(
            self.claims(**changes),
            signer,
            algorithm=algorithm_of(signer),
            headers={"kid": self.kid if kid is None else kid},
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests.append(self.path)
                issuer.going_on.wait()
                time.sleep(issuer.delay)
                found = self.path in issuer.documents and issuer.up
                body = json.dumps(issuer.documents[self.path]).encode() if found else b"{}"
                self.send_response(200 if found else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
