"""One mail to one user: its content, that it is sent only once, and its outcome.

The creator of the mail's record sends the mail. The record is closed once the mail server has accepted the
mail; if the sender ends before that, another one sends it again after `LEASE`, with the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from resolvers.context import Context
from resolvers.lifetimes import DAY, MINUTE
from resolvers.mail_schedule import TIMES, last_due, local_day, next_due, period_before
from resolvers.notifications.notices import DISMISSED_FOR, pending_notices
from resolvers.notifications.outgoing_mail import OutgoingMail, Reminder, Summary
from resolvers.notifications.summary import summarise
from resolvers.notifications.unsubscribe import unsubscribe_word
from resolvers.preferences.effective import NotificationSettings, in_force
from stores.keys import Key, dismissal_key, mail_key, mails_of, profile_key
from stores.mail_records import Mail, MailKind, MailState
from stores.ports import Create, Delete, Update, Window, Write
from stores.records import Profile

LEASE = 15 * MINUTE
"""How long a sender may take; longer than sending one mail takes."""
FIRST_RETRY, LAST_RETRY = 10 * MINUTE, 6 * 60 * MINUTE
GIVE_UP = 3 * DAY
"""How long a mail that the mail server puts off is retried."""
KEPT = 35 * DAY
"""How long a mail's record is kept; longer than any period."""
RECENT = 100

Content = Summary | Reminder


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that this run has taken, and its content."""

    kind: MailKind
    key: Key[Mail]
    mail: Mail
    due: int
    doubtful: bool
    """Whether it may have been sent before."""
    letter: OutgoingMail


@dataclass(frozen=True, slots=True)
class _Occasion:
    """A profile, and the mail that is due to its user."""

    ctx: Context
    kind: MailKind
    profile: Profile
    settings: NotificationSettings
    due: int

    @property
    def weekly(self) -> bool:
        return self.kind == "summary" and self.settings.summary_frequency == "weekly"

    @property
    def key(self) -> Key[Mail]:
        """The key of a mail: one of each kind per day, in the user's time zone."""
        day = local_day(self.due, self.settings.time_zone)
        return mail_key(self.ctx.uid, f"{self.kind}-{day.isoformat()}")

    def period(self) -> tuple[int, int]:
        """The period of a new mail; if mails were missed, it covers them too."""
        zone, rules = self.settings.time_zone, self.ctx.configuration.notifications
        until = last_due(self.ctx.now(), zone, rules, weekly=self.weekly)
        since = period_before(self.due, zone, rules, weekly=self.weekly)
        until = max(until, self.due)
        return min(max(since, self.profile.summarised_until), until), until

    def done(self, until: int) -> dict[str, int]:
        """The fields of the profile once the mail is done."""
        zone, rules = self.settings.time_zone, self.ctx.configuration.notifications
        upcoming = next_due(until, zone, rules, weekly=self.weekly)
        told = {"summarised_until": until} if self.kind == "summary" else {}
        return {TIMES[self.kind]: upcoming, **told}


async def take(ctx: Context, kind: MailKind, *, rehearsal: bool = False) -> Taken | None:
    """Take the mail of a kind that is due to the context's user; None if there is none, or nothing to
    report, or another sender has it. A rehearsal takes nothing and writes nothing.

    Raises `Refused` while the user's data is being erased, and what the store raises when another writer
    was faster.
    """
    occasion = await _occasion(ctx, kind)
    if occasion is None:
        return None
    key, now = occasion.key, ctx.now()
    mail = (await ctx.store.get([key])).get(key)
    if mail is not None and not _is_free(mail, now):
        if mail.state in ("sent", "refused", "withdrawn"):
            await _commit(occasion, [], rehearsal, occasion.done(max(mail.until, occasion.due)))
        return None
    since, until = (mail.since, mail.until) if mail else occasion.period()
    content = await _content(occasion, mail, since, until)
    if content is None:
        closing = [Update(key, set={"state": "withdrawn"})] if mail else []
        await _commit(occasion, closing, rehearsal, occasion.done(until))
        return None
    doubtful = mail is not None and mail.state == "sending"
    notices = [n.notice_id for n in content.notices] if isinstance(content, Reminder) else []
    taken: dict[str, Any] = {"state": "sending", "taken_at": now, "notices": notices}
    if mail is None:
        mail = Mail(kind=kind, since=since, until=until, **taken)
        write: Write = Create(key, mail)
    else:
        counted = {"attempts": 1, "doubts": int(doubtful)}
        write = Update(key, set=taken, increase=counted, unchanged_since=mail.update_time)
        mail = mail.model_copy(update={**taken, "attempts": mail.attempts + 1})
    time = await _commit(occasion, [write], rehearsal, {})
    mail = mail.model_copy(update={"update_time": time})
    return Taken(kind, key, mail, occasion.due, doubtful, _letter(occasion, key.id, content))


