"""An issuer with real keys, and an authenticator that trusts it."""

from collections.abc import Iterator

import pytest

from recollect.identity.oidc import OidcAuthenticator
from tests.issuer import Clock, Issuer, PrivateKey, rsa_key
from tests.unit.identity.signing_in import trusting


@pytest.fixture(scope="module")
def first_key() -> PrivateKey:
    return rsa_key()


@pytest.fixture(scope="module")
def other_key() -> PrivateKey:
    return rsa_key()


@pytest.fixture
def issuer(first_key: PrivateKey) -> Iterator[Issuer]:
    with Issuer(first_key) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticator(issuer: Issuer, clock: Clock) -> OidcAuthenticator:
    return trusting(issuer, clock)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long timeout, so that a slow machine does not make an issuer's keys unavailable."""
    monkeypatch.setattr("recollect.identity.signing_keys.TIMEOUT_SECONDS", 60.0)
