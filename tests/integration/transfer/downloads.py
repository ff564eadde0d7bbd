"""Asking for exports and downloading them."""

import json
from typing import Any

from tests.integration.conftest import ANNA, Api

SELECTION = "download { url expiresAt mediaType fileName } sessionCount conversationCount"


async def export(api: Api, user: str = ANNA, **given: Any) -> Any:
    """The payload of exportSessions."""
    return await api.mutate("exportSessions", SELECTION, user, **given)


async def export_all(api: Api, user: str = ANNA, **given: Any) -> Any:
    """The payload of exportMyData."""
    return await api.mutate("exportMyData", SELECTION, user, **given)


async def fetched(api: Api, payload: Any) -> str:
    """The document of a payload, without a credential."""
    assert payload["userErrors"] == []
    response = await api.http.get(payload["download"]["url"])
    assert response.status_code == 200, response.text
    return response.text


async def archive(api: Api, user: str = ANNA, **given: Any) -> Any:
    """A user's chats, as exportSessions gives them in JSON."""
    return json.loads(await fetched(api, await export(api, user, **given)))


async def everything(api: Api, user: str = ANNA) -> Any:
    """All data of a user, as exportMyData gives it in JSON."""
    return json.loads(await fetched(api, await export_all(api, user)))
