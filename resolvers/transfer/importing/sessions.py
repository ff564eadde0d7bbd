"""Imports one session of a file, its turns in batches."""

from collections.abc import Sequence
from dataclasses import replace

from resolvers.errors import Refused
from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.batches import Batch, Origin, land
from resolvers.transfer.importing.new_turns import Turn
from resolvers.transfer.importing.records import (
    check_times,
    local_id,
    session_ids,
    turn_id,
    turn_record,
)
from resolvers.transfer.importing.report import ImportedSession, Outcome
from resolvers.transfer.importing.state import Import
from resolvers.transfer.importing.truncation import fitted

TURNS_AT_ONCE = 100
BYTES_AT_ONCE = 3 * 1024 * 1024
"""The size of the turns in one commit, as JSON; Firestore accepts 10 MiB."""


class SessionImport:
    """A session of the file, which accepts its turns."""

    def __init__(self, work: Import, place: str, found: ArchivedSession | None) -> None:
        """Start with a session, or None for one that can't be read."""
        self._work = work
        self._report = ImportedSession(place, "", Outcome.REFUSED)
        self._origin: Origin | None = None
        self._begun = False
        self._closed: Outcome | None = None
        """Why it accepts no turns; None if it accepts them."""
        self._waiting: list[Turn] = []
        self._seen: set[str] = set()
        self._shown_from: str | None = None
        """The id here of the turn that begins the line shown in the file; None for the first line."""
        self._shown = False
        """Whether the current turns are on that line."""
        if found is None:
            self._close(Outcome.REFUSED)
        else:
            ids = tuple(session_ids(work.ctx, work.form, found))
            self._shown_from = found.shown_from and local_id(
                work.ctx, work.form, found.id, found.shown_from
            )
            self._shown = self._shown_from is None
            self._origin = Origin(place, found, ids)
            self._report.title = found.title or found.derived_title
            timed = found.created_at < work.began
            self._report.created_at = found.created_at if timed else None

    def begin(self, seen: set[str]) -> None:
        """Refuse the session if it can't be imported; `seen` has the file's sessions so far."""
        origin = self._origin
        if origin is None:
            return
        try:
            check_times(self._work.ctx, origin.found)
        except Refused as refused:
            for problem in refused.problems:
                self._work.report.remark(origin.place, problem.message, ".".join(problem.field))
            self._close(Outcome.REFUSED)
        if origin.ids[0] in seen:
            self._work.report.remark(origin.place, "An earlier session has the same id.", "id")
            self._close(Outcome.REFUSED)
        seen.add(origin.ids[0])

    async def add(
        self,
        place: str,
        found: ArchivedTurn,
        after: str | None = None,
        beside: Sequence[str] = (),
        *,
        begins: bool = False,
    ) -> None:
        """Add a turn, to be written now or with those that follow; raises `Refused` and `Busy`.

        A turn that begins a branch follows the file's turn with the id `after`, or is first; all others
        follow the one before them. For the session's first turn, `beside` has the ids of the
        file's turns that stand beside it.
        """
        report, form = self._work.report, self._work.form
        if self._origin is not None and found.session_id != self._origin.found.id:
            self.refuse(place, "The turn's session does not precede it.", "sessionId")
            return
        if self._closed is not None:
            self._count(self._closed)
            return
        own = turn_id(self._work.ctx, form, found)
        if own in self._seen:
            self.refuse(place, "An earlier turn has the same id.", "id")
            return
        self._seen.add(own)
        if begins:
            self._shown = own == self._shown_from
        found, shortened = fitted(found)
        for what, field, message in shortened:
            report.omit(what, place, message, field)
        try:
            turn_record(self._work.ctx, found, ("", ""), 0)
        except Refused as refused:
            for problem in refused.problems:
                report.remark(place, problem.message, ".".join(problem.field))
            self._count(Outcome.REFUSED)
            return
        before = None
        if begins and after is not None:
            before = local_id(self._work.ctx, form, found.session_id, after)
        others = [local_id(self._work.ctx, form, found.session_id, each) for each in beside]
        size = len(found.model_dump_json())
        turn = Turn(place, found, own, size, before, begins, self._shown, others)
        if turn.size + sum(other.size for other in self._waiting) > BYTES_AT_ONCE:
            await self._write()
        self._waiting.append(turn)
        if len(self._waiting) == TURNS_AT_ONCE:
            await self._write()

    def refuse(self, place: str, message: str, field: str | None) -> None:
        """Report a turn that is left out."""
        self._work.report.remark(place, message, field)
        self._count(Outcome.REFUSED)

    async def end(self) -> None:
        """Write the waiting turns, and the session itself if it has none; raises `Refused` and `Busy`."""
        if self._waiting or not (self._begun or self._closed):
            await self._write()

    async def _write(self) -> None:
        turns, self._waiting = self._waiting, []
        if self._closed is None and self._origin is not None:
            batch = await land(self._work, self._origin, turns)
            self._tell(self._origin, batch, turns)
        else:
            for _ in turns:
                self._count(self._closed or Outcome.REFUSED)

    def _tell(self, origin: Origin, batch: Batch, turns: list[Turn]) -> None:
        report = self._work.report
        self._report.session_id = batch.session_id
        if not self._begun:
            self._begun = True
            self._report.outcome = batch.outcome
            report.session(self._report)
        for what, remark in batch.remarks:
            if what is None:
                report.remark(remark.place, remark.message, remark.field)
            else:
                report.omit(what, remark.place, remark.message, remark.field)
        report.answers_added += batch.answered
        for outcome in batch.turns:
            self._count(outcome)
        report.without_text += sum(not turn.text_saved for turn in batch.added)
        if batch.session is None:
            self._closed = batch.outcome
            for _ in turns:
                self._count(batch.outcome)
            return
        made = batch.session if batch.outcome is Outcome.ADDED else origin.made
        self._origin = replace(
            origin,
            ids=(batch.session_id,),
            made=made,
            known=batch.known,
            previous=batch.previous,
        )
        self._work.remember(batch.session, added=batch.outcome is Outcome.ADDED)

    def _close(self, outcome: Outcome) -> None:
        if self._closed is None:
            self._closed = outcome
            self._report.outcome = outcome
            self._work.report.session(self._report)

    def _count(self, outcome: Outcome) -> None:
        self._work.report.turns.count(outcome)
        self._report.turns.count(outcome)
