"""Restores a user's own data from an archive: the creation time of the account, and the preferences."""

from collections.abc import Iterator
from typing import Any

from pydantic.alias_generators import to_camel

from resolvers.errors import Refused
from resolvers.input_limits import Checks, microseconds
from resolvers.preferences import effective, patches, profiles, updating
from resolvers.transfer.archive import ArchivedAccount
from resolvers.transfer.importing.state import Import
from stores.choices import PreferenceOverrides
from stores.keys import profile_key
from stores.mirror_records import Change
from stores.ports import Create
from stores.records import Profile

_KEPT = "It stays as it is in your account; you can change it in your preferences."


async def open_account(work: Import, place: str, found: ArchivedAccount) -> None:
    """Create an account that does not exist yet, with the creation time in the file.

    Raises `Refused` while erasing, and `Busy`.
    """
    ctx, owner = work.ctx, profile_key(work.ctx.uid)
    try:
        with Checks() as checks:
            checks.time(found.created_at, ctx.now(), "createdAt")
    except Refused as refused:
        work.report.remark(place, refused.problems[0].message, "createdAt")
        return

    async def attempt() -> None:
        if (await work.fresh(owner)).get(owner) is None:
            created_at = microseconds(found.created_at)
            profile = profiles.new_profile(ctx).model_copy(update={"created_at": created_at})
            await ctx.commit([Create(owner, profile)], [Change(kind="profile", at=created_at)])

    if not work.report.dry_run:
        await ctx.settle(attempt)


async def restore_preferences(work: Import, place: str, found: ArchivedAccount) -> None:
    """Take over the file's preferences. Those not in the file stay as they are. So do an existing account's
    privacy choices: otherwise a file could cause turns to be removed, or shown to analysts.

    Preferences that are not allowed here are left out and reported. Raises `Refused` while erasing.
    """
    owner = profile_key(work.ctx.uid)
    profile = (await work.fresh(owner)).get(owner)
    here = effective.in_force(work.ctx.configuration, profile).privacy_settings
    patch: dict[str, Any] = {}
    for path, value in _leaves(found.preferences.model_dump(exclude_none=True)):
        group, _, name = path.rpartition(".")
        if group == "privacy_settings" and not _as_opened(profile, found):
            if value != getattr(here, name):
                work.report.remark(place, _KEPT, f"preferences.privacySettings.{to_camel(name)}")
            continue
        choice = {group: {name: value}} if group else {name: value}
        try:
            patches.check(work.ctx.configuration, choice)
        except Refused as refused:
            for problem in refused.problems:
                work.report.remark(place, problem.message, ".".join(problem.field))
            continue
        (patch.setdefault(group, {}) if group else patch)[name] = value
    days = patch.get("privacy_settings", {}).get("data_retention_days")
    work.report.retention_days = days or work.report.retention_days
    if patch and not work.report.dry_run:
        await updating.update_preferences(work.ctx, patch)
    work.report.preferences_restored = bool(patch)


def _as_opened(profile: Profile | None, found: ArchivedAccount) -> bool:
    """Whether the preferences are unchanged since the account was created from this file."""
    return profile is None or (
        profile.created_at == microseconds(found.created_at)
        and profile.preferences == PreferenceOverrides()
    )


def _leaves(values: dict[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    """Each preference by its path, which has at most two parts."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{name}.")
        else:
            yield f"{group}{name}", value
