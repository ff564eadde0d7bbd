"""Helpers for tests of the protocol: an API for strangers, and requests of every form."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from recollect.settings.settings import Settings
from tests.integration.conftest import Api, running
from tests.issuer import Issuer

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
VIEWER = "{ viewer { id } }"


@asynccontextmanager
async def for_strangers(folder: Path, **settings: Any) -> AsyncIterator[tuple[Api, Issuer]]:
    """The embedded API with the oidc identity, and the issuer of its tokens; the cost of operations is
    unlimited unless the settings limit it."""
    with Issuer() as issuer:
        oidc = Settings(
            data_dir=folder,
            identity="oidc",
            oidc_issuer=(issuer.url,),
            oidc_audience=("recollect",),
            id_key="k" * 32,
            **{"cost_limit": 0, "time_limit": 0, **settings},
        )
        async with running(oidc) as api:
            api.http.headers["Authorization"] = f"Bearer {issuer.token()}"
            yield api, issuer


async def send(api: Api, query: str = VIEWER, /, **headers: str) -> httpx.Response:
    """POST a query; a header's name is written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.http.post("/graphql", json={"query": query}, headers=named)


async def fetch(api: Api, headers: dict[str, str] | None = None, **params: str) -> httpx.Response:
    """GET a query."""
    return await api.http.get("/graphql", params={"query": VIEWER, **params}, headers=headers)


def codes(response: httpx.Response) -> list[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in response.json()["errors"]]
