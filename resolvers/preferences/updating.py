"""The viewer's preferences: read, changed and reset."""

from dataclasses import replace

from resolvers.context import Context
from resolvers.mail_schedule import (
    one_frequency,
)
from resolvers.preferences.effective import Preferences, Source, in_force, sources
from resolvers.preferences.patches import Patch, applied, check, field_update
from resolvers.preferences.profiles import due_times, known_to_analysts, new_profile
from stores.choices import (
    PreferenceOverrides,
)
from stores.keys import profile_key
from stores.mirror_records import Change
from stores.ports import Create, Update


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
            changed = changed.model_copy(update=known_to_analysts(ctx, changed))
            changed = changed.model_copy(update=due_times(ctx, changed))
            write: Create | Update = Create(key, changed)
        else:
            changed = profile.model_copy(
                update={"preferences": applied(profile.preferences, patch)}
            )
            write = field_update(key, patch)
            known = known_to_analysts(ctx, changed)
            if "notification_settings" in patch:
                known |= due_times(ctx, changed)
            if known or {"privacy_settings", "notification_settings"} & patch.keys():
                # What analysts may see, and when a mail is due, must not change between the read and the
                # commit.
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
