"""What all authenticators have in common."""

from collections.abc import Mapping
from typing import Protocol

from resolvers.context import Viewer


class Unauthenticated(Exception):
    """The request does not prove who is calling.

    The message says what to do and never contains the credential.
    """


class IdentityUnavailable(Exception):
    """Who is calling can't be verified at the moment; the same request may succeed later."""


class Authenticator(Protocol):
    """Tells who is calling."""

    async def prepare(self) -> None:
        """Do what would delay the first caller, and everybody beside them. Raises nothing: what fails is
        tried again for callers."""

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The caller proven by the headers of a request (names in lower case).

        Raises `Unauthenticated` or `IdentityUnavailable`.
        """


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The bearer token of a request, which may be empty; None if the request has another scheme or none."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
