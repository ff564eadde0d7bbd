"""What all authenticators have in common."""

from collections.abc import Mapping
from typing import Protocol

from resolvers.context import Viewer


class Unauthenticated(Exception):
    """The request does not prove who is calling.

    The message says what to do and never contains the credential.
    """


class IdentityUnavailable(Exception):
    """The caller can't be verified at the moment; the same request may succeed later."""


class Authenticator(Protocol):
    """Identifies callers."""

    async def prepare(self) -> None:
        """Do work in advance that would delay the first caller and all concurrent ones. Raises nothing: work
        that fails is retried when callers need it."""

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The caller proven by the headers of a request (names in lower case).

        Raises `Unauthenticated` or `IdentityUnavailable`.
        """


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The bearer token of a request, which may be empty; None if the request has another scheme or none."""
    if "authorization" not in headers:
        return None
    scheme, _, token = headers["authorization"].strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
