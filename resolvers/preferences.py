"""Preferences: which values are in force, and how choices are changed.

In force = configuration ← user ← session, field by field; a field that nobody chose is inherited. A
change names only the fields it changes, so that two changes at once don't overwrite each other.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from resolvers.configuration import Configuration
from resolvers.context import Context
from resolvers.input_limits import Checks
from resolvers.mail_schedule import (
    FREQUENCY,
    SWITCH,
    TIMES,
    frequency,
    is_time_zone,
    next_due,
    one_frequency,
)
from stores.choices import (
    FontSize,
    PreferenceOverrides,
    ResponseStyle,
    SessionPreferenceOverrides,
    SummaryFrequency,
    Theme,
)
from stores.keys import profile_key
from stores.mirror_records import Change
from stores.ports import Create, Update
from stores.records import Profile, Session

Patch = Mapping[str, Any]
"""The fields to change, nested like the record; None resets a field or a whole group."""

Choices = TypeVar("Choices", PreferenceOverrides, SessionPreferenceOverrides)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


LANGUAGE = "en"
"""The language of whoever chose none."""


class _InForce(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UISettings(_InForce):
    """How a client looks."""

    theme: Theme = "dark"
    font_size: FontSize = "medium"
    show_citations: bool = True


class PrivacySettings(_InForce):
    """What is kept, for how many days, and whether analysts see it."""

    save_conversations: bool = True
    analytics_opt_in: bool = False
    data_retention_days: int = 90


class NotificationSettings(_InForce):
    """What a person is notified of."""

    summary_frequency: SummaryFrequency = "off"
    session_reminders: bool = True
    time_zone: str = "UTC"

    @property
    def email_summaries(self) -> bool:
        """Whether summaries are sent at all."""
        return self.summary_frequency != "off"


class Preferences(_InForce):
    """All preferences, with the values in force."""

    response_style: ResponseStyle = "detailed"
    language_preference: str = LANGUAGE
    ui_settings: UISettings = UISettings()
    privacy_settings: PrivacySettings = PrivacySettings()
    notification_settings: NotificationSettings = NotificationSettings()


_NO_CHOICES = PreferenceOverrides()
_NO_OVERRIDES = SessionPreferenceOverrides()


def _chosen(*layers: BaseModel) -> dict[str, Any]:
    """The values of groups of choices, the later ones over the earlier; None is 'not chosen'."""
    return {name: value for layer in layers for name, value in layer if value is not None}


def retention_days(configuration: Configuration, profile: Profile | None) -> int:
    """For how many days a user's turns are kept: what the user chose, at most what is configured, for
    guests in particular."""
    rules = configuration.session_management
    limit = rules.conversation_retention_days
    if profile is None:
        return limit
    if profile.guest:
        limit = min(limit, rules.guest_retention_days)
    return min(profile.preferences.privacy_settings.data_retention_days or limit, limit)


def in_force(
    configuration: Configuration, profile: Profile | None, session: Session | None = None
) -> Preferences:
    """The preferences in force for a user, or in one of their sessions.

    A user can shorten the configured retention but not exceed it. A session can turn saving off but
    not on. Guests have their own retention.
    """
    user = _NO_CHOICES if profile is None else profile.preferences
    here = _NO_OVERRIDES if session is None else session.preferences
    default_style = configuration.user_preferences.default_response_style
    privacy = _chosen(user.privacy_settings)
    privacy["data_retention_days"] = retention_days(configuration, profile)
    if here.save_conversations is not None:
        privacy["save_conversations"] = here.save_conversations
    return Preferences(
        response_style=here.response_style or user.response_style or default_style,
        language_preference=here.language_preference or user.language_preference or LANGUAGE,
        ui_settings=UISettings(**_chosen(user.ui_settings, here.ui_settings)),
        privacy_settings=PrivacySettings(**privacy),
        notification_settings=_notifications(configuration, user),
    )


def _notifications(configuration: Configuration, user: PreferenceOverrides) -> NotificationSettings:
    chosen = _chosen(user.notification_settings)
    chosen.pop(SWITCH, None)
    if (often := frequency(user.notification_settings)) is not None:
        chosen[FREQUENCY] = often
    return NotificationSettings(**{"time_zone": configuration.notifications.time_zone, **chosen})


class Source(Enum):
    """Where a value in force comes from."""

    SERVICE = "service"
    USER = "user"
    SESSION = "session"


def sources(profile: Profile | None, session: Session | None = None) -> dict[str, Source]:
    """Where each preference comes from, by its path (`ui_settings.theme`)."""
    found = dict.fromkeys(_PATHS, Source.SERVICE)
    if profile is not None:
        chosen = _leaves(profile.preferences.model_dump(exclude_none=True))
        found |= dict.fromkeys(chosen, Source.USER)
        either = {f"notification_settings.{name}" for name in (SWITCH, FREQUENCY)}
        if either & set(chosen):
            found |= dict.fromkeys(either, Source.USER)
    if session is not None:
        chosen = _leaves(session.preferences.model_dump(exclude_none=True))
        renamed = {"save_conversations": "privacy_settings.save_conversations"}
        found |= {renamed.get(path, path): Source.SESSION for path in chosen}
    return found


def _leaves(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    paths: list[str] = []
    for name, value in values.items():
        path = f"{prefix}{name}"
        paths += _leaves(value, f"{path}.") if isinstance(value, Mapping) else [path]
    return paths


_PATHS = [*_leaves(Preferences().model_dump()), f"notification_settings.{SWITCH}"]


def applied(choices: Choices, patch: Patch) -> Choices:
    """`choices` after a change."""

    def change(values: dict[str, Any], patch: Patch) -> dict[str, Any]:
        kept = {name: value for name, value in values.items() if patch.get(name, value) is not None}
        for name, value in patch.items():
            if isinstance(value, Mapping):
                kept[name] = change(kept.get(name) or {}, value)
            elif value is not None:
                kept[name] = value
        return kept

    return type(choices).model_validate(change(choices.model_dump(), patch))


def field_update(key: Any, patch: Patch) -> Update:
    """The write for a change: it sets only the named fields, without reading."""
    chosen: dict[str, Any] = {}
    reset: list[str] = []

    def walk(prefix: str, patch: Patch) -> None:
        for name, value in patch.items():
            path = f"{prefix}.{name}"
            if isinstance(value, Mapping):
                walk(path, value)
            elif value is None:
                reset.append(path)
            else:
                chosen[path] = value

    walk("preferences", patch)
    return Update(key, set=chosen, unset=reset)


def check(configuration: Configuration, patch: Patch) -> None:
    """Refuse values that the types allow but the rules don't."""
    limit = configuration.session_management.conversation_retention_days
    privacy = patch.get("privacy_settings") or {}
    with Checks() as checks:
        language = patch.get("language_preference")
        if language is not None and not (len(language) <= 35 and _LANGUAGE.fullmatch(language)):
            checks.refuse(
                "languagePreference must be a BCP 47 language tag such as 'en' or 'pt-BR'.",
                "preferences",
                "languagePreference",
            )
        zone = (patch.get("notification_settings") or {}).get("time_zone")
        if zone is not None and not is_time_zone(zone):
            checks.refuse(
                "timeZone must be a name of IANA's time zone database, such as 'Europe/Berlin'.",
                "preferences",
                "notificationSettings",
                "timeZone",
            )
        checks.between(
            privacy.get("data_retention_days"),
            1,
            limit,
            "preferences",
            "privacySettings",
            "dataRetentionDays",
        )
        if patch.get("save_conversations"):
            checks.refuse(
                "saveConversations can only be turned off for a session; turn it on with "
                "updatePreferences.",
                "preferences",
                "saveConversations",
            )


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
    """When the next mails of a profile are due, where that is not what it says: never for guests and
    those without an address. What is due already stays due."""
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
    """Guests have none: one person can be several of them, and make up a group by themselves."""
    return "" if ctx.viewer.is_guest else ctx.digests.user_key(ctx.uid)


