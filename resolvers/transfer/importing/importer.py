"""Imports chats from a file: our own archive, or the export of another system.

An import can be interrupted anywhere and repeated: every commit leaves whole sessions and turns, whose ids
are the same each time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import BinaryIO

from resolvers.context import Context
from resolvers.errors import invalid
from resolvers.transfer.archive import ArchivedAccount, ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.account import open_account, restore_preferences
from resolvers.transfer.importing.readers.entries import (
    Changed,
    Entry,
    Finding,
    Findings,
    Format,
    LeftOut,
    Named,
    Omitted,
    Skipped,
    Source,
    Stopped,
)
from resolvers.transfer.importing.readers.files import NotRecognised, read_file
from resolvers.transfer.importing.report import ImportReport
from resolvers.transfer.importing.session_limit import make_room
from resolvers.transfer.importing.sessions import SessionImport
from resolvers.transfer.importing.state import Import

FINDINGS_AT_ONCE = 50
TEXT_AT_ONCE = 2_000_000
"""About how many characters are read ahead."""


async def import_chats(
    ctx: Context, file: BinaryIO, form: Format | None = None, *, dry_run: bool = False
) -> AsyncIterator[ImportReport]:
    """Import the chats of a seekable file and report on each; a dry run reports the same and writes nothing.

    The same report is yielded after every step, and at the end. Raises `Refused` for an unrecognised
    format, and while the user's data is being erased, and `Busy`; records imported until then stay.
    """
    report = ImportReport(form, dry_run)
    work = await Import.begin(ctx, report)
    importing = _Importing(work)
    findings = read_file(file, form, ctx.viewer.email, work.began)
    try:
        while some := await asyncio.to_thread(_some, findings):
            for finding in some:
                await importing.take(finding)
            yield report
    except NotRecognised as unknown:
        raise invalid(f"{unknown} Name a format to read the file as such.", "format") from None
    await importing.finish()
    yield report


async def imported(steps: AsyncIterator[ImportReport]) -> ImportReport:
    """The report at the end of an import; raises what the import raises."""
    return [report async for report in steps][-1]


def _some(findings: Findings) -> Sequence[Finding]:
    """The next findings, up to a number and a limit of text to hold at a time."""
    some: list[Finding] = []
    characters = 0
    for finding in islice(findings, FINDINGS_AT_ONCE):
        some.append(finding)
        if isinstance(finding, Entry) and isinstance(finding.record, ArchivedTurn):
            characters += len(finding.record.query or "") + len(finding.record.response or "")
        if characters > TEXT_AT_ONCE:
            break
    return some


class _Importing:
    """Processes the findings of a file, one after the other."""

    def __init__(self, work: Import) -> None:
        self._work = work
        self._session: SessionImport | None = None
        self._sessions: set[str] = set()
        self._account: tuple[str, ArchivedAccount] | None = None
        self._stopped: str | None = None

    async def take(self, finding: Finding) -> None:
        report = self._work.report
        match finding:
            case Source(form):
                self._work.form = form
                report.format = report.format or form
            case Entry(place, ArchivedSession() as found):
                await self._begin(place, found)
            case Entry(place, ArchivedTurn() as found, parent, shown=shown, beside=beside):
                begins, after = found.begins_branch or not shown, found.after or parent
                await self._current(place).add(place, found, after, beside, begins=begins)
            case Entry(place, ArchivedAccount() as found):
                self._account = (place, found)
                await open_account(self._work, place, found)
            case Skipped(place, reason, what, field):
                if isinstance(what, Omitted):
                    report.omit(what, place, reason, field)
                elif what is ArchivedSession:
                    report.remark(place, reason, field)
                    await self._begin(place, None)
                else:
                    self._current(place).refuse(place, reason, field)
            case Changed(place, reason):
                report.remark(place, reason)
            case Named(place, what, count):
                report.parts_named += count
                report.remark(place, f"{what} ({count}): it is no text, so it is only named.")
            case LeftOut(what, count):
                report.left_out[what] += count
            case Stopped(place, reason):
                self._stopped = reason
                report.remark(place, f"{reason} What stands before it was taken.")

    async def _begin(self, place: str, found: ArchivedSession | None) -> None:
        if self._session is not None:
            await self._session.end()
        self._session = SessionImport(self._work, place, found)
        self._session.begin(self._sessions)

    def _current(self, place: str) -> SessionImport:
        """The session of the current turns; a refused one if no session precedes them."""
        if self._session is None:
            self._session = SessionImport(self._work, place, None)
        return self._session

    async def finish(self) -> None:
        """Write the waiting turns, restore the account's choices, and enforce the limit of sessions.

        Raises `Refused` if no file of chats was found.
        """
        report = self._work.report
        if report.format is None:
            raise invalid(self._stopped or "The file holds no chats.", "format")
        if self._session is not None:
            await self._session.end()
        await make_room(self._work)
        report.complete = self._stopped is None
        if self._account is None:
            return
        place, found = self._account
        if self._stopped is not None:
            # They may turn saving of text off, which would then apply when the import is repeated.
            report.remark(place, "The preferences were not restored: the file ended early.")
        else:
            await restore_preferences(self._work, place, found)
