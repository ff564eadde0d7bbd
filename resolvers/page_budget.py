"""Limits how much memory all pages of turns of one request take together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from resolvers.errors import invalid
from resolvers.pagination import MIB, Page

T = TypeVar("T")

REQUEST_MIB = 16
"""MiB of memory for all pages of turns of one request, except that the last ones may exceed it."""
PAGES_AT_ONCE = 4
"""Pages that one request reads at the same time. Each may exceed what is left."""


class Allowance:
    """The memory that one request may still use for pages of turns."""

    def __init__(self) -> None:
        self._reading = asyncio.Semaphore(PAGES_AT_ONCE)
        self._left = REQUEST_MIB * MIB

    def renew(self) -> None:
        """Reset the limit once earlier pages are no longer in memory."""
        self._left = REQUEST_MIB * MIB

    async def page(self, read: Callable[[], Awaitable[Page[T]]]) -> Page[T]:
        """A page of turns; raises `Refused` if earlier pages have used up the limit."""
        async with self._reading:
            if self._left <= 0:
                raise invalid(
                    f"The requested turns take more than {REQUEST_MIB} MiB; request smaller pages, "
                    "or the turns of fewer sessions at once.",
                    "conversations",
                )
            page = await read()
            self._left -= page.size
            return page
