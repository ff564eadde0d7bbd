"""Several OpenID Connect issuers: none can impersonate another's users, or keep them out."""

import asyncio
from collections.abc import Iterator

import jwt
import pytest

from recollect.identity import (
    Authenticator,
    IdentityUnavailable,
    Unauthenticated,
    build_authenticator,
)
from recollect.identity.key import uid_of_email, uid_of_subject
from recollect.identity.oidc import OidcAuthenticator
from recollect.identity.signing_keys import FETCH_INTERVAL_SECONDS, SigningKeys
from recollect.identity.tokens import TrustedIssuer
from recollect.identity.viewers import Viewers
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from tests.issuer import Clock, Issuer, PrivateKey, public_jwk, rsa_key

ID_KEY = b"k" * 32
EMAIL = "someone@example.com"
BY_EMAIL = Viewer(uid=uid_of_email(ID_KEY, EMAIL), email=EMAIL)


@pytest.fixture(scope="module")
def keys() -> tuple[PrivateKey, PrivateKey]:
    return rsa_key(), rsa_key()


@pytest.fixture
def authority(keys: tuple[PrivateKey, PrivateKey]) -> Iterator[Issuer]:
    with Issuer(keys[0]) as running:
        yield running


@pytest.fixture
def second(keys: tuple[PrivateKey, PrivateKey]) -> Iterator[Issuer]:
    with Issuer(keys[1]) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticator(authority: Issuer, second: Issuer, clock: Clock) -> Authenticator:
    issuers = [
        TrustedIssuer(authority.url, "recollect", SigningKeys(authority.url, clock)),
        TrustedIssuer(second.url, "second-audience", SigningKeys(second.url, clock)),
    ]
    return OidcAuthenticator(Viewers(ID_KEY), issuers, [authority.url])


async def sign_in(authenticator: Authenticator, token: str) -> Viewer:
    return await authenticator.authenticate({"authorization": f"Bearer {token}"})


def of_second(second: Issuer, subject: str = "subject-1") -> Viewer:
    return Viewer(uid=uid_of_subject(ID_KEY, second.url, subject), email=None)


async def test_each_issuers_tokens_are_accepted_for_its_own_audience(
    authenticator: Authenticator, authority: Issuer, second: Issuer
) -> None:
    assert await sign_in(authenticator, authority.token()) == BY_EMAIL
    assert await sign_in(authenticator, second.token(aud="second-audience")) == of_second(second)

    for issuer, audience in ((authority, "second-audience"), (second, "recollect")):
        with pytest.raises(Unauthenticated, match="another audience"):
            await sign_in(authenticator, issuer.token(aud=audience))


@pytest.mark.parametrize("verified", [True, False, None])
async def test_an_issuer_that_is_no_authority_never_yields_an_address(
    authenticator: Authenticator, second: Issuer, verified: bool | None
) -> None:
    token = second.token(aud="second-audience", email=EMAIL, email_verified=verified)

    assert await sign_in(authenticator, token) == of_second(second)


async def test_the_same_subject_of_two_issuers_is_two_users(
    authenticator: Authenticator, authority: Issuer, second: Issuer
) -> None:
    first = await sign_in(authenticator, authority.token(email=None))
    other = await sign_in(authenticator, second.token(aud="second-audience", email=None))

    assert first.uid == uid_of_subject(ID_KEY, authority.url, "subject-1")
    assert other.uid != first.uid


async def test_a_token_in_one_issuers_name_with_anothers_key_of_the_same_id_is_refused(
    authenticator: Authenticator, authority: Issuer, second: Issuer
) -> None:
    assert authority.kid == second.kid
    await sign_in(authenticator, authority.token())
    await sign_in(authenticator, second.token(aud="second-audience"))

    for name, forger, audience in (
        (authority.url, second, "recollect"),
        (second.url, authority, "second-audience"),
    ):
        with pytest.raises(Unauthenticated, match="can't be verified"):
            await sign_in(authenticator, forger.token(iss=name, aud=audience))


