"""The identity behind Google's Identity-Aware Proxy: the header that the proxy signs.

Its unsigned X-Goog-Authenticated-User headers are never read: whoever gets past it can forge them.
"""

from collections.abc import Mapping
from typing import Any

from recollect.identity.base import Unauthenticated
from recollect.identity.signing_keys import SigningKeys
from recollect.identity.tokens import TrustedIssuer, check_length, refusals, until
from recollect.identity.viewers import Viewers
from resolvers.context import Viewer

HEADER = "x-goog-iap-jwt-assertion"
ISSUER = "https://cloud.google.com/iap"
KEYS_URL = "https://www.gstatic.com/iap/verify/public_key-jwk"
ALGORITHM = "ES256"
_GOOGLE_ACCOUNT = "accounts.google.com:"
_COME_BY_PROXY = "Call this service by the address that Identity-Aware Proxy protects."


class IapAuthenticator:
    """Verifies the assertion in X-Goog-IAP-JWT-Assertion."""

    def __init__(self, viewers: Viewers, audience: str, keys: SigningKeys) -> None:
        self._viewers = viewers
        self._issuer = TrustedIssuer(ISSUER, audience, keys, algorithms=(ALGORITHM,))

    async def prepare(self) -> None:
        """Fetch the proxy's keys."""
        await self._issuer.keys.prepare()

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer of an assertion: by e-mail if it is a Google account's, else by its subject.

        For other accounts (Identity Platform, workforce pools) the proxy does not state whether the address
        was verified.
        """
        assertion = headers.get(HEADER, "").strip()
        if not assertion:
            raise Unauthenticated(f"Authentication is needed. {_COME_BY_PROXY}")
        check_length(assertion)
        with refusals(_COME_BY_PROXY):
            claims = await self._issuer.claims(assertion)
            return until(claims, self._viewer(claims))

    def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        email = claims.get("email")
        if claims["sub"].startswith(_GOOGLE_ACCOUNT) and isinstance(email, str) and email.strip():
            return self._viewers.of_email(email, claims)
        return self._viewers.of_subject(ISSUER, claims["sub"], claims)