def _known_to_analysts(ctx: Context, profile: Profile) -> dict[str, Any]:
    """What a profile must say to analysts, where it does not: they see a user from the moment of
    opting in, and who opts in again from then."""
    opted_in = in_force(ctx.configuration, profile).privacy_settings.analytics_opt_in
    values: dict[str, Any] = {
        "user_key": _user_key(ctx),
        "opted_in_at": (profile.opted_in_at or ctx.now()) if opted_in else None,
    }
    return {name: value for name, value in values.items() if getattr(profile, name) != value}


async def get_preferences(ctx: Context) -> Preferences:
    """The viewer's preferences that are in force unless a session overrides them."""
    key = profile_key(ctx.uid)
    profile = (await ctx.read(key)).get(key) or new_profile(ctx)
    return in_force(ctx.configuration, profile)


async def update_preferences(ctx: Context, patch: Patch) -> Preferences:
    """Change some of the viewer's preferences and return them all; raises `Refused`."""
    check(ctx.configuration, patch)
    patch = one_frequency(patch)
    key = profile_key(ctx.uid)

    async def attempt() -> Preferences:
        profile = (await ctx.fresh(key)).get(key)
        if profile is None:
            chosen = applied(PreferenceOverrides(), patch)
            changed = new_profile(ctx).model_copy(update={"preferences": chosen})
            changed = changed.model_copy(update=_known_to_analysts(ctx, changed))
            changed = changed.model_copy(update=due_times(ctx, changed))
            write: Create | Update = Create(key, changed)
        else:
            changed = profile.model_copy(
                update={"preferences": applied(profile.preferences, patch)}
            )
            write = field_update(key, patch)
            known = _known_to_analysts(ctx, changed)
            if "notification_settings" in patch:
                known |= due_times(ctx, changed)
            if known or {"privacy_settings", "notification_settings"} & patch.keys():
                # What analysts may see must not change between the read and the commit, nor when
                # a mail is due.
                write = replace(
                    write,
                    set={**write.set, **{k: v for k, v in known.items() if v is not None}},
                    unset=[*write.unset, *(k for k, v in known.items() if v is None)],
                    unchanged_since=profile.update_time,
                )
        await ctx.commit([write], [Change(kind="profile", at=changed.created_at)])
        return in_force(ctx.configuration, changed)

    return await ctx.settle(attempt)


async def preference_sources(ctx: Context) -> dict[str, Source]:
    """Where each of the viewer's preferences comes from."""
    key = profile_key(ctx.uid)
    return sources((await ctx.read(key)).get(key))


async def reset_preferences(ctx: Context) -> Preferences:
    """Reset all of the viewer's preferences; raises `Refused`."""
    return await update_preferences(ctx, dict.fromkeys(PreferenceOverrides.model_fields))
