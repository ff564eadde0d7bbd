"""Guests: our own tokens, each of which makes an anonymous caller a user."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import httpx
import jwt
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from recollect.http.guests import PER_MINUTE, GuestsEndpoint
from recollect.identity import Authenticator, Unauthenticated, build_authenticator
from recollect.identity.guests import ISSUER, GuestTokens
from recollect.identity.key import uid_of_email, uid_of_guest
from recollect.identity.tokens import MAX_TOKEN_LENGTH
from recollect.identity.viewers import Viewers
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from tests.issuer import Issuer, PrivateKey, ec_key, encoded, unsigned

ID_KEY = b"k" * 32
tokens = GuestTokens(Viewers(ID_KEY), hours=24)


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return ec_key()


@pytest.fixture
def issuer(key: PrivateKey) -> Iterator[Issuer]:
    with Issuer(key) as running:
        yield running


def with_oidc(issuer: Issuer, guests: bool = True) -> Authenticator:
    settings = Settings(
        identity="oidc",
        oidc_issuer=issuer.url,
        oidc_audience="recollect",
        id_key=ID_KEY.decode(),
        guests=guests,
    )
    return build_authenticator(settings, ID_KEY)


def with_dev(guests: bool = True) -> Authenticator:
    return build_authenticator(Settings(guests=guests), ID_KEY)


async def sign_in(authenticator: Authenticator, token: str, **headers: str) -> Viewer:
    return await authenticator.authenticate({"authorization": f"Bearer {token}", **headers})


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def signing_key() -> bytes:
    return hmac.digest(ID_KEY, b"guest tokens", hashlib.sha256)


async def test_a_guests_token_yields_a_viewer_without_address() -> None:
    token = tokens.issue().token

    viewer = await sign_in(with_dev(), token)

    uid = uid_of_guest(ID_KEY, claims_of(token)["sub"])
    assert viewer == Viewer(uid=uid, email=None, is_guest=True, is_admin=False)
    assert await sign_in(with_dev(), token) == viewer


async def test_each_guest_is_another_user_with_160_random_bits() -> None:
    subjects = {claims_of(tokens.issue().token)["sub"] for _ in range(50)}

    assert len(subjects) == 50
    assert {len(subject) for subject in subjects} == {32}
    assert len({tokens.viewer(tokens.issue().token).uid for _ in range(50)}) == 50


async def test_a_guest_and_a_user_with_a_login_are_both_known(issuer: Issuer) -> None:
    authenticator = with_oidc(issuer)

    assert (await sign_in(authenticator, tokens.issue().token)).is_guest
    viewer = await sign_in(authenticator, issuer.token())
    assert viewer == Viewer(uid_of_email(ID_KEY, "someone@example.com"), "someone@example.com")


async def test_a_guests_token_decides_over_the_dev_header() -> None:
    viewer = await sign_in(
        with_dev(), tokens.issue().token, **{"x-recollect-dev-user": "someone@example.com"}
    )

    assert viewer.is_guest


async def test_without_a_bearer_token_the_dev_header_decides() -> None:
    authenticator = with_dev()

    assert (await authenticator.authenticate({})).email == "you@example.com"
    viewer = await authenticator.authenticate({"x-recollect-dev-user": "someone@example.com"})
    assert (viewer.email, viewer.is_guest) == ("someone@example.com", False)


async def test_with_guests_off_their_tokens_are_refused(issuer: Issuer) -> None:
    token = tokens.issue().token

    with pytest.raises(Unauthenticated, match="another issuer"):
        await sign_in(with_oidc(issuer, guests=False), token)
    with pytest.raises(Unauthenticated, match="can't be verified"):
        await sign_in(with_dev(guests=False), token, **{"x-recollect-dev-user": "a@example.com"})


async def test_a_token_is_good_for_the_hours_that_are_set_and_no_longer() -> None:
    guest = GuestTokens(Viewers(ID_KEY), hours=3).issue()
    assert guest.expires_at == pytest.approx(time.time() + 3 * 3600, abs=60)
    assert claims_of(guest.token)["exp"] == guest.expires_at

    old = GuestTokens(Viewers(ID_KEY), hours=3, clock=lambda: time.time() - 3 * 3600 - 60)
    with pytest.raises(Unauthenticated, match=r"has expired.*POST /guests"):
        await sign_in(with_dev(), old.issue().token)


def tampered(token: str) -> str:
    header, _, signature = token.split(".")
    claims = claims_of(token) | {"sub": "somebody-else"}
    return f"{header}.{encoded(claims)}.{signature}"


def resigned(key: bytes = b"x" * 32, algorithm: str = "HS256", **changes: Any) -> str:
    claims = claims_of(tokens.issue().token) | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "token",
    [
        tampered(tokens.issue().token),
        tokens.issue().token[:-2],
        unsigned(claims_of(tokens.issue().token), "first"),
        resigned(),
        resigned(ID_KEY),
        resigned(hmac.digest(ID_KEY, b"other tokens", hashlib.sha256)),
        GuestTokens(Viewers(b"another" * 8), hours=24).issue().token,
        resigned(signing_key(), exp=None),
        resigned(signing_key(), sub=None),
        resigned(signing_key(), iat=None),
        resigned(signing_key(), iat=2**40, exp=2**41),
        resigned(signing_key(), padding="x" * MAX_TOKEN_LENGTH),
    ],
)
async def test_a_token_that_we_did_not_sign_like_this_is_refused(
    issuer: Issuer, token: str
) -> None:
    for authenticator in (with_dev(), with_oidc(issuer)):
        with pytest.raises(Unauthenticated) as caught:
            await sign_in(authenticator, token)
        assert token not in str(caught.value)
    assert issuer.requests == []


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_an_algorithm_other_than_ours_is_refused_even_with_our_key() -> None:
    with pytest.raises(Unauthenticated, match="can't be verified"):
        await sign_in(with_dev(), resigned(signing_key(), "HS512"))


async def test_our_signature_under_another_name_makes_no_guest() -> None:
    with pytest.raises(Unauthenticated, match="another issuer"):
        tokens.viewer(resigned(signing_key(), iss="https://elsewhere.example"))


async def test_an_issuers_token_in_the_name_of_guests_is_refused(issuer: Issuer) -> None:
    with pytest.raises(Unauthenticated, match="can't be verified"):
        await sign_in(with_oidc(issuer), issuer.token(iss=ISSUER))


async def test_a_token_with_the_guests_key_in_the_name_of_an_issuer_is_refused(
    issuer: Issuer,
) -> None:
    token = jwt.encode(
        issuer.claims(), signing_key(), algorithm="HS256", headers={"kid": issuer.kid}
    )

    with pytest.raises(Unauthenticated, match="can't be verified"):
        await sign_in(with_oidc(issuer), token)


async def test_the_key_of_the_installation_signs_no_tokens_as_it_is() -> None:
    token = tokens.issue().token

    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, ID_KEY, algorithms=["HS256"])


def calling(endpoint: GuestsEndpoint, address: str = "192.0.2.1") -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/guests", endpoint.post, methods=["POST"])])
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with calling(GuestsEndpoint(tokens)) as calls:
        yield calls


async def test_the_route_makes_a_guest_without_a_credential(client: httpx.AsyncClient) -> None:
    response = await client.post("/guests", json={})

    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers
    answer = response.json()
    assert set(answer) == {"token", "expiresAt"}
    assert tokens.viewer(answer["token"]).is_guest
    expires_at = datetime.fromisoformat(answer["expiresAt"])
    assert expires_at.timestamp() == claims_of(answer["token"])["exp"]


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
async def test_what_a_page_of_another_site_could_send_unasked_is_refused(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}

    response = await client.post("/guests", content=b"{}", headers=headers)

    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "token" not in response.json()


async def test_a_get_makes_no_guest(client: httpx.AsyncClient) -> None:
    assert (await client.get("/guests")).status_code == 405


async def test_one_address_gets_a_limited_number_of_guests(client: httpx.AsyncClient) -> None:
    statuses = [(await client.post("/guests", json={})).status_code for _ in range(PER_MINUTE)]
    refused = await client.post("/guests", json={})

    assert statuses == [201] * PER_MINUTE
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["cache-control"] == "no-store"
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2:0:0:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
async def test_the_limit_is_for_a_network_that_one_caller_holds(
    one: str, other: str, shared: bool
) -> None:
    endpoint = GuestsEndpoint(tokens)
    async with calling(endpoint, one) as first, calling(endpoint, other) as second:
        for _ in range(PER_MINUTE):
            assert (await first.post("/guests", json={})).status_code == 201

        status = (await second.post("/guests", json={})).status_code

    assert status == (429 if shared else 201)
