"""CPU of the client's process for each idle tab, page load and click, and how long people wait, against the
limits that were set."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

from starlette.responses import Response

from bench.harness import Figure, Timing
from bench.pairs import Pair
from bench.scale import Scale
from bench.tabs.process import Client, client
from bench.tabs.tab import BrowserTab, tab
from bench.wire.client_documents import client_document
from bench.wire.served import served

IDLE, LOAD, CLICK, FIRST_WORDS, SEEN = 0.003, 0.5, 0.5, 3.0, 2.0
"""The limits: seconds of CPU for a second of an idle tab, for a load and for a click; seconds until the first
words of an answer when many are asked for at once, and until a change from another device is seen."""
SETTLING_SECONDS = 3
"""Seconds after which no earlier work is still under way."""


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """With one tab open, with some and with many, each with a user of its own."""
    if pair.services.settings.warehouse != "duckdb":
        return []
    figures: list[Figure] = []
    async with (
        served(pair, Response(status_code=404)) as api_port,
        client(api_port) as process,
        AsyncExitStack() as opened,
    ):
        tabs: list[BrowserTab] = []
        for count in scale.tabs:
            for number in range(len(tabs), count):
                user = _user(number)
                sessions = [await _record(pair, user, f"Question {each}?") for each in range(2)]
                page = await opened.enter_async_context(tab(process.port, user))
                # The first run does work that no later run has to do.
                await page.press(f"open-{sessions[0]}")
                tabs.append(page)
            figures += await _costs(process, tabs, scale)
        asking = tabs[: scale.asking]
        figures += [await _first_words(asking), await _seen(pair, tabs[0], scale)]
    return figures


async def _costs(process: Client, tabs: Sequence[BrowserTab], scale: Scale) -> list[Figure]:
    """The cost of a tab, a load and a click while these tabs are open."""
    count = len(tabs)

    async def load() -> None:
        async with tab(process.port, _user(0)):
            pass

    clicks = 0

    async def click() -> None:
        nonlocal clicks
        page = tabs[clicks % count]
        keys = page.keys("open-")
        clicks += 1
        await page.press(keys[clicks % 2])

    among = f"with {count} open" if count > 1 else "with no other open"
    figures = [
        _figure(f"CPU of a page load, {among}", await _cpu(process, load, scale), LOAD),
        _figure(f"CPU of a click, {among}", await _cpu(process, click, scale), CLICK),
    ]
    await asyncio.sleep(SETTLING_SECONDS)
    idle = []
    for _ in range(scale.tab_batches):
        before = process.cpu()
        await asyncio.sleep(scale.tab_seconds)
        idle.append((process.cpu() - before) / scale.tab_seconds / count)
    return [*figures, _figure(f"CPU of a second of an idle tab, of {count}", idle, IDLE)]


async def _cpu(
    process: Client, work: Callable[[], Awaitable[object]], scale: Scale
) -> Sequence[float]:
    """Seconds of CPU for doing the work once. They come in hundredths, so it is done several times."""
    found = []
    for batch in range(-1, scale.tab_batches):
        before = process.cpu()
        for _ in range(scale.tab_batch):
            await work()
        if batch >= 0:
            found.append((process.cpu() - before) / scale.tab_batch)
    return found


async def _first_words(tabs: Sequence[BrowserTab]) -> Figure:
    """Every tab asks at once; the service, which searches its documents, answers in milliseconds."""
    waited = await asyncio.gather(*(each.ask("How do I export my chats?") for each in tabs))
    return _figure(f"first words of {len(tabs)} answers at once", waited, FIRST_WORDS)


async def _seen(pair: Pair, page: BrowserTab, scale: Scale) -> Figure:
    """A turn is recorded elsewhere in the session that the tab shows."""
    session = page.keys("open-")[0].removeprefix("open-")
    await page.press(f"open-{session}")
    seconds = []
    for number in range(scale.heard_on_page):
        await asyncio.sleep(SETTLING_SECONDS)
        question = f"Elsewhere {number}?"
        began = time.perf_counter()
        await _record(pair, _user(0), question, sessionId=session)
        await page.shows(question)
        seconds.append(time.perf_counter() - began)
    return _figure("a change elsewhere to be seen", seconds, SEEN)


def _figure(name: str, seconds: Sequence[float], limit: float) -> Figure:
    return Figure(name, "the limit", Timing.of(seconds), Timing.of([limit]), len(seconds))


def _user(number: int) -> str:
    return f"tab-{number}@example.com"


async def _record(pair: Pair, user: str, question: str, **given: object) -> str:
    """Record an answered turn; returns its session's id."""
    recorded = await pair.ask(
        client_document("RecordTurn"),
        user,
        input={"query": question, "response": "An answer.", **given},
    )
    session: str = recorded["recordConversation"]["session"]["id"]
    return session