async def test_a_key_that_only_another_issuer_publishes_is_not_looked_for_there(
    authenticator: Authenticator, authority: Issuer, second: Issuer, clock: Clock
) -> None:
    await sign_in(authenticator, authority.token())
    second.rotate(rsa_key(), "seconds-own")
    clock.now += FETCH_INTERVAL_SECONDS

    with pytest.raises(Unauthenticated, match="does not publish"):
        await sign_in(authenticator, second.token(iss=authority.url))

    assert second.requests == []


@pytest.mark.parametrize("name", ["https://elsewhere.example", "", "recollect:guest"])
async def test_an_issuer_that_is_not_configured_is_refused_and_not_asked(
    authenticator: Authenticator, authority: Issuer, second: Issuer, name: str
) -> None:
    with pytest.raises(Unauthenticated, match="another issuer"):
        await sign_in(authenticator, authority.token(iss=name))

    assert authority.requests + second.requests == []


async def test_an_issuer_with_the_name_of_another_and_a_slash_is_another(
    authenticator: Authenticator, authority: Issuer
) -> None:
    with pytest.raises(Unauthenticated, match="another issuer"):
        await sign_in(authenticator, authority.token(iss=authority.url + "/"))


async def test_an_issuer_that_is_down_keeps_out_its_own_users_only(
    authenticator: Authenticator, authority: Issuer, second: Issuer
) -> None:
    second.up = False

    with pytest.raises(IdentityUnavailable):
        await sign_in(authenticator, second.token(aud="second-audience"))
    assert await sign_in(authenticator, authority.token()) == BY_EMAIL


async def test_a_slow_issuer_does_not_delay_the_users_of_another(
    authenticator: Authenticator, authority: Issuer, second: Issuer
) -> None:
    second.going_on.clear()
    slow = asyncio.create_task(sign_in(authenticator, second.token(aud="second-audience")))
    await second.asked(1)

    assert await sign_in(authenticator, authority.token()) == BY_EMAIL

    assert not slow.done()
    second.going_on.set()
    assert await slow == of_second(second)


async def test_each_issuer_rotates_its_keys_by_itself(
    authenticator: Authenticator, authority: Issuer, second: Issuer, clock: Clock
) -> None:
    old = second.token(aud="second-audience")
    await sign_in(authenticator, old)
    await sign_in(authenticator, authority.token())
    second.rotate(rsa_key(), "second-key")
    clock.now += FETCH_INTERVAL_SECONDS

    assert await sign_in(authenticator, second.token(aud="second-audience")) == of_second(second)
    assert await sign_in(authenticator, authority.token()) == BY_EMAIL
    with pytest.raises(Unauthenticated, match="does not publish"):
        await sign_in(authenticator, old)


async def test_settings_name_issuers_audiences_and_authorities(
    authority: Issuer, second: Issuer
) -> None:
    settings = Settings(
        identity="oidc",
        oidc_issuer=f"{second.url}, {authority.url}",
        oidc_audience="second-audience, recollect",
        oidc_email_issuers=authority.url,
        id_key=ID_KEY.decode(),
    )
    authenticator = build_authenticator(settings, ID_KEY)

    assert await sign_in(authenticator, authority.token()) == BY_EMAIL
    assert await sign_in(authenticator, second.token(aud="second-audience")) == of_second(second)


async def test_an_issuer_without_key_ids_is_verified_by_its_own_only_key(
    authenticator: Authenticator, authority: Issuer, second: Issuer
) -> None:
    published = public_jwk(second.key, "first")
    del published["kid"]
    second.documents["/keys"] = {"keys": [published]}
    claims = second.claims(aud="second-audience")
    token = jwt.encode(claims, second.key, algorithm="RS256")
    forged = jwt.encode(claims, authority.key, algorithm="RS256")

    assert await sign_in(authenticator, token) == of_second(second)
    with pytest.raises(Unauthenticated, match="can't be verified"):
        await sign_in(authenticator, forged)
