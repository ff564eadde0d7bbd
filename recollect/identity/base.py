"""What every way to know a caller has in common."""

from collections.abc import Mapping
from typing import Protocol

from resolvers.context import Viewer


class Unauthenticated(Exception):
    """The request does not prove who is calling.

    The message says what to do, and never holds the credential.
    """


class IdentityUnavailable(Exception):
    """Who is calling can't be verified at the moment; the same request may succeed later."""


class Authenticator(Protocol):
    """Tells who is calling."""

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The caller that the headers of a request (names in lower case) prove.

        Raises `Unauthenticated` or `IdentityUnavailable`.
        """


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The bearer token of a request, perhaps empty; None where another scheme or none is used."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
