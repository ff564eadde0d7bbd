"""The oidc identity believes only what the issuer signed in a token."""

from typing import Any

import jwt
import pytest

from recollect.identity import Unauthenticated, build_authenticator
from recollect.identity.key import uid_of_subject
from recollect.identity.oidc import OidcAuthenticator
from recollect.identity.tokens import LEEWAY_SECONDS, MAX_TOKEN_LENGTH
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from tests.issuer import (
    JWKS,
    Issuer,
    PrivateKey,
    ec_key,
    encoded,
    public_jwk,
    signed_with_public_key,
    unsigned,
)
from tests.unit.identity.signing_in import ID_KEY, VIEWER, refusal, sign_in


async def test_a_good_token_yields_the_viewer_of_its_verified_email(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    assert await sign_in(authenticator, issuer.token()) == VIEWER


async def test_settings_build_the_oidc_authenticator(issuer: Issuer) -> None:
    settings = Settings(
        identity="oidc",
        oidc_issuer=issuer.url,
        oidc_audience="recollect",
        id_key=ID_KEY.decode(),
    )

    viewer = await build_authenticator(settings, ID_KEY).authenticate(
        {"authorization": f"Bearer {issuer.token()}"}
    )

    assert viewer == VIEWER


async def test_elliptic_curve_signatures_are_verified(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    issuer.rotate(ec_key(), "ec")

    assert await sign_in(authenticator, issuer.token()) == VIEWER
    assert "can't be verified" in await refusal(authenticator, issuer.token(key=ec_key()))


async def test_spellings_of_one_address_are_one_viewer(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    token = issuer.token(email="  SomeOne@Example.COM ", sub="other")

    assert await sign_in(authenticator, token) == VIEWER


async def test_a_token_without_email_yields_the_viewer_of_its_subject(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    viewer = await sign_in(authenticator, issuer.token(email=None, email_verified=None))

    assert viewer == Viewer(uid=uid_of_subject(ID_KEY, issuer.url, "subject-1"), email=None)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_unverified_email_is_refused(
    authenticator: OidcAuthenticator, issuer: Issuer, verified: object
) -> None:
    message = await refusal(authenticator, issuer.token(email_verified=verified))

    assert "has not verified your e-mail" in message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "another"}, "another audience"),
        ({"aud": ["another", "third"]}, "another audience"),
        ({"iss": "https://elsewhere.example"}, "another issuer"),
        ({"exp": 1}, "has expired"),
        ({"nbf": 2**40}, "not valid yet"),
        ({"iat": 2**40, "exp": 2**41}, "not valid yet"),
        ({"exp": None}, "'exp'"),
        ({"iat": None}, "'iat'"),
        ({"iss": None}, "'iss'"),
        ({"aud": None}, "'aud'"),
        ({"sub": None}, "'sub'"),
        ({"exp": "soon"}, "can't be verified"),
        ({"email": 5}, "not a string"),
        ({"email": " "}, "not a string"),
    ],
)
async def test_a_claim_that_does_not_hold_is_refused_with_its_reason(
    authenticator: OidcAuthenticator, issuer: Issuer, changes: dict[str, Any], reason: str
) -> None:
    assert reason in await refusal(authenticator, issuer.token(**changes))


