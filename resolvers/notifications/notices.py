"""Notices of sessions that are about to be archived or closed, or whose turns are about to expire: in
reminder mails, and in the client until they are dismissed."""

from collections.abc import Sequence

from resolvers.context import Context
from resolvers.errors import not_found
from resolvers.lifetimes import DAY, Lifetimes
from resolvers.notifications.outgoing_mail import Notice, NoticeKind
from resolvers.preferences.effective import in_force
from resolvers.sessions.sessions import limits
from stores.keys import dismissal_key, dismissals_of, profile_key
from stores.mail_records import Dismissal
from stores.ports import Create, Delete, SessionQuery, Update, Window, Write
from stores.records import Profile, SessionListRow, SessionStatus

AT_ONCE = 100
"""The maximum number of notices of each kind."""
FIRST_TURNS = 25
DISMISSED_FOR = 30 * DAY
"""How long a notice stays dismissed, and is not mailed again."""


async def pending_notices(ctx: Context, profile: Profile | None) -> Sequence[Notice]:
    """What is about to happen to a user's sessions, whether or not the user was notified before, the earliest
    first."""
    now = limits(ctx, profile)
    ahead = ctx.configuration.notifications.reminder_days * DAY
    archived = await _idle(ctx, now, "archive", now.idle, ahead)
    closed = await _idle(ctx, now, "close", now.closed, ahead)
    expired = await _expiring(ctx, now, ahead)
    return sorted([*archived, *closed, *expired], key=lambda each: (each.at, each.notice_id))


async def list_notices(ctx: Context) -> Sequence[Notice]:
    """The viewer's notices that were not dismissed; none if the viewer wants no reminders."""
    owner = profile_key(ctx.uid)
    profile = (await ctx.read(owner)).get(owner)
    if not in_force(ctx.configuration, profile).notification_settings.session_reminders:
        return ()
    notices = await pending_notices(ctx, profile)
    keys = [dismissal_key(ctx.uid, notice.notice_id) for notice in notices]
    dismissed = await ctx.read(*keys)
    return [n for n, key in zip(notices, keys, strict=True) if dismissed.get(key) is None]


async def dismiss_notice(ctx: Context, notice_id: str) -> None:
    """Dismiss a notice on every device; repeating it is no error. Raises `Refused`."""
    owner, key = profile_key(ctx.uid), dismissal_key(ctx.uid, notice_id)
    profile = (await ctx.fresh(owner)).get(owner)
    if profile is None or all(
        notice.notice_id != notice_id for notice in await pending_notices(ctx, profile)
    ):
        raise not_found("notification", "notificationId")
    old = ctx.now() - DISMISSED_FOR
    earlier = await ctx.store.list_changed(dismissals_of(ctx.uid), Window(AT_ONCE))
    over: list[Write] = [
        Delete(dismissal_key(ctx.uid, each.at[1]))
        for each in earlier
        if each.record.dismissed_at < old and each.at[1] != notice_id
    ]

    async def attempt() -> None:
        await ctx.fresh(owner)
        if (await ctx.store.get([key])).entry(key) is None:
            # The profile must still exist: nothing may be written during an erasure.
            writes: list[Write] = [
                Create(key, Dismissal(dismissed_at=ctx.now())),
                Update(owner),
                *over,
            ]
            await ctx.commit(writes, [])

    await ctx.settle(attempt)


async def _idle(
    ctx: Context, now: Lifetimes, kind: NoticeKind, before: int, ahead: int
) -> Sequence[Notice]:
    """Sessions that have been idle for so long that `kind` is due soon."""
    lasts = now.now - before
    edge = before + min(ahead, lasts // 2)
    status: SessionStatus | None = "active" if kind == "archive" else None
    query = SessionQuery(order="touched_at", status=status, pinned=False)
    window = Window(AT_ONCE, after=(edge, ""), before=(before, ""), from_end=True)
    found = await ctx.store.list_session_rows(ctx.uid, window, query)
    return [
        _notice(ctx, now, kind, session, session.touched_at + lasts, session.touched_at)
        for session in found
        if now.keeps(session)
    ]


async def _expiring(ctx: Context, now: Lifetimes, ahead: int) -> Sequence[Notice]:
    lasts = now.now - now.retention
    edge = now.retention + min(ahead, lasts // 2)
    notices = []
    for session in await _with_old_turns(ctx, edge):
        oldest = await _oldest(ctx, session, now) if now.keeps(session) else None
        if oldest is not None and oldest < edge:
            # If a session is used daily, another turn expires each day; there is only one notice.
            notices.append(_notice(ctx, now, "expire", session, oldest + lasts))
    return notices


async def _with_old_turns(ctx: Context, edge: int) -> Sequence[SessionListRow]:
    window = Window(AT_ONCE, after=(edge, ""), from_end=True)
    return await ctx.store.list_session_rows(ctx.uid, window, SessionQuery(order="oldest_turn_at"))


async def _oldest(ctx: Context, session: SessionListRow, now: Lifetimes) -> int | None:
    """When the oldest turn that is still shown was recorded."""
    window = Window(FIRST_TURNS, after=(now.retention, ""))
    turns = await ctx.store.list_conversations(ctx.uid, session.session_id, window, "recorded_at")
    return next((turn.recorded_at for turn in turns if now.shows(turn)), None)


def _notice(
    ctx: Context, now: Lifetimes, kind: NoticeKind, session: SessionListRow, at: int, *told_by: int
) -> Notice:
    notice_id = ctx.digests.notice_id(ctx.uid, [kind, session.session_id, *told_by])
    return Notice(notice_id, kind, session.session_id, now.title(session), at)
