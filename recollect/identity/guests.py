"""Guests: users without a login. Each is known by a token that this installation signed."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from recollect.identity.base import Authenticator, bearer_token
from recollect.identity.key import UID_BYTES
from recollect.identity.tokens import (
    LEEWAY_SECONDS,
    check_length,
    claimed_issuer,
    refusals,
    until,
)
from recollect.identity.viewers import Viewers
from resolvers.context import Viewer
from resolvers.digests import derived_key

ISSUER = "recollect:guest"
"""No other issuer can have this name, because theirs are URLs."""
ALGORITHM = "HS256"
_START_ANEW = "Get a guest token with POST /guests."


@dataclass(frozen=True, slots=True)
class GuestToken:
    """A new guest's credential, valid until `expires_at` (seconds since 1970)."""

    token: str
    expires_at: int


class GuestTokens:
    """Issues guest tokens that are valid for `hours`, and verifies them. `clock` returns seconds since 1970.

    The first of the `signing_keys` signs, and all of them are accepted. Without any, the id key is used.
    """

    def __init__(
        self,
        viewers: Viewers,
        hours: int,
        clock: Callable[[], float] = time.time,
        *,
        signing_keys: Sequence[bytes] = (),
    ) -> None:
        self._viewers = viewers
        self._seconds = hours * 3600
        self._clock = clock
        signing_keys = signing_keys or (viewers.id_key,)
        self._keys = [derived_key(key, "guest") for key in signing_keys]
        if viewers.id_key in signing_keys:
            # The key of an earlier release.
            self._keys.append(hmac.digest(viewers.id_key, b"guest tokens", hashlib.sha256))

    def issue(self) -> GuestToken:
        """A token for a new guest."""
        now = int(self._clock())
        expires_at = now + self._seconds
        subject = base64.b32encode(secrets.token_bytes(UID_BYTES)).decode().lower()
        claims = {"iss": ISSUER, "sub": subject, "iat": now, "exp": expires_at}
        return GuestToken(jwt.encode(claims, self._keys[0], ALGORITHM), expires_at)

    def viewer(self, token: str) -> Viewer:
        """The guest this token belongs to; raises `Unauthenticated`."""
        with refusals(_START_ANEW):
            claims = self._claims(token)
            return until(claims, self._viewers.of_guest(claims["sub"]))

    def _claims(self, token: str) -> dict[str, Any]:
        for key in self._keys:
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=[ALGORITHM],
                    issuer=ISSUER,
                    leeway=LEEWAY_SECONDS,
                    options={"require": ["iss", "sub", "iat", "exp"]},
                )
            except jwt.InvalidSignatureError:
                continue
        raise jwt.InvalidSignatureError


class GuestAuthenticator:
    """Authenticates guests by their bearer tokens and leaves every other request to `others`.

    If there is a guest token, it alone decides: other headers are not read, and an invalid guest token is
    refused.
    """

    def __init__(self, guests: GuestTokens, others: Authenticator) -> None:
        self._guests = guests
        self._others = others

    async def prepare(self) -> None:
        """Prepare the installation's own identity."""
        await self._others.prepare()

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The guest, or the caller proven by the installation's own identity."""
        token = bearer_token(headers)
        if token and _is_guests(token):
            return self._guests.viewer(token)
        return await self._others.authenticate(headers)


def _is_guests(token: str) -> bool:
    check_length(token)
    try:
        return claimed_issuer(token) == ISSUER
    except (jwt.PyJWTError, ValueError, RecursionError):
        return False
