"""Looks ahead in a query, so that a session and its turns are read in one round trip."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeAlias

from strawberry import Info

from resolvers.context import Context
from resolvers.conversations.conversations import list_conversations
from resolvers.pagination import Page, PageRequest
from schema.execution.steps import arguments_below
from schema.ids import branch_number
from stores.records import Conversation

Wanted: TypeAlias = tuple[PageRequest, str | None]
"""A page of turns, and the id of its branch; None for the shown path."""
Pages: TypeAlias = dict[Wanted, asyncio.Task[Page[Conversation]]]


def _wanted(arguments: Mapping[str, Any]) -> Wanted:
    """The page that a field with these arguments requests."""
    first, last = arguments.get("first"), arguments.get("last")
    request = PageRequest(
        first=None if first is None else int(first),
        after=arguments.get("after"),
        last=None if last is None else int(last),
        before=arguments.get("before"),
    )
    return request, arguments.get("branch")


async def _page(ctx: Context, session_id: str, wanted: Wanted) -> Page[Conversation]:
    request, branch = wanted
    number = None if branch is None else branch_number(branch, session_id)
    return await list_conversations(ctx, session_id, request, number)


def _start(ctx: Context, session_id: str, wanted: Wanted) -> asyncio.Task[Page[Conversation]]:
    """Start reading a page. If it fails and nobody awaits it, asyncio must not report the error."""
    task = asyncio.create_task(_page(ctx, session_id, wanted))
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def begin(info: Info[Context, None], session_id: str) -> Pages:
    """Start reading the pages of turns that are selected below a session, the current field's value."""
    pages = {*map(_wanted, arguments_below(info, "Session", "conversations"))}
    return {wanted: _start(info.context, session_id, wanted) for wanted in pages}


async def abandon(pages: Pages) -> None:
    """Cancel pages that are not needed, because there is no such session."""
    for task in pages.values():
        task.cancel()
    await asyncio.gather(*pages.values(), return_exceptions=True)
