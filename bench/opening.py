"""The time to open a chat by its address in the client, against the start page of an empty account."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import uvicorn

from bench.harness import Figure, compare
from bench.history import chat, conversations, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from schema.ids import global_id

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

USER = "collector@example.com"
NEWCOMER = "newcomer@example.com"
SHOWN = 50


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """One run of the client's script, from a new tab to a page that is drawn."""
    # Streamlit takes seconds to import, and nothing else that is measured needs it.
    from tests.e2e.client.app_pages import new_page

    count, length = scale.account
    uid = await pair.uid(USER)
    chats = [chat(number, 0 if number else length) for number in range(count)]
    turns = conversations(uid, chats[0][1])
    await write(pair.services.store, summaries(uid, [session for session, _ in chats]), turns)
    opened = global_id("Session", chats[0][0].session_id)

    async def open_chat() -> None:
        page = await _drawn(new_page(USER, opened))
        if len(page.chat_message) != 2 * SHOWN:
            raise RuntimeError("the chat does not show a full page")

    async def open_nothing() -> None:
        page = await _drawn(new_page(NEWCOMER))
        if not any("No sessions yet" in caption.value for caption in page.sidebar.caption):
            raise RuntimeError("the account is not empty")

    async with _client_of(pair):
        return [
            await compare(
                f"opening a chat of {length:,} turns among {count:,} sessions, in the client",
                open_chat,
                "an empty account",
                open_nothing,
                repetitions=scale.repetitions,
            )
        ]


async def _drawn(page: "AppTest") -> "AppTest":
    """The page after its script ran, beside the API that this loop serves."""
    await asyncio.to_thread(page.run)
    if page.exception:
        raise RuntimeError(f"the page raises {page.exception[0].message}")
    return page


@asynccontextmanager
async def _client_of(pair: Pair) -> AsyncIterator[None]:
    """Serve the API to the client, which listens for no changes while it is measured."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(pair.api.app, lifespan="off", log_config=None))
    environment = {"RECOLLECT_API_URL": f"http://127.0.0.1:{port}"}
    with patch.dict(os.environ, environment), patch("client.state.live._listen"):
        # Streamlit makes every library print its messages.
        logging.disable(logging.WARNING)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving
            logging.disable(logging.NOTSET)