async def test_a_small_difference_of_clocks_is_tolerated(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    now = issuer.claims()["iat"]

    just_expired = issuer.token(exp=now - LEEWAY_SECONDS // 2)
    long_expired = issuer.token(exp=now - LEEWAY_SECONDS * 2)

    assert await sign_in(authenticator, just_expired) == VIEWER
    assert "has expired" in await refusal(authenticator, long_expired)


async def test_a_signature_by_another_key_is_refused(
    authenticator: OidcAuthenticator, issuer: Issuer, other_key: PrivateKey
) -> None:
    assert "can't be verified" in await refusal(authenticator, issuer.token(key=other_key))


async def test_changed_claims_are_refused(authenticator: OidcAuthenticator, issuer: Issuer) -> None:
    header, _, signature = issuer.token().split(".")
    claims = encoded(issuer.claims(email="victim@example.com"))

    assert "can't be verified" in await refusal(authenticator, f"{header}.{claims}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_a_token_without_signature_is_refused(
    authenticator: OidcAuthenticator, issuer: Issuer, algorithm: str
) -> None:
    token = unsigned(issuer.claims(), issuer.kid, algorithm)

    assert "can't be verified" in await refusal(authenticator, token)


async def test_a_token_signed_with_the_public_key_as_shared_secret_is_refused(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    token = signed_with_public_key(issuer.claims(), issuer.kid, issuer.key)

    assert "can't be verified" in await refusal(authenticator, token)


async def test_a_shared_secret_among_the_published_keys_is_not_used(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    secret = b"s" * 32
    shared = {"kty": "oct", "k": encoded(secret), "kid": "shared", "alg": "HS256"}
    issuer.documents[JWKS] = {"keys": [public_jwk(issuer.key, issuer.kid), shared]}
    token = jwt.encode(issuer.claims(), secret, algorithm="HS256", headers={"kid": "shared"})

    assert "does not publish" in await refusal(authenticator, token)


async def test_a_key_published_for_encryption_is_not_used(
    authenticator: OidcAuthenticator, issuer: Issuer, other_key: PrivateKey
) -> None:
    encryption = public_jwk(other_key, "enc") | {"use": "enc"}
    issuer.documents[JWKS] = {"keys": [public_jwk(issuer.key, issuer.kid), encryption]}

    message = await refusal(authenticator, issuer.token(key=other_key, kid="enc"))

    assert "does not publish" in message


async def test_only_the_algorithm_a_key_is_published_for_is_accepted(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    token = jwt.encode(issuer.claims(), issuer.key, algorithm="RS512", headers={"kid": issuer.kid})

    assert "can't be verified" in await refusal(authenticator, token)


async def test_an_rsa_key_without_a_named_algorithm_takes_any_rsa_signature(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    published = public_jwk(issuer.key, issuer.kid)
    del published["alg"]
    issuer.documents[JWKS] = {"keys": [published]}
    token = jwt.encode(issuer.claims(), issuer.key, algorithm="PS256", headers={"kid": issuer.kid})

    assert await sign_in(authenticator, token) == VIEWER


async def test_a_token_without_key_id_is_verified_by_the_only_key(
    authenticator: OidcAuthenticator, issuer: Issuer, other_key: PrivateKey
) -> None:
    token = jwt.encode(issuer.claims(), issuer.key, algorithm="RS256")
    forged = jwt.encode(issuer.claims(), other_key, algorithm="RS256")

    assert await sign_in(authenticator, token) == VIEWER
    assert "can't be verified" in await refusal(authenticator, forged)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "....",
        "é.é.é",
        "Bearer",
        encoded({"alg": "RS256", "kid": 5}) + ".e30.x",
        encoded(["alg"]) + ".e30.x",
        encoded(b"\xff\xfe") + ".e30.x",
        encoded(b'{"alg":' + b"[" * 5000) + ".e30.x",
        encoded({"alg": "RS256", "crit": ["b64"], "b64": False}) + ".e30.x",
    ],
)
async def test_a_malformed_token_is_refused(authenticator: OidcAuthenticator, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await sign_in(authenticator, token)


async def test_a_token_longer_than_the_limit_is_refused_unread(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    message = await refusal(authenticator, issuer.token(padding="x" * MAX_TOKEN_LENGTH))

    assert str(MAX_TOKEN_LENGTH) in message
    assert issuer.requests == []


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER   {} ", " Bearer {}"])
async def test_the_scheme_is_read_in_any_case_and_spacing(
    authenticator: OidcAuthenticator, issuer: Issuer, form: str
) -> None:
    header = form.format(issuer.token())

    assert await authenticator.authenticate({"authorization": header}) == VIEWER


@pytest.mark.parametrize("form", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Token {}"])
async def test_another_scheme_or_none_is_refused_with_what_to_send(
    authenticator: OidcAuthenticator, issuer: Issuer, form: str
) -> None:
    with pytest.raises(Unauthenticated, match="Authorization: Bearer"):
        await authenticator.authenticate({"authorization": form.format(issuer.token())})


async def test_a_missing_header_is_refused_even_with_a_dev_header(
    authenticator: OidcAuthenticator,
) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate({"x-recollect-dev-user": "someone@example.com"})