def _is_free(mail: Mail, now: int) -> bool:
    if mail.state == "sending":
        return mail.taken_at <= now - LEASE
    return mail.state == "waiting" and mail.retry_at <= now


async def _occasion(ctx: Context, kind: MailKind) -> _Occasion | None:
    owner = profile_key(ctx.uid)
    profile = (await ctx.fresh(owner)).get(owner)
    due = getattr(profile, TIMES[kind], None)
    if profile is None or profile.email is None or due is None or due > ctx.now():
        return None
    settings = in_force(ctx.configuration, profile).notification_settings
    return _Occasion(ctx, kind, profile, settings, due)


async def _commit(
    occasion: _Occasion, writes: Sequence[Write], rehearsal: bool, values: dict[str, int]
) -> int:
    """Write, if the profile is unchanged since it was read, so that no mail is sent that tells of erased data
    or is no longer wanted. Returns the commit time."""
    if rehearsal:
        return 0
    profile = occasion.profile.update_time
    exact = Update(profile_key(occasion.ctx.uid), set=values, unchanged_since=profile)
    return (await occasion.ctx.commit([*writes, exact], [])).time


async def _content(
    occasion: _Occasion, mail: Mail | None, since: int, until: int
) -> Content | None:
    ctx, profile = occasion.ctx, occasion.profile
    if occasion.kind == "summary":
        return await summarise(ctx, profile, since, until)
    notices = await pending_notices(ctx, profile)
    keys = [dismissal_key(ctx.uid, notice.notice_id) for notice in notices]
    dismissed = await ctx.store.get(keys) if keys else None
    recent = await ctx.store.list_changed(mails_of(ctx.uid), Window(RECENT, from_end=True))
    known = {
        notice_id
        for each in recent
        if each.at[1] != occasion.key.id and each.record.taken_at > ctx.now() - DISMISSED_FOR
        for notice_id in each.record.notices
    }
    left = [
        notice
        for notice, key in zip(notices, keys, strict=True)
        if notice.notice_id not in known and dismissed and dismissed.get(key) is None
    ]
    return Reminder(left) if left else None


def _letter(occasion: _Occasion, mail_id: str, content: Content) -> OutgoingMail:
    ctx, profile = occasion.ctx, occasion.profile
    return OutgoingMail(
        to=profile.email or "",
        content=content,
        name=ctx.digests.message_id(ctx.uid, mail_id),
        language=in_force(ctx.configuration, profile).language_preference,
        time_zone=occasion.settings.time_zone,
        unsubscribe=unsubscribe_word(ctx, occasion.kind),
    )


async def close(ctx: Context, taken: Taken, state: MailState) -> None:
    """Record the outcome of a mail. If the user's data was erased meanwhile, there is nothing to record."""

    async def attempt() -> None:
        owner = profile_key(ctx.uid)
        known = await ctx.fresh(owner, taken.key)
        profile, mail = known.get(owner), known.get(taken.key)
        if profile is None or mail is None or mail.state not in ("sending", "waiting"):
            return
        settings = in_force(ctx.configuration, profile).notification_settings
        occasion = _Occasion(ctx, taken.kind, profile, settings, taken.due)
        values: dict[str, Any] = {"state": state}
        done: dict[str, int] = {}
        if state == "waiting":
            wait = min(FIRST_RETRY * 2 ** min(mail.attempts - 1, 10), LAST_RETRY)
            values["retry_at"] = ctx.now() + wait
        elif getattr(profile, TIMES[taken.kind]) == taken.due:
            done = occasion.done(mail.until)
        write = Update(taken.key, set=values, unchanged_since=mail.update_time)
        await _commit(occasion, [write, *await _outdated(ctx)], False, done)

    await ctx.settle(attempt)


async def release(ctx: Context, taken: Taken) -> None:
    """Put back a mail that was certainly not sent; the next run takes it again."""

    async def attempt() -> None:
        known = await ctx.fresh(profile_key(ctx.uid), taken.key)
        mail = known.get(taken.key)
        if mail is not None and mail.state == "sending":
            values = {"state": "waiting", "retry_at": 0}
            await ctx.commit([Update(taken.key, set=values, unchanged_since=mail.update_time)], [])

    await ctx.settle(attempt)


async def _outdated(ctx: Context) -> list[Write]:
    """The writes that delete the records of old mails."""
    oldest = await ctx.store.list_changed(mails_of(ctx.uid), Window(5))
    over = [each.at[1] for each in oldest if each.record.taken_at < ctx.now() - KEPT]
    return [Delete(mail_key(ctx.uid, mail_id)) for mail_id in over]


def is_too_late(ctx: Context, taken: Taken) -> bool:
    """Whether a mail has been retried for so long that it is given up."""
    return taken.mail.until < ctx.now() - GIVE_UP
