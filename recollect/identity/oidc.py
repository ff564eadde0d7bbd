"""The identity for production: bearer tokens that an OpenID Connect issuer signed."""

from collections.abc import Mapping
from typing import Any

import jwt

from recollect.identity.base import Unauthenticated
from recollect.identity.key import normalise_email, uid_of_email, uid_of_subject
from recollect.identity.signing_keys import SigningKeys
from resolvers.context import Viewer

MAX_TOKEN_LENGTH = 8192
LEEWAY_SECONDS = 30
_REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "iat"]
_SIGN_IN = "Send 'Authorization: Bearer <token>' with an ID token of the configured issuer."


class OidcAuthenticator:
    """Verifies a bearer token's signature, issuer, audience, times and e-mail."""

    def __init__(self, id_key: bytes, issuer: str, audience: str, keys: SigningKeys) -> None:
        self._id_key = id_key
        self._issuer = issuer
        self._audience = audience
        self._keys = keys

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer a valid token names: by its verified e-mail, else by its subject."""
        claims = await self._verified_claims(_bearer_token(headers))
        if claims.get("email") is None:
            return Viewer(uid=uid_of_subject(self._id_key, self._issuer, claims["sub"]), email=None)
        email = normalise_email(_verified_email(claims))
        return Viewer(uid=uid_of_email(self._id_key, email), email=email)

    async def _verified_claims(self, token: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid)
            return jwt.decode(
                token,
                key.public_key,
                algorithms=key.algorithms,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": _REQUIRED_CLAIMS},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired; sign in again.") from None
        except jwt.ImmatureSignatureError:
            raise Unauthenticated(
                "The token is not valid yet; check the clocks of the issuer and this server."
            ) from None
        except jwt.InvalidAudienceError:
            raise Unauthenticated("The token is for another audience. " + _SIGN_IN) from None
        except jwt.InvalidIssuerError:
            raise Unauthenticated("The token is of another issuer. " + _SIGN_IN) from None
        except jwt.MissingRequiredClaimError as error:
            raise Unauthenticated(
                f"The token lacks the claim '{error.claim}'. {_SIGN_IN}"
            ) from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unauthenticated("The token can't be verified. " + _SIGN_IN) from None


def _bearer_token(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Authentication is needed. " + _SIGN_IN)
    if len(token) > MAX_TOKEN_LENGTH:
        raise Unauthenticated(f"The token is longer than {MAX_TOKEN_LENGTH} characters.")
    return token


def _verified_email(claims: Mapping[str, Any]) -> str:
    email = claims["email"]
    if not isinstance(email, str) or not email.strip():
        raise Unauthenticated("The token's e-mail address is not a text. " + _SIGN_IN)
    if claims.get("email_verified") is not True:
        raise Unauthenticated("The issuer has not verified your e-mail address; confirm it there.")
    return email
