"""An issuer's keys are fetched when they are needed, and not more often; without them, nobody gets in."""

import asyncio
import json

import pytest

from recollect.identity import IdentityUnavailable
from recollect.identity.oidc import OidcAuthenticator
from recollect.identity.signing_keys import (
    FETCH_INTERVAL_SECONDS,
    FRESH_SECONDS,
    RETRY_INTERVAL_SECONDS,
    USABLE_SECONDS,
)
from tests.issuer import (
    DISCOVERY,
    JWKS,
    Clock,
    Issuer,
    PrivateKey,
)
from tests.unit.identity.signing_in import VIEWER, refusal, sign_in, trusting


async def test_concurrent_first_requests_fetch_the_keys_once(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    issuer.delay = 0.05

    viewers = await asyncio.gather(
        *(sign_in(authenticator, issuer.token()) for _ in range(20)),
    )

    assert viewers == [VIEWER] * 20
    assert issuer.requests == [DISCOVERY, JWKS]


async def test_who_signs_in_after_the_start_finds_the_keys_fetched(
    authenticator: OidcAuthenticator, issuer: Issuer
) -> None:
    await authenticator.prepare()
    assert issuer.requests == [DISCOVERY, JWKS]
    assert await sign_in(authenticator, issuer.token()) == VIEWER
    assert issuer.requests == [DISCOVERY, JWKS]


async def test_an_issuer_that_is_down_at_the_start_is_asked_again(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock
) -> None:
    issuer.up = False
    await authenticator.prepare()
    issuer.up = True
    clock.now += RETRY_INTERVAL_SECONDS
    assert await sign_in(authenticator, issuer.token()) == VIEWER


async def test_a_rotated_key_is_accepted_without_restart_and_the_old_one_no_more(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock, other_key: PrivateKey
) -> None:
    old = issuer.token()
    await sign_in(authenticator, old)
    issuer.rotate(other_key, "second")
    clock.now += FETCH_INTERVAL_SECONDS

    assert await sign_in(authenticator, issuer.token()) == VIEWER
    assert "does not publish" in await refusal(authenticator, old)


async def test_a_key_withdrawn_in_silence_stops_working_within_an_hour(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock, other_key: PrivateKey
) -> None:
    old = issuer.token()
    await sign_in(authenticator, old)
    issuer.rotate(other_key, "second")
    clock.now += FRESH_SECONDS + 1

    assert "does not publish" in await refusal(authenticator, old)


async def test_tokens_with_random_key_ids_do_not_make_us_hammer_the_issuer(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock
) -> None:
    await sign_in(authenticator, issuer.token())

    for number in range(100):
        clock.now += FETCH_INTERVAL_SECONDS / 50
        await refusal(authenticator, issuer.token(kid=f"random-{number}"))

    assert len(issuer.requests) <= 2 * (1 + 100 // 50)


async def test_keys_at_hand_serve_while_new_ones_are_being_fetched(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock
) -> None:
    token = issuer.token()
    await sign_in(authenticator, token)
    clock.now += FRESH_SECONDS + 1
    issuer.going_on.clear()
    fetching = asyncio.create_task(sign_in(authenticator, token))
    await issuer.asked(len(issuer.requests) + 1)

    assert await sign_in(authenticator, token) == VIEWER

    assert not fetching.done()
    issuer.going_on.set()
    assert await fetching == VIEWER


async def test_an_issuer_that_answers_too_slowly_counts_as_down(
    authenticator: OidcAuthenticator, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recollect.identity.signing_keys.TIMEOUT_SECONDS", 0.3)
    issuer.delay = 0.2  # each of the two documents arrives in time, but not both together

    with pytest.raises(IdentityUnavailable):
        await sign_in(authenticator, issuer.token())


async def test_an_issuer_that_is_down_opens_no_door(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock
) -> None:
    issuer.up = False

    for _ in range(5):
        with pytest.raises(IdentityUnavailable):
            await sign_in(authenticator, issuer.token())
    assert len(issuer.requests) == 1

    issuer.up = True
    clock.now += RETRY_INTERVAL_SECONDS
    assert await sign_in(authenticator, issuer.token()) == VIEWER


async def test_an_issuer_nobody_listens_at_opens_no_door(clock: Clock) -> None:
    with Issuer() as gone:
        token = gone.token()

    with pytest.raises(IdentityUnavailable):
        await sign_in(trusting(gone, clock), token)


async def test_keys_at_hand_outlast_an_issuer_that_is_down_but_not_for_ever(
    authenticator: OidcAuthenticator, issuer: Issuer, clock: Clock, other_key: PrivateKey
) -> None:
    token = issuer.token()
    await sign_in(authenticator, token)
    issuer.up = False

    clock.now += FRESH_SECONDS + 1
    assert await sign_in(authenticator, token) == VIEWER
    with pytest.raises(IdentityUnavailable):
        await sign_in(authenticator, issuer.token(key=other_key, kid="perhaps-new"))
    clock.now += USABLE_SECONDS
    with pytest.raises(IdentityUnavailable):
        await sign_in(authenticator, token)


@pytest.mark.parametrize(
    "documents",
    [
        {DISCOVERY: {"issuer": "https://elsewhere.example", "jwks_uri": "{url}/keys"}},
        {DISCOVERY: {"issuer": "{url}", "jwks_uri": "http://keys.example/keys"}},
        {DISCOVERY: {"issuer": "{url}", "jwks_uri": 5}},
        {DISCOVERY: {"issuer": "{url}"}},
        {DISCOVERY: ["not", "an", "object"]},
        {JWKS: {"keys": []}},
        {JWKS: {"keys": [{"kty": ["RSA"]}, {"kty": "RSA", "kid": "first"}, "x"]}},
        {JWKS: {"keys": "none"}},
        {JWKS: None},
    ],
)
async def test_an_issuer_that_publishes_nonsense_opens_no_door(
    authenticator: OidcAuthenticator, issuer: Issuer, documents: dict[str, object]
) -> None:
    text = json.dumps(documents).replace("{url}", issuer.url)
    issuer.documents |= json.loads(text)

    with pytest.raises(IdentityUnavailable):
        await sign_in(authenticator, issuer.token())
