"""Google's Identity-Aware Proxy, for tests of what is behind it, and an API that believes what it signs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from client.state.identity import IAP_HEADER
from recollect.identity import iap
from recollect.settings.settings import Settings
from tests.e2e.served_api import ServedApi
from tests.issuer import JWKS, Issuer, ec_key

AUDIENCE = "/projects/1/global/backendServices/2"
ID_KEY = SecretStr("a key of thirty-two characters, at least")


@contextmanager
def before(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """Whoever signs for the proxy; the API believes them alone, once it runs."""
    with Issuer(ec_key()) as proxy:
        monkeypatch.setattr(iap, "KEYS_URL", proxy.url + JWKS)
        api.settings = Settings(
            data_dir=api.folder, identity="iap", iap_audience=AUDIENCE, id_key=ID_KEY
        )
        yield proxy


def headers(proxy: Issuer, subject: str, *, hours: int = 1) -> dict[str, str]:
    """What the proxy adds to somebody's requests: good for so long yet, since as long; over if negative."""
    named = f"accounts.google.com:{subject}"
    now, seconds = int(time.time()), hours * 3600
    times: dict[str, Any] = {"iat": now - abs(seconds), "exp": now + seconds}
    email = f"{subject}@example.com"
    assertion = proxy.token(iss=iap.ISSUER, aud=AUDIENCE, sub=named, email=email, **times)
    return {IAP_HEADER: assertion}
