"""A browser tab without a browser: it talks to the client as Streamlit's front end does."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

SECONDS = 120
"""Seconds without a message after which the measurement ends."""
SENT = "stream"
ASKED = "question"
"""The key of the field for questions."""


class BrowserTab:
    """One tab. Messages that arrive while nothing is awaited are read by the next wait."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket = socket
        self._query = query
        self._page = ""
        self._widgets: dict[str, str] = {}
        """Each widget's id, by the key that the page gave it."""

    def keys(self, prefix: str) -> list[str]:
        """The keys of the widgets drawn so far that begin with `prefix`."""
        return [key for key in self._widgets if key.startswith(prefix)]

    async def run(self, *widgets: WidgetState) -> None:
        """Run the page with these widgets used, and wait until it is drawn."""
        await self._send(*widgets)
        await self.until(_is_drawn)

    async def press(self, key: str) -> None:
        """Press a button, and wait until the page is drawn."""
        await self.run(WidgetState(id=self._widgets[key], trigger_value=True))

    async def ask(self, question: str) -> float:
        """Ask, and wait until the answer is drawn; returns the seconds until its first words."""
        field = WidgetState(id=self._widgets[ASKED])
        field.chat_input_value.data = question
        began = time.perf_counter()
        await self._send(field)
        await self.until(lambda message: _text(message) == question)
        await self.until(_is_answer)
        first = time.perf_counter() - began
        await self.until(_is_drawn)
        return first

    async def shows(self, text: str) -> None:
        """Wait until the page draws a question with this text, without being asked to."""
        await self.until(lambda message: _text(message) == text)

    async def until(self, wanted: Callable[[ForwardMsg], bool]) -> None:
        """Read messages up to a wanted one."""
        while not wanted(await self._receive()):
            pass

    async def _send(self, *widgets: WidgetState) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.context_info.timezone, state.context_info.locale = "Europe/Berlin", "en"
        state.widget_states.widgets.extend(widgets)
        await self._socket.send(message.SerializeToString())

    async def _receive(self) -> ForwardMsg:
        async with asyncio.timeout(SECONDS):
            sent = await self._socket.recv()
        message = ForwardMsg.FromString(sent)  # type: ignore[arg-type]
        match message.WhichOneof("type"):
            case "new_session":
                self._page = message.new_session.page_script_hash
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "delta":
                self._note(message)
        return message

    def _note(self, message: ForwardMsg) -> None:
        named = getattr(_drawn(message), "id", "")
        if named:
            # Streamlit writes the key behind a hash: $$ID-…-key.
            self._widgets[named.split("-", 2)[-1]] = named


@asynccontextmanager
async def tab(port: int, user: str) -> AsyncIterator[BrowserTab]:
    """A tab of a user at the start page, drawn, until the block ends."""
    address = f"ws://127.0.0.1:{port}/_stcore/{SENT}"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        opened = BrowserTab(socket, f"user={user}")
        await opened.run()
        yield opened


def _is_drawn(message: ForwardMsg) -> bool:
    """Whether a run of the page ended, and was not interrupted for another."""
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    )


def _drawn(message: ForwardMsg) -> Any:
    """The element that a message draws, of whatever kind; None for other messages."""
    if message.WhichOneof("type") != "delta":
        return None
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    return getattr(element, kind) if kind else None


def _text(message: ForwardMsg) -> str | None:
    """The question that a message draws."""
    drawn = _drawn(message)
    return drawn.body if drawn is not None and drawn.DESCRIPTOR.name == "Text" else None


def _is_answer(message: ForwardMsg) -> bool:
    """Whether a message draws text other than a caption, as answers do."""
    drawn = _drawn(message)
    return (
        drawn is not None
        and drawn.DESCRIPTOR.name == "Markdown"
        and drawn.element_type == drawn.NATIVE
    )
