"""The profile of a viewer: its initial values, and the values that follow from its preferences."""

from typing import Any

from resolvers.context import Context
from resolvers.mail_schedule import (
    TIMES,
    next_due,
)
from resolvers.preferences.effective import in_force
from stores.keys import profile_key
from stores.records import Profile


def expect_profile(ctx: Context) -> None:
    """Begin to read the viewer's profile, unless it is being read."""
    ctx.expect(profile_key(ctx.uid))


def new_profile(ctx: Context) -> Profile:
    """The profile of a viewer who does not have one yet."""
    profile = Profile(
        email=ctx.viewer.email,
        guest=ctx.viewer.is_guest,
        created_at=ctx.now(),
        user_key=_user_key(ctx),
    )
    return profile.model_copy(update=due_times(ctx, profile))


def due_times(ctx: Context, profile: Profile) -> dict[str, int | None]:
    """When the next mails of a profile are due, where the stored time differs: never for guests and for
    users without an address. A mail that is already due stays due."""
    settings = in_force(ctx.configuration, profile).notification_settings
    wanted = {"summary": settings.email_summaries, "reminder": settings.session_reminders}
    changed: dict[str, int | None] = {}
    for kind, time in TIMES.items():
        before = getattr(profile, time)
        weekly = kind == "summary" and settings.summary_frequency == "weekly"
        due = None
        if wanted[kind] and profile.email is not None and not profile.guest:
            rules = ctx.configuration.notifications
            upcoming = next_due(ctx.now(), settings.time_zone, rules, weekly=weekly)
            due = before if before is not None and before <= ctx.now() else upcoming
        if due != before:
            changed[time] = due
    return changed


def _user_key(ctx: Context) -> str:
    """The user's key for analysts. Guests have none: one person can be several guests, and could make up a
    group alone."""
    return "" if ctx.viewer.is_guest else ctx.digests.user_key(ctx.uid)


def known_to_analysts(ctx: Context, profile: Profile) -> dict[str, Any]:
    """The fields for analysts in which a profile must change. Analysts see a user from the moment of opting
    in; a user who opts in again is seen from then."""
    opted_in = in_force(ctx.configuration, profile).privacy_settings.analytics_opt_in
    values: dict[str, Any] = {
        "user_key": _user_key(ctx),
        "opted_in_at": (profile.opted_in_at or ctx.now()) if opted_in else None,
    }
    return {name: value for name, value in values.items() if getattr(profile, name) != value}
