"""The iap identity: only the assertion signed by Identity-Aware Proxy is believed."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from recollect.identity import IdentityUnavailable, Unauthenticated, build_authenticator
from recollect.identity.iap import HEADER, ISSUER, KEYS_URL, IapAuthenticator
from recollect.identity.key import uid_of_email, uid_of_subject
from recollect.identity.signing_keys import (
    FETCH_INTERVAL_SECONDS,
    FRESH_SECONDS,
    USABLE_SECONDS,
    SigningKeys,
)
from recollect.identity.tokens import MAX_TOKEN_LENGTH
from recollect.identity.viewers import Viewers
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from tests.issuer import (
    JWKS,
    Clock,
    Issuer,
    PrivateKey,
    ec_key,
    public_jwk,
    rsa_key,
    signed_with_public_key,
    unsigned,
)

ID_KEY = b"k" * 32
AUDIENCE = "/projects/1/global/backendServices/2"
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "accounts.google.com:1",
    "email_verified": None,
}
VIEWER = Viewer(uid=uid_of_email(ID_KEY, "someone@example.com"), email="someone@example.com")


@pytest.fixture
def proxy() -> Iterator[Issuer]:
    with Issuer(ec_key()) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticator(proxy: Issuer, clock: Clock) -> IapAuthenticator:
    keys = SigningKeys(ISSUER, clock, url=proxy.url + JWKS)
    return IapAuthenticator(Viewers(ID_KEY), AUDIENCE, keys)


def assertion(proxy: Issuer, **changes: Any) -> str:
    return proxy.token(**(GOOD | changes))


async def enter(authenticator: IapAuthenticator, token: str) -> Viewer:
    return await authenticator.authenticate({HEADER: token})


async def refusal(authenticator: IapAuthenticator, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await enter(authenticator, token)
    assert token not in str(caught.value)
    return str(caught.value)


async def test_an_assertion_of_a_google_account_yields_the_viewer_of_its_email(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    assert await enter(authenticator, assertion(proxy, email=" SomeOne@Example.com")) == VIEWER
    assert proxy.requests == [JWKS]


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "securetoken.google.com/project:1", "email": "victim@example.com"},
        {"sub": "securetoken.google.com/project/tenant:1"},
        {"sub": "sts.google.com:1"},
        {"email": None},
        {"email": " "},
        {"email": 5},
    ],
)
async def test_an_address_that_google_does_not_vouch_for_is_not_believed(
    authenticator: IapAuthenticator, proxy: Issuer, changes: dict[str, Any]
) -> None:
    viewer = await enter(authenticator, assertion(proxy, **changes))

    subject = changes.get("sub", GOOD["sub"])
    assert viewer == Viewer(uid=uid_of_subject(ID_KEY, ISSUER, subject), email=None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "/projects/1/global/backendServices/3"}, "another audience"),
        ({"aud": "recollect"}, "another audience"),
        ({"aud": None}, "'aud'"),
        ({"iss": "https://accounts.google.com"}, "another issuer"),
        ({"iss": None}, "'iss'"),
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "'exp'"),
        ({"iat": 2**40, "exp": 2**41}, "not valid yet"),
        ({"iat": None}, "'iat'"),
        ({"sub": None}, "'sub'"),
    ],
)
async def test_a_claim_that_does_not_hold_is_refused_with_its_reason(
    authenticator: IapAuthenticator, proxy: Issuer, changes: dict[str, Any], reason: str
) -> None:
    message = await refusal(authenticator, assertion(proxy, **changes))

    assert reason in message


async def test_a_signature_by_another_key_is_refused(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    message = await refusal(authenticator, assertion(proxy, key=ec_key()))

    assert "can't be verified" in message


async def test_a_signature_other_than_es256_is_refused_even_by_a_published_key(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    proxy.rotate(rsa_key(), "rsa")

    assert "can't be verified" in await refusal(authenticator, assertion(proxy))


async def test_an_assertion_without_signature_is_refused(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    message = await refusal(authenticator, unsigned(proxy.claims(**GOOD), proxy.kid))

    assert "can't be verified" in message


async def test_an_assertion_signed_with_the_public_key_as_shared_secret_is_refused(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    token = signed_with_public_key(proxy.claims(**GOOD), proxy.kid, proxy.key)

    assert "can't be verified" in await refusal(authenticator, token)


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.é.é", "...."])
async def test_a_malformed_assertion_is_refused(
    authenticator: IapAuthenticator, token: str
) -> None:
    with pytest.raises(Unauthenticated):
        await enter(authenticator, token)


async def test_an_assertion_longer_than_the_limit_is_refused_unread(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    message = await refusal(authenticator, assertion(proxy, padding="x" * MAX_TOKEN_LENGTH))

    assert str(MAX_TOKEN_LENGTH) in message
    assert proxy.requests == []


async def test_nothing_but_the_signed_header_is_believed(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    for headers in (
        {},
        {HEADER: " "},
        {
            "x-goog-authenticated-user-email": "accounts.google.com:someone@example.com",
            "x-goog-authenticated-user-id": "accounts.google.com:1",
        },
        {"authorization": f"Bearer {assertion(proxy)}"},
        {"x-recollect-dev-user": "someone@example.com"},
    ):
        with pytest.raises(Unauthenticated, match="Identity-Aware Proxy protects"):
            await authenticator.authenticate(headers)


async def test_unsigned_headers_do_not_change_who_the_assertion_names(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    headers = {
        HEADER: assertion(proxy),
        "x-goog-authenticated-user-email": "accounts.google.com:victim@example.com",
    }

    assert await authenticator.authenticate(headers) == VIEWER


async def test_a_rotated_key_is_accepted_without_restart_and_the_old_one_no_more(
    authenticator: IapAuthenticator, proxy: Issuer, clock: Clock
) -> None:
    old = assertion(proxy)
    await enter(authenticator, old)
    proxy.rotate(ec_key(), "second")
    clock.now += FETCH_INTERVAL_SECONDS

    assert await enter(authenticator, assertion(proxy)) == VIEWER
    assert "does not publish" in await refusal(authenticator, old)


async def test_assertions_with_random_key_ids_do_not_make_us_hammer_the_publisher(
    authenticator: IapAuthenticator, proxy: Issuer
) -> None:
    await enter(authenticator, assertion(proxy))

    for number in range(20):
        await refusal(authenticator, assertion(proxy, kid=f"random-{number}"))

    assert proxy.requests == [JWKS]


async def test_keys_that_can_not_be_fetched_open_no_door(
    authenticator: IapAuthenticator, proxy: Issuer, clock: Clock
) -> None:
    proxy.up = False
    with pytest.raises(IdentityUnavailable):
        await enter(authenticator, assertion(proxy))

    proxy.up = True
    clock.now += FETCH_INTERVAL_SECONDS
    assert await enter(authenticator, assertion(proxy)) == VIEWER


async def test_keys_at_hand_outlast_a_publisher_that_is_down_but_not_for_ever(
    authenticator: IapAuthenticator, proxy: Issuer, clock: Clock
) -> None:
    token = assertion(proxy)
    await enter(authenticator, token)
    proxy.up = False

    clock.now += FRESH_SECONDS + 1
    assert await enter(authenticator, token) == VIEWER
    clock.now += USABLE_SECONDS
    with pytest.raises(IdentityUnavailable):
        await enter(authenticator, token)


async def test_settings_trust_the_keys_that_google_publishes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def get(client: object, url: str) -> dict[str, Any]:
        asked.append(url)
        return {"keys": [public_jwk(key, "google")]}

    key: PrivateKey = ec_key()
    monkeypatch.setattr("recollect.identity.signing_keys._get", get)
    settings = Settings(identity="iap", iap_audience=AUDIENCE, id_key=ID_KEY.decode())
    with Issuer(key) as proxy:
        claims = proxy.claims(**GOOD)
    token = jwt.encode(claims, key, algorithm="ES256", headers={"kid": "google"})

    viewer = await build_authenticator(settings, ID_KEY).authenticate({HEADER: token})

    assert viewer == VIEWER
    assert asked == [KEYS_URL] == ["https://www.gstatic.com/iap/verify/public_key-jwk"]
