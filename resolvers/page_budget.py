"""How much the pages of turns of one request hold together, however many sessions they are of."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from resolvers.errors import invalid
from resolvers.pagination import MIB, Page

T = TypeVar("T")

REQUEST_MIB = 16
"""Megabytes of memory that all pages of turns of one request may take, the last ones aside."""
PAGES_AT_ONCE = 4
"""Pages that one request reads at the same time, each of which may go beyond what is left."""


class Allowance:
    """What one request may still read in pages of turns."""

    def __init__(self) -> None:
        self._reading = asyncio.Semaphore(PAGES_AT_ONCE)
        self.renew()

    def renew(self) -> None:
        """Allow all of it again, where what was read before is held no more."""
        self._left = REQUEST_MIB * MIB

    async def page(self, read: Callable[[], Awaitable[Page[T]]]) -> Page[T]:
        """A page of turns; raises `Refused` where those before it took all that is allowed."""
        async with self._reading:
            if self._left <= 0:
                raise invalid(
                    f"The turns asked for take more than {REQUEST_MIB} MiB; ask for smaller pages, "
                    "or for the turns of fewer sessions at once.",
                    "conversations",
                )
            page = await read()
            self._left -= page.size
            return page
