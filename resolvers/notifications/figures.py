"""The outcomes of all mails, for operators: counted when mails are sent, and never read from the mails."""

from collections.abc import Mapping
from contextlib import suppress

from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import Forbidden
from stores.errors import RecordExists, RecordMissing
from stores.keys import mail_figures_key
from stores.mail_records import MailFigures, Problem
from stores.ports import Create, Store, Update


async def mail_figures(store: Store) -> MailFigures:
    """The figures; all zero before the first mail."""
    key = mail_figures_key()
    return (await store.get([key])).get(key) or MailFigures()


async def service_mails(ctx: Context) -> MailFigures:
    """The figures, for administrators; raises `Forbidden` for others."""
    if not ctx.viewer.is_admin:
        raise Forbidden
    audit("administrator read", ctx.uid, what="mails")
    return await mail_figures(ctx.store)


async def note(
    store: Store, more: Mapping[str, int], problem: Problem, ended_at: int | None
) -> None:
    """Add mails to the figures, by outcome; at the end of a run, also record how it went."""
    key = mail_figures_key()
    increase = {name: count for name, count in more.items() if count}
    values: dict[str, int | str] = {}
    if ended_at is not None:
        known = await mail_figures(store)
        since = known.problem_since if known.problem == problem else ended_at
        values = {"last_run_at": ended_at, "problem": problem}
        values["problem_since"] = since if problem else 0
    if not (increase or values):
        return
    change = Update(key, set=values, increase=increase)
    try:
        await store.commit([change])
    except RecordMissing:
        with suppress(RecordExists):
            await store.commit([Create(key, MailFigures())])
        await store.commit([change])
