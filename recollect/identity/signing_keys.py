"""The keys an issuer publishes, cached and refetched when needed."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import httpx
import jwt

from recollect.identity.base import IdentityUnavailable, Unauthenticated
from recollect.settings.types import is_trustworthy

FRESH_SECONDS = 3600.0
"""Seconds after which keys are refetched, so that a key the issuer withdrew stops working."""
USABLE_SECONDS = 86_400.0
"""Seconds after which keys are no longer used, whether or not the issuer can be reached."""
FETCH_INTERVAL_SECONDS = 10.0
"""Seconds between two fetches, however many tokens name unknown keys."""
RETRY_INTERVAL_SECONDS = 1.0
"""Seconds between two fetches as long as there are no keys at all."""
TIMEOUT_SECONDS = 5.0
"""Seconds for one whole fetch."""

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_BY_KEY_TYPE = {"RSA": _RSA, "EC": ("ES256", "ES384", "ES512"), "OKP": ("EdDSA",)}
ALGORITHMS = tuple(chain.from_iterable(_BY_KEY_TYPE.values()))
"""Public-key algorithms only, never one that verifies with a secret."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key and the algorithms its signatures may use."""

    public_key: Any
    algorithms: list[str]


class SigningKeys:
    """The current signing keys of one issuer. `clock` returns seconds and never goes back.

    They are fetched from the URL in the issuer's discovery document, or from `url` if the issuer has none.
    """

    def __init__(
        self, issuer: str, clock: Callable[[], float] = time.monotonic, *, url: str | None = None
    ) -> None:
        self._issuer = issuer
        self._clock = clock
        self._url = url
        self._keys: Mapping[str | None, SigningKey] = {}
        self._fetched = self._tried = float("-inf")
        self._failed = False
        self._fetching = asyncio.Lock()

    async def prepare(self) -> None:
        """Fetch the keys before they are needed: the first fetch loads modules and certificates, which holds
        up the event loop for 0.2 s."""
        async with self._fetching:
            await self._fetch()

    async def find(self, kid: str | None) -> SigningKey:
        """The key with this id; without an id, the only key there is.

        Raises `Unauthenticated` if the issuer publishes no such key, and `IdentityUnavailable` if the keys
        can't be fetched.
        """
        if self._is_due(kid) and not (self._fetching.locked() and self._is_usable(kid)):
            async with self._fetching:
                if self._is_due(kid):
                    await self._fetch()
        if self._age() > USABLE_SECONDS:
            raise IdentityUnavailable("The identity issuer can't be reached; try again shortly.")
        if key := self._look_up(kid):
            return key
        if self._failed:
            raise IdentityUnavailable("The issuer's new keys can't be fetched; try again shortly.")
        raise Unauthenticated("The token is signed with a key that its issuer does not publish.")

    def _is_usable(self, kid: str | None) -> bool:
        return self._age() <= USABLE_SECONDS and self._look_up(kid) is not None

    def _age(self) -> float:
        return self._clock() - self._fetched

    def _look_up(self, kid: str | None) -> SigningKey | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _is_due(self, kid: str | None) -> bool:
        interval = FETCH_INTERVAL_SECONDS if self._keys else RETRY_INTERVAL_SECONDS
        wanted = self._age() > FRESH_SECONDS or self._look_up(kid) is None
        return wanted and self._clock() - self._tried >= interval

    async def _fetch(self) -> None:
        self._failed = True
        try:
            self._keys = await self.published()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, TypeError) as error:
            log.warning("The issuer's signing keys can't be fetched: %s", repr(error))
        else:
            self._failed = False
            self._fetched = self._clock()
        finally:
            self._tried = self._clock()

    async def published(self) -> Mapping[str | None, SigningKey]:
        """The keys that the issuer publishes now, fetched without the cache.

        Raises `httpx.HTTPError`, `httpx.InvalidURL`, TimeoutError, ValueError or TypeError.
        """
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=_tls()) as client,
        ):
            return await self._published(client)

    async def _published(self, client: httpx.AsyncClient) -> Mapping[str | None, SigningKey]:
        document = await _get(client, self._url or await self._discovered_url(client))
        keys = document.get("keys")
        published = {
            entry.get("kid"): key
            for entry in (keys if isinstance(keys, list) else [])
            if isinstance(entry, dict) and (key := _signing_key(entry))
        }
        if not published:
            raise ValueError("the issuer publishes no usable signing key")
        return published

    async def _discovered_url(self, client: httpx.AsyncClient) -> str:
        discovery = await _get(
            client, self._issuer.removesuffix("/") + "/.well-known/openid-configuration"
        )
        if discovery.get("issuer") != self._issuer:
            raise ValueError("the discovery document is of another issuer")
        address = discovery.get("jwks_uri")
        if not isinstance(address, str) or not is_trustworthy(address):
            raise ValueError("the discovery document's jwks_uri is not an https URL")
        return address


@cache
def _tls() -> ssl.SSLContext:
    """Created once: loading the certificates takes long enough to delay other requests."""
    return httpx.create_ssl_context()


async def _get(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    response = await client.get(url)
    response.raise_for_status()
    document = response.json()
    if not isinstance(document, dict):
        raise ValueError("the issuer did not answer with a JSON object")
    return document


def _signing_key(entry: dict[str, Any]) -> SigningKey | None:
    allowed = _BY_KEY_TYPE.get(entry.get("kty", ""), ())
    if not allowed or entry.get("use", "sig") != "sig":
        return None
    try:
        parsed = jwt.PyJWK(entry)
    except jwt.PyJWTError:
        return None
    named = parsed.algorithm_name
    algorithms = _RSA if "alg" not in entry and entry["kty"] == "RSA" else (named,)
    usable = [algorithm for algorithm in algorithms if algorithm in allowed]
    return SigningKey(parsed.key, usable) if usable else None
