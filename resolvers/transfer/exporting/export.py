"""Exports: who may download what, and the link it is downloaded by."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused, invalid
from resolvers.input_limits import TAG_CHARACTERS, Checks, bulk_ids, moment
from resolvers.sessions.session_lists import check_filter
from resolvers.transfer.archive import ArchivedTurn, ArchiveEntry
from resolvers.transfer.exporting.entries import Chosen, choose, entries
from resolvers.transfer.exporting.formats import FORMATS, Writer
from resolvers.transfer.exporting.links import ExpiredLink, Link, Selection

LONG = 2_000
"""Characters of an answer that take a while to be written in some formats."""
CHUNK = 64 * 1024
"""Characters that are gathered at least before a part of a page is sent."""


@dataclass(frozen=True, slots=True)
class Export:
    """A document that can be downloaded, and how much is in it now."""

    link: Link
    sessions: int
    conversations: int


def file_name(link: Link) -> str:
    """The name to save a link's document under, in ASCII."""
    kind = "everything" if link.selection.everything else "chats"
    extension = FORMATS[link.selection.format].extension
    return f"recollect-{kind}-{moment(link.issued_at):%Y-%m-%d}.{extension}"


async def export(ctx: Context, selection: Selection) -> Export:
    """Let the viewer download a selection.

    All that is held about them is always given. Of chats `Refused` is raised: FORBIDDEN where the
    configuration allows no exports, LIMIT_EXCEEDED for more turns than it allows, NOT_FOUND for a
    session that is not there, INVALID.
    """
    _check(ctx, selection)
    chosen = await _permitted(ctx, selection)
    if selection.session_ids is not None:
        missing = set(selection.session_ids) - set(chosen.session_ids)
        problems = [
            Problem(
                Code.NOT_FOUND,
                "No such session: it does not exist or was deleted.",
                ("sessionIds", str(index)),
            )
            for index, session_id in enumerate(selection.session_ids)
            if session_id in missing
        ]
        if problems:
            raise Refused(*problems)
    audit(
        "export",
        ctx.uid,
        everything=selection.everything,
        format=selection.format.value,
        sessions=len(chosen.session_ids),
    )
    link = Link(uid=ctx.uid, selection=selection, issued_at=ctx.now(), erasure=ctx.erasures[-1])
    return Export(link, len(chosen.session_ids), chosen.conversations)


async def download(ctx: Context, link: Link) -> AsyncIterator[str]:
    """The document of a link, in parts that are read while they are taken.

    Raises `ExpiredLink`, or `Refused` where what held when the link was made holds no longer;
    sessions that were deleted since are left out. While it is read it raises `Refused` if the user's
    data is erased, and what the store raises; what was read by then is no complete document.
    """
    if ctx.now() > link.expires_at:
        raise ExpiredLink
    ctx.erasures.append(link.erasure)
    chosen = await _permitted(ctx, link.selection)
    return _text(ctx, link.selection, chosen)


async def _text(ctx: Context, selection: Selection, chosen: Chosen) -> AsyncIterator[str]:
    writer = FORMATS[selection.format].writer()
    async for page in entries(ctx, selection, chosen):
        parts: list[str] = []
        size = 0
        for entry in page:
            parts.append(await _written(writer, entry))
            size += len(parts[-1])
            if size >= CHUNK:
                yield "".join(parts)
                parts, size = [], 0
        if size:
            yield "".join(parts)
    yield writer.finish()


async def _written(writer: Writer, entry: ArchiveEntry) -> str:
    """What a writer makes of an entry; a long text is written beside what others wait for."""
    if isinstance(entry, ArchivedTurn) and len(entry.response or "") > LONG:
        return await asyncio.to_thread(writer.write, entry)
    return writer.write(entry)


def _check(ctx: Context, selection: Selection) -> None:
    ids, wanted = selection.session_ids, selection.filter
    if ids is not None:
        bulk_ids(ids)
    if wanted is not None:
        if ids is not None:
            raise invalid("Give sessionIds or a filter, not both.", "filter")
        check_filter(ctx, wanted)
        with Checks() as checks:
            checks.characters(wanted.tag, TAG_CHARACTERS, "filter", "tag")


async def _permitted(ctx: Context, selection: Selection) -> Chosen:
    """The sessions of a selection, if the configuration lets them be exported."""
    rules = ctx.configuration.user_preferences
    if not (selection.everything or rules.allow_data_export):
        raise Refused(
            Problem(
                Code.FORBIDDEN,
                "This service does not let chats be exported. All that it holds about you is always "
                "yours: use exportMyData.",
            )
        )
    chosen = await choose(ctx, selection)
    limit = rules.max_export_conversations
    if not selection.everything and chosen.conversations > limit:
        raise Refused(
            Problem(
                Code.LIMIT_EXCEEDED,
                f"These sessions have {chosen.conversations} turns; one export may have {limit}. "
                "Export fewer sessions at a time, by sessionIds or filter, or all that is held about "
                "you with exportMyData.",
            )
        )
    return chosen
