"""Looks ahead in a query, so that a session and its turns are read in one round trip."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from strawberry.types.nodes import SelectedField, Selection

from resolvers.context import Context
from resolvers.conversations.conversations import list_conversations
from resolvers.pagination import Page, PageRequest
from schema.ids import branch_number
from stores.records import Conversation

Wanted: TypeAlias = tuple[PageRequest, str | None]
"""A page of turns, and the id of its branch; None for the shown path."""
Pages: TypeAlias = dict[Wanted, asyncio.Task[Page[Conversation]]]


def _included(selection: Selection) -> bool:
    skip, include = (selection.directives.get(name, {}) for name in ("skip", "include"))
    return not skip.get("if", False) and include.get("if", True)


def _fields(selections: Sequence[Selection]) -> Iterator[SelectedField]:
    for selection in filter(_included, selections):
        if isinstance(selection, SelectedField):
            yield selection
        else:
            yield from _fields(selection.selections)


def _wanted(field: SelectedField) -> Wanted:
    """The page that a field requests. Numbers written in the query itself arrive as text."""
    first, last = (field.arguments.get(name) for name in ("first", "last"))
    request = PageRequest(
        first=None if first is None else int(first),
        after=field.arguments.get("after"),
        last=None if last is None else int(last),
        before=field.arguments.get("before"),
    )
    return request, field.arguments.get("branch")


async def _page(ctx: Context, session_id: str, wanted: Wanted) -> Page[Conversation]:
    request, branch = wanted
    number = None if branch is None else branch_number(branch, session_id)
    return await list_conversations(ctx, session_id, request, number)


def _start(ctx: Context, session_id: str, wanted: Wanted) -> asyncio.Task[Page[Conversation]]:
    """Start reading a page. If it fails and nobody awaits it, asyncio must not report the error."""
    task = asyncio.create_task(_page(ctx, session_id, wanted))
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def begin(ctx: Context, session_id: str, selections: Sequence[Selection]) -> Pages:
    """Start reading the pages of turns that are selected below a session."""
    pages = {
        _wanted(field)
        for selected in selections
        for field in _fields(selected.selections)
        if field.name == "conversations"
    }
    return {wanted: _start(ctx, session_id, wanted) for wanted in pages}


async def abandon(pages: Pages) -> None:
    """Cancel pages that are not needed, because there is no such session."""
    for task in pages.values():
        task.cancel()
    await asyncio.gather(*pages.values(), return_exceptions=True)
