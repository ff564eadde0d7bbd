"""Sends every mail that is due, user by user, a few at a time.

Two runs may overlap, and each may stop at any point. Only profiles whose due time has come are read.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from analytics.unreadable_records import OnUnreadable, log_unreadable
from resolvers.context import Context
from resolvers.errors import Busy, Refused
from resolvers.mail_schedule import TIMES
from resolvers.notifications import mails
from resolvers.notifications.figures import note
from resolvers.notifications.outgoing_mail import (
    AddressRefused,
    DeliveryUnknown,
    MailDeferred,
    MailServerUnavailable,
    MailTransport,
)
from stores.errors import Unreadable
from stores.mail_records import MailKind, MailState, Problem
from stores.ports import Position, Store

PAGE = 100
AT_ONCE = 4
IN_A_ROW = 10
"""This many refused addresses in a row are the mail server's fault."""

ContextOf = Callable[[str], Context]
Report = Callable[[int], None]
"""Called with the number of further users that were processed."""


@dataclass
class Run:
    """One run over all users to whom a mail is due."""

    store: Store
    context_of: ContextOf
    post: MailTransport
    rehearsal: bool = False
    """A rehearsal only hands its mails to `post`; it sends and writes nothing else."""
    report: Report = lambda more: None
    on_unreadable: OnUnreadable = log_unreadable
    done: Counter[str] = field(default_factory=Counter)
    """The number of mails by outcome."""
    problem: Problem = ""
    """Why the run ended early; the next one sends the remaining mails."""
    refused_in_a_row: int = 0

    async def send_all(self, now: int) -> Counter[str]:
        """Send all mails due at `now`, in microseconds; returns `done`. Raises what the store raises."""
        for kind in TIMES:
            await self._send_kind(kind, now)
        await self._note(Counter(), now)
        return self.done

    async def _send_kind(self, kind: MailKind, now: int) -> None:
        after: Position | None = None
        gate = asyncio.Semaphore(AT_ONCE)
        while not self.problem:
            page = await self.store.list_due(TIMES[kind], now, after, PAGE)
            if not page:
                return
            before = Counter(self.done)

            async def one(uid: str) -> None:
                async with gate:
                    await self._one(uid, kind)

            for due in page:
                if isinstance(due.profile, Unreadable):
                    self.on_unreadable(due.profile)
            known = [due.at[1] for due in page if not isinstance(due.profile, Unreadable)]
            ended = await asyncio.gather(*map(one, known), return_exceptions=True)
            after = page[-1].at
            self.report(len(page))
            await self._note(self.done - before, None)
            for failure in filter(None, ended):
                raise failure

    async def _one(self, uid: str, kind: MailKind) -> None:
        if self.problem:
            return
        ctx = self.context_of(uid)
        try:
            taken = await ctx.settle(lambda: mails.take(ctx, kind, rehearsal=self.rehearsal))
        except Unreadable as record:
            self.on_unreadable(record)
            return
        except (Refused, Busy):
            return
        if taken is None:
            return
        self.done["doubtful"] += taken.doubtful
        state = await self._state(ctx, taken)
        if state is None:
            return
        if not self.rehearsal:
            with suppress(Refused, Busy):
                await mails.close(ctx, taken, state)
        self.done[state] += 1

    async def _state(self, ctx: Context, taken: mails.Taken) -> MailState | None:
        """Send a mail and return its outcome; None if that is still open."""
        try:
            await self.post.send(taken.letter)
        except MailServerUnavailable as away:
            self.problem = away.problem
            with suppress(Refused, Busy):
                await mails.release(ctx, taken)
            return None
        except DeliveryUnknown:
            return None
        except MailDeferred:
            return "refused" if mails.is_too_late(ctx, taken) else "waiting"
        except AddressRefused:
            return self._refused(ctx, taken)
        self.refused_in_a_row = 0
        return "sent"

    def _refused(self, ctx: Context, taken: mails.Taken) -> MailState:
        """The outcome of a refusal, which is final once the mail server has accepted other mails."""
        self.refused_in_a_row += 1
        if self.refused_in_a_row >= IN_A_ROW:
            self.problem = "refuses"
        final = self.done["sent"] > 0 and self.refused_in_a_row < IN_A_ROW
        return "refused" if final or mails.is_too_late(ctx, taken) else "waiting"

    async def _note(self, more: Counter[str], ended_at: int | None) -> None:
        if not self.rehearsal:
            await note(self.store, more, self.problem, ended_at)
