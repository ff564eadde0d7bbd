"""Verifies tokens that an issuer signed, and says what is wrong with invalid ones."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import jwt

from recollect.email_addresses import NotAnAddress
from recollect.identity.base import Unauthenticated
from recollect.identity.signing_keys import ALGORITHMS, SigningKeys
from resolvers.context import Viewer

MAX_TOKEN_LENGTH = 8192
LEEWAY_SECONDS = 30
LATEST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970; no token is valid for longer."""
_REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "iat"]


@contextmanager
def refusals(advice: str) -> Iterator[None]:
    """Turn PyJWT's errors into `Unauthenticated`; `advice` says what to send."""
    try:
        yield
    except jwt.ExpiredSignatureError:
        raise Unauthenticated(f"The token has expired; get a new one. {advice}") from None
    except jwt.ImmatureSignatureError:
        raise Unauthenticated(
            "The token is not valid yet; check the clocks of the issuer and this server."
        ) from None
    except jwt.InvalidAudienceError:
        raise Unauthenticated(f"The token is for another audience. {advice}") from None
    except jwt.InvalidIssuerError:
        raise Unauthenticated(f"The token is of another issuer. {advice}") from None
    except jwt.MissingRequiredClaimError as error:
        raise Unauthenticated(f"The token lacks the claim '{error.claim}'. {advice}") from None
    except NotAnAddress as bad:
        raise Unauthenticated(f"The token's email {bad}. {advice}") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise Unauthenticated(f"The token can't be verified. {advice}") from None


def check_length(token: str) -> None:
    """Refuse to read a token longer than `MAX_TOKEN_LENGTH`; raises `Unauthenticated`."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise Unauthenticated(f"The token is longer than {MAX_TOKEN_LENGTH} characters.")


def claimed_issuer(token: str) -> object:
    """The issuer a token claims to have, unverified; raises `jwt.PyJWTError`."""
    claims = jwt.decode(token, options={"verify_signature": False, "require": ["iss"]})
    return claims["iss"]


def until(claims: Mapping[str, Any], viewer: Viewer) -> Viewer:
    """The viewer of a token, until the token expires."""
    return replace(viewer, expires_at=min(int(claims["exp"]) + LEEWAY_SECONDS, LATEST))


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """One issuer, the audience of its tokens, and its signing keys."""

    name: str
    audience: str
    keys: SigningKeys
    algorithms: tuple[str, ...] = ALGORITHMS

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token, after verifying its kind, signature, issuer, audience and times.

        Raises `jwt.PyJWTError`, `Unauthenticated` or `IdentityUnavailable`.
        """
        header = jwt.get_unverified_header(token)
        if str(header.get("typ", "JWT")).upper() != "JWT":
            raise Unauthenticated("The token is not an ID token (`typ`).")
        key = await self.keys.find(header.get("kid"))
        claims = jwt.decode(
            token,
            key.public_key,
            algorithms=[name for name in key.algorithms if name in self.algorithms],
            audience=self.audience,
            issuer=self.name,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED_CLAIMS},
        )
        if "events" in claims:
            raise Unauthenticated("The token reports an event, such as a logout.")
        return claims
