"""Looks ahead in a query, so that a session and its turns are read in one round trip."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from strawberry.types.nodes import SelectedField, Selection

from resolvers.context import Context
from resolvers.conversations.conversations import list_conversations
from resolvers.pagination import Page, PageRequest
from stores.records import Conversation

Pages: TypeAlias = dict[PageRequest, asyncio.Task[Page[Conversation]]]


def _included(selection: Selection) -> bool:
    skip, include = (selection.directives.get(name, {}) for name in ("skip", "include"))
    return not skip.get("if", False) and include.get("if", True)


def _fields(selections: Sequence[Selection]) -> Iterator[SelectedField]:
    for selection in filter(_included, selections):
        if isinstance(selection, SelectedField):
            yield selection
        else:
            yield from _fields(selection.selections)


def _request(field: SelectedField) -> PageRequest:
    """The page that a field requests. Numbers written in the query itself arrive as text."""
    first, last = (field.arguments.get(name) for name in ("first", "last"))
    return PageRequest(
        first=None if first is None else int(first),
        after=field.arguments.get("after"),
        last=None if last is None else int(last),
        before=field.arguments.get("before"),
    )


def _start(ctx: Context, session_id: str, request: PageRequest) -> asyncio.Task[Page[Conversation]]:
    """Start reading a page. If it fails and nobody awaits it, asyncio must not report that."""
    task = asyncio.create_task(list_conversations(ctx, session_id, request))
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def begin(ctx: Context, session_id: str, selections: Sequence[Selection]) -> Pages:
    """Start reading the pages of turns that are selected below a session."""
    requests = {
        _request(field)
        for selected in selections
        for field in _fields(selected.selections)
        if field.name == "conversations"
    }
    return {request: _start(ctx, session_id, request) for request in requests}


async def abandon(pages: Pages) -> None:
    """Cancel pages that nobody will need, because there is no such session."""
    for task in pages.values():
        task.cancel()
    await asyncio.gather(*pages.values(), return_exceptions=True)
