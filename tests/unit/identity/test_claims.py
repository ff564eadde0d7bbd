"""Valid tokens for another audience, and tokens full of nonsense."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recollect.identity import Authenticator, Unauthenticated, build_authenticator
from recollect.identity.tokens import LATEST
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from tests.issuer import Issuer, PrivateKey, algorithm_of, ec_key, encoded

ID_KEY = b"k" * 32
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "nbf", "azp", "email", "email_verified", "events"]


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return ec_key()


@pytest.fixture(scope="module")
def issuer(key: PrivateKey) -> Iterator[Issuer]:
    with Issuer(key) as running:
        yield running


def trusting(issuer: Issuer, **changes: Any) -> Authenticator:
    oidc: dict[str, Any] = {
        "identity": "oidc",
        "oidc_issuer": issuer.url,
        "oidc_audience": "recollect",
        "id_key": ID_KEY.decode(),
        **changes,
    }
    return build_authenticator(Settings(**oidc), ID_KEY)


@pytest.fixture
def authenticator(issuer: Issuer) -> Authenticator:
    """Keeps the issuer's keys, so that they are not fetched for each example of a property test."""
    return trusting(issuer)


async def shown(authenticator: Authenticator, token: str) -> Viewer:
    return await authenticator.authenticate({"authorization": f"Bearer {token}"})


async def sign_in(issuer: Issuer, token: str, **changes: Any) -> Viewer:
    return await shown(trusting(issuer, **changes), token)


def signed(issuer: Issuer, claims: dict[str, Any], **headers: Any) -> str:
    named = {"kid": issuer.kid, **headers}
    return jwt.encode(claims, issuer.key, algorithm_of(issuer.key), headers=named)


@pytest.mark.parametrize(
    "claims",
    [
        {"azp": "recollect"},
        {"aud": ["recollect"]},
        {"azp": "android"},
        {"aud": ["recollect", "android"], "azp": "android"},
    ],
)
async def test_a_token_for_the_audience_or_a_trusted_client_is_good(
    issuer: Issuer, claims: dict[str, Any]
) -> None:
    viewer = await sign_in(issuer, issuer.token(**claims), oidc_authorized_parties="ios, android")

    assert viewer.email == "someone@example.com"


@pytest.mark.parametrize(
    "claims",
    [
        {"azp": "another"},
        {"azp": ["recollect"]},
        {"azp": 5},
        {"azp": ""},
        {"aud": ["recollect", "another"]},
        {"aud": ["recollect", "another"], "azp": "recollect"},
        {"aud": ["recollect", "recollect"]},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    ],
)
async def test_a_token_that_another_client_got_or_that_is_for_something_else_is_refused(
    issuer: Issuer, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await sign_in(issuer, issuer.token(**claims))


@pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt", "secevent+jwt", "JWE", "", 5, ["JWT"]])
async def test_a_token_of_another_kind_is_refused(issuer: Issuer, kind: object) -> None:
    header = {"alg": algorithm_of(issuer.key), "kid": issuer.kid, "typ": kind}
    token = f"{encoded(header)}.{encoded(issuer.claims())}.AAAA"

    with pytest.raises(Unauthenticated, match="not an ID token"):
        await sign_in(issuer, token)


@pytest.mark.parametrize("kind", ["JWT", "jwt", None])
async def test_a_token_may_call_itself_a_token(issuer: Issuer, kind: str | None) -> None:
    viewer = await sign_in(issuer, signed(issuer, issuer.claims(), typ=kind))

    assert viewer.email == "someone@example.com"


@pytest.mark.parametrize("expires", [1e300, 10**400, 2**63])
async def test_a_token_that_never_expires_is_good_until_the_year_9999(
    issuer: Issuer, expires: float
) -> None:
    viewer = await sign_in(issuer, issuer.token(exp=expires))

    assert viewer.expires_at == LATEST


@pytest.mark.parametrize("expires", [float("inf"), float("nan"), -(10**400), "x" * 5000, [1]])
async def test_a_token_whose_end_is_no_time_is_refused(issuer: Issuer, expires: object) -> None:
    with pytest.raises(Unauthenticated):
        await sign_in(issuer, issuer.token(exp=expires))


async def test_an_administrators_look_alike_is_refused(issuer: Issuer) -> None:
    token = issuer.token(email="\u212aim@example.com")

    with pytest.raises(Unauthenticated, match="look-alike"):
        await sign_in(issuer, token, admins="kim@example.com")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(claims=st.dictionaries(st.sampled_from(CLAIMS), JSON, max_size=4))
async def test_whatever_an_issuer_signs_makes_a_viewer_or_is_refused(
    issuer: Issuer, authenticator: Authenticator, claims: dict[str, Any]
) -> None:
    token = f"{encoded({'alg': 'ES256', 'kid': issuer.kid})}.{encoded(issuer.claims() | claims)}"
    signer = jwt.get_algorithm_by_name("ES256")
    signature = encoded(signer.sign(token.encode(), issuer.key))
    with suppress(Unauthenticated):
        await shown(authenticator, f"{token}.{signature}")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(header=JSON, named=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit"]), JSON))
async def test_whatever_a_header_says_is_refused_where_nobody_signed(
    issuer: Issuer, authenticator: Authenticator, header: object, named: dict[str, Any]
) -> None:
    for each in (header, {"alg": "ES256", "kid": issuer.kid, **named}):
        with pytest.raises(Unauthenticated):
            await shown(authenticator, f"{encoded(each)}.{encoded(issuer.claims())}.AAAA")
