"""Who is an administrator: by list or claim, and never by unverified data from an issuer."""

from collections.abc import Iterator
from typing import Any

import pytest

from recollect.identity import Unauthenticated, build_authenticator
from recollect.identity.iap import ISSUER, IapAuthenticator
from recollect.identity.signing_keys import SigningKeys
from recollect.identity.viewers import Viewers
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from tests.issuer import JWKS, Issuer, PrivateKey, ec_key

ID_KEY = b"k" * 32


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return ec_key()


@pytest.fixture
def issuer(key: PrivateKey) -> Iterator[Issuer]:
    with Issuer(key) as running:
        yield running


@pytest.fixture
def second(key: PrivateKey) -> Iterator[Issuer]:
    with Issuer(key) as running:
        yield running


async def sign_in(issuer: Issuer, settings: dict[str, Any], **claims: Any) -> Viewer:
    oidc = {
        "identity": "oidc",
        "oidc_issuer": issuer.url,
        "oidc_audience": "recollect",
        "id_key": ID_KEY.decode(),
    }
    authenticator = build_authenticator(Settings(**oidc | settings), ID_KEY)
    return await authenticator.authenticate({"authorization": f"Bearer {issuer.token(**claims)}"})


async def test_nobody_is_an_administrator_unless_it_is_set(issuer: Issuer) -> None:
    assert not (await sign_in(issuer, {}, roles=["admin"], admin=True)).is_admin


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("admin@example.com", True),
        (" Admin@EXAMPLE.com", True),
        ("zo\u00eb@example.com", True),
        ("admin@example.com.evil.example", False),
        ("someone@example.com", False),
        (None, False),
    ],
)
async def test_a_verified_address_on_the_list_is_an_administrators(
    issuer: Issuer, email: str | None, expected: bool
) -> None:
    admins = {"admins": "ADMIN@example.com, Zoe\u0308@example.com"}

    assert (await sign_in(issuer, admins, email=email)).is_admin is expected


@pytest.mark.parametrize("verified", [False, None, "true"])
async def test_an_unverified_address_on_the_list_is_refused(
    issuer: Issuer, verified: object
) -> None:
    with pytest.raises(Unauthenticated, match="has not verified"):
        await sign_in(
            issuer,
            {"admins": "admin@example.com"},
            email="admin@example.com",
            email_verified=verified,
        )


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"roles": "recollect-admin"}, True),
        ({"roles": ["user", "recollect-admin"]}, True),
        ({"roles": ["recollect-admin"], "email": None}, True),
        ({"roles": "recollect-admin user"}, False),
        ({"roles": ["recollect-admins"]}, False),
        ({"roles": {"recollect-admin": True}}, False),
        ({"roles": [["recollect-admin"]]}, False),
        ({"roles": []}, False),
        ({"roles": True}, False),
        ({"role": "recollect-admin"}, False),
        ({}, False),
    ],
)
async def test_a_claim_makes_an_administrator_if_it_is_or_lists_the_value(
    issuer: Issuer, claims: dict[str, Any], expected: bool
) -> None:
    viewer = await sign_in(issuer, {"admin_claim": "roles=recollect-admin"}, **claims)

    assert viewer.is_admin is expected


async def test_a_claims_value_may_hold_an_equals_sign(issuer: Issuer) -> None:
    viewer = await sign_in(issuer, {"admin_claim": "group=cn=admins"}, group="cn=admins")

    assert viewer.is_admin


async def test_an_issuer_that_is_no_authority_makes_no_administrators(
    issuer: Issuer, second: Issuer
) -> None:
    settings = {
        "oidc_issuer": f"{issuer.url},{second.url}",
        "admins": "admin@example.com",
        "admin_claim": "roles=admin",
    }
    claims = {"email": "admin@example.com", "roles": ["admin"]}

    assert (await sign_in(issuer, settings, **claims)).is_admin
    assert not (await sign_in(second, settings, **claims)).is_admin


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("accounts.google.com:1", True), ("securetoken.google.com/p:1", False)],
)
async def test_behind_the_proxy_only_a_google_accounts_address_is_looked_for_on_the_list(
    issuer: Issuer, subject: str, expected: bool
) -> None:
    viewers = Viewers(ID_KEY, admins=frozenset({"admin@example.com"}))
    keys = SigningKeys(ISSUER, url=issuer.url + JWKS)
    authenticator = IapAuthenticator(viewers, "/projects/1/apps/a", keys)
    token = issuer.token(
        iss=ISSUER, aud="/projects/1/apps/a", sub=subject, email="admin@example.com"
    )

    viewer = await authenticator.authenticate({"x-goog-iap-jwt-assertion": token})

    assert viewer.is_admin is expected


async def test_with_the_dev_identity_the_list_counts() -> None:
    settings = Settings(admins="admin@example.com", admin_claim="roles=admin")
    authenticator = build_authenticator(settings, ID_KEY)

    admin = await authenticator.authenticate({"x-recollect-dev-user": "Admin@example.com"})
    other = await authenticator.authenticate({})

    assert (admin.is_admin, other.is_admin) == (True, False)
