"""The identity for production: bearer tokens that an OpenID Connect issuer signed."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import jwt

from recollect.identity.base import Unauthenticated, bearer_token
from recollect.identity.tokens import (
    TrustedIssuer,
    check_length,
    claimed_issuer,
    refusals,
    until,
)
from recollect.identity.viewers import Viewers
from resolvers.context import Viewer

_SIGN_IN = "Send 'Authorization: Bearer <token>' with an ID token of a configured issuer."


class OidcAuthenticator:
    """Verifies each bearer token against the issuer it names and no other.

    Issuers in `authorities` are trusted about e-mail addresses and administrators. For the others only the
    subject counts, so that none of them can speak for another's users. A token must be made for the issuer's
    audience; its `azp` and any further audiences must be among the `parties`.
    """

    def __init__(
        self,
        viewers: Viewers,
        issuers: Iterable[TrustedIssuer],
        authorities: Iterable[str],
        parties: Iterable[str] = (),
    ) -> None:
        self._viewers = viewers
        self._parties = frozenset(parties)
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._authorities = frozenset(authorities)

    async def prepare(self) -> None:
        """Fetch the keys of all issuers."""
        await asyncio.gather(*(issuer.keys.prepare() for issuer in self._issuers.values()))

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer named by a valid token: by its verified e-mail, else by issuer and subject."""
        token = bearer_token(headers)
        if not token:
            raise Unauthenticated(f"Authentication is needed. {_SIGN_IN}")
        check_length(token)
        with refusals(_SIGN_IN):
            issuer = self._issuer(claimed_issuer(token))
            claims = await issuer.claims(token)
            self._check_parties(issuer.audience, claims)
            return until(claims, self._viewer(issuer, claims))

    def _check_parties(self, audience: str, claims: Mapping[str, Any]) -> None:
        """Refuse a token issued to another client (OpenID Connect Core 1.0, section 3.1.3.7)."""
        named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if len(named) > 1 and "azp" not in claims:
            raise Unauthenticated(f"The token has several audiences and no `azp`. {_SIGN_IN}")
        if "azp" in claims:
            named = [*named, claims["azp"]]
        if not {*named} <= {audience, *self._parties}:
            raise Unauthenticated(
                "The token was made for a client that is not trusted; add it to "
                "RECOLLECT_OIDC_AUTHORIZED_PARTIES if it should be."
            )

    def _viewer(self, issuer: TrustedIssuer, claims: Mapping[str, Any]) -> Viewer:
        if issuer.name not in self._authorities:
            return self._viewers.of_subject(issuer.name, claims["sub"], claims={})
        if claims.get("email") is None:
            return self._viewers.of_subject(issuer.name, claims["sub"], claims)
        return self._viewers.of_email(_verified_email(claims), claims)

    def _issuer(self, name: object) -> TrustedIssuer:
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise jwt.InvalidIssuerError
        return issuer


def _verified_email(claims: Mapping[str, Any]) -> str:
    email = claims["email"]
    if not isinstance(email, str) or not email.strip():
        raise Unauthenticated(f"The token's e-mail address is not a string. {_SIGN_IN}")
    if claims.get("email_verified") is not True:
        raise Unauthenticated("The issuer has not verified your e-mail address; confirm it there.")
    return email
