"""An OpenID Connect provider in a process of its own, for tests that sign in."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.e2e.ports import free_port

START_SECONDS = 180
CALLBACK = "http://127.0.0.1/callback"


class OidcProvider:
    """It knows the users that a test registers, and signs in anyone who types the subject of one."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.discovery = f"{self.url}/.well-known/openid-configuration"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock"]
        process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not self._answers():
                assert process.poll() is None, "the provider does not start"
                assert time.monotonic() < deadline, "the provider does not answer"
                time.sleep(0.1)
            yield
        finally:
            process.kill()
            process.wait()

    def knows(self, subject: str, **claims: object) -> None:
        """Register a user, or replace their claims; `exp` among the claims ends their next ID token early."""
        verified = {"email": f"{subject}@example.com", "email_verified": True}
        answer = httpx.put(f"{self.url}/users/{subject}", json=verified | claims, timeout=60)
        answer.raise_for_status()

    def token(self, subject: str, audience: str) -> str:
        """The ID token of a user who signs in to a client without a browser."""
        asked = {
            "response_type": "code",
            "client_id": audience,
            "redirect_uri": CALLBACK,
            "scope": "openid email",
        }
        signed_in = httpx.post(
            f"{self.url}/oauth2/authorize", params=asked, data={"sub": subject}, timeout=60
        )
        (code,) = parse_qs(urlsplit(signed_in.headers["Location"]).query)["code"]
        answer = httpx.post(
            f"{self.url}/oauth2/token",
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
            auth=(audience, "any"),
            timeout=60,
        )
        token: str = answer.raise_for_status().json()["id_token"]
        return token

    def _answers(self) -> bool:
        try:
            return httpx.get(self.discovery).is_success
        except httpx.TransportError:
            return False
