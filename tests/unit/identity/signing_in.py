"""Signing in with an issuer's tokens, with a clock that tests move."""

import pytest

from recollect.identity import Unauthenticated
from recollect.identity.key import uid_of_email
from recollect.identity.oidc import OidcAuthenticator
from recollect.identity.signing_keys import SigningKeys
from recollect.identity.tokens import TrustedIssuer
from recollect.identity.viewers import Viewers
from resolvers.context import Viewer
from tests.issuer import Clock, Issuer

ID_KEY = b"k" * 32
VIEWER = Viewer(uid=uid_of_email(ID_KEY, "someone@example.com"), email="someone@example.com")


def trusting(issuer: Issuer, clock: Clock) -> OidcAuthenticator:
    keys = SigningKeys(issuer.url, clock)
    trusted = TrustedIssuer(issuer.url, "recollect", keys)
    return OidcAuthenticator(Viewers(ID_KEY), [trusted], [issuer.url])


async def sign_in(authenticator: OidcAuthenticator, token: str) -> Viewer:
    return await authenticator.authenticate({"authorization": f"Bearer {token}"})


async def refusal(authenticator: OidcAuthenticator, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await sign_in(authenticator, token)
    assert token not in str(caught.value)
    return str(caught.value)
