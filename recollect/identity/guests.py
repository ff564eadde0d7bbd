"""Guests: users without a login, each known by a token that this installation signed."""

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
"""No issuer of anybody else's can have this name, for theirs are URLs."""
ALGORITHM = "HS256"
_START_ANEW = "Get a guest's token with POST /guests."


@dataclass(frozen=True, slots=True)
class GuestToken:
    """A new guest's credential, good until `expires_at` (seconds since 1970)."""

    token: str
    expires_at: int


class GuestTokens:
    """Issues guests' tokens, good for `hours`, and verifies them; `clock` gives seconds since 1970.

    The first of the `signing_keys` signs, and each is accepted; without one the id key is it.
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
        """A token for somebody new."""
        now = int(self._clock())
        expires_at = now + self._seconds
        subject = base64.b32encode(secrets.token_bytes(UID_BYTES)).decode().lower()
        claims = {"iss": ISSUER, "sub": subject, "iat": now, "exp": expires_at}
        return GuestToken(jwt.encode(claims, self._keys[0], ALGORITHM), expires_at)

    def viewer(self, token: str) -> Viewer:
        """The guest whose token this is; raises `Unauthenticated`."""
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


class GuestsAsWell:
    """Knows guests by their bearer tokens, and leaves every other request to `others`.

    A guest's token decides alone: headers beside it are not read, and where it does not hold the
    request is refused.
    """

    def __init__(self, guests: GuestTokens, others: Authenticator) -> None:
        self._guests = guests
        self._others = others

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The guest, or whom the installation's own identity proves."""
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
