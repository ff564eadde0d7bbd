"""Exports: who may download what, and the link to download it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from resolvers.input_limits import TAG_CHARACTERS, Checks, moment
from resolvers.sessions.session_lists import check_filter
from resolvers.transfer.archive import ArchivedTurn, ArchiveEntry
from resolvers.transfer.exporting.entries import Chosen, choose, entries
from resolvers.transfer.exporting.formats import FORMATS, Writer
from resolvers.transfer.exporting.links import ExpiredLink, Link, Selection

LONG = 2_000
"""Characters of an answer that takes a while to write in some formats."""
CHUNK = 64 * 1024
"""The fewest characters that are sent at a time."""


@dataclass(frozen=True, slots=True)
class Export:
    """A document that can be downloaded, and how much it currently contains."""

    link: Link
    sessions: int
    conversations: int


def file_name(link: Link) -> str:
    """The file name for a link's document, in ASCII."""
    kind = "everything" if link.selection.everything else "chats"
    extension = FORMATS[link.selection.format].extension
    return f"recollect-{kind}-{moment(link.issued_at):%Y-%m-%d}.{extension}"


async def export(ctx: Context, selection: Selection) -> Export:
    """Let the viewer download a selection.

    An export of everything stored about them is always allowed. For chats it raises `Refused`:
    FORBIDDEN if the configuration allows no exports, LIMIT_EXCEEDED for too many turns, NOT_FOUND
    for a missing session, INVALID.
    """
    _check(ctx, selection)
    chosen = await _permitted(ctx, selection)
    if selection.session_ids is not None:
        missing = set(selection.session_ids) - set(chosen.session_ids)
        problems = [
            Problem(
                Code.NOT_FOUND,
                "No such session: it does not exist or was deleted.",
                ("sessions", "sessionIds", str(index)),
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
    """The document of a link, in parts that are read as they are consumed.

    Raises `ExpiredLink`, or `Refused` if the export is no longer allowed. Sessions that have been
    deleted since are left out. While it is read it raises `Refused` if the user's data is erased,
    and what the store raises; the document is then incomplete.
    """
    if ctx.now() > link.expires_at:
        raise ExpiredLink
    ctx.erasures.append(link.erasure)
    chosen = await _permitted(ctx, link.selection)
    return _text(ctx, link.selection, chosen)


async def _text(ctx: Context, selection: Selection, chosen: Chosen) -> AsyncIterator[str]:
    form = FORMATS[selection.format]
    writer = form.writer()
    async for page in entries(ctx, selection, chosen):
        parts: list[str] = []
        size = 0
        for entry in page:
            parts.append(await _written(writer, entry, in_thread=form.parses))
            size += len(parts[-1])
            if size >= CHUNK:
                yield "".join(parts)
                parts, size = [], 0
        if size:
            yield "".join(parts)
    yield writer.finish()


async def _written(writer: Writer, entry: ArchiveEntry, *, in_thread: bool) -> str:
    """The entry as written by a writer. Parsing a long text must not block other requests."""
    if in_thread and isinstance(entry, ArchivedTurn) and len(entry.response or "") > LONG:
        return await asyncio.to_thread(writer.write, entry)
    return writer.write(entry)


def _check(ctx: Context, selection: Selection) -> None:
    wanted = selection.filter
    if wanted is not None:
        check_filter(ctx, wanted, "sessions", "filter")
        with Checks() as checks:
            checks.characters(wanted.tag, TAG_CHARACTERS, "sessions", "filter", "tag")


async def _permitted(ctx: Context, selection: Selection) -> Chosen:
    """The sessions of a selection, if the configuration allows their export."""
    rules = ctx.configuration.user_preferences
    if not (selection.everything or rules.allow_data_export):
        raise Refused(
            Problem(
                Code.FORBIDDEN,
                "This service does not allow exports of chats. You can always download everything "
                "it stores about you with exportMyData.",
            )
        )
    chosen = await choose(ctx, selection)
    limit = rules.max_export_conversations
    if not selection.everything and chosen.conversations > limit:
        raise Refused(
            Problem(
                Code.LIMIT_EXCEEDED,
                f"These sessions have {chosen.conversations} turns; the limit of one export is "
                f"{limit}. Export fewer sessions at a time, by sessionIds or filter, or everything "
                "stored about you with exportMyData.",
            )
        )
    return chosen
