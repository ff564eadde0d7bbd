"""Analysts may see a user from the moment of opting in, and no longer than until opting out."""

import asyncio
from typing import Any

from stores.keys import profile_key
from stores.ports import Update
from stores.records import Profile
from tests.integration.conftest import ANNA, BEN, Api, Clock


async def choose(api: Api, opt_in: bool | None, user: str = ANNA) -> None:
    privacy = {"privacySettings": {"analyticsOptIn": opt_in}}
    payload = await api.mutate("updatePreferences", "", user, preferences=privacy)
    assert payload["userErrors"] == []


async def profile_of(api: Api, user: str = ANNA) -> Profile:
    key = profile_key(await uid_of(api, user))
    profile = (await api.services.store.get([key])).get(key)
    assert profile is not None
    return profile


async def uid_of(api: Api, user: str = ANNA) -> str:
    found = await api.call("{ viewer { id } }", user)
    return str(found["viewer"]["id"].removeprefix("Viewer."))


async def mirrored(api: Api, user: str = ANNA) -> dict[str, Any]:
    await api.services.exporter.drain()
    (row,) = await api.services.warehouse.query(
        "user_preferences", {"uid": await uid_of(api, user)}
    )
    return row


async def test_a_user_has_a_key_of_their_own_that_tells_nothing_and_is_not_opted_in(
    api: Api,
) -> None:
    await api.record("q")
    await api.record("q", BEN)
    keys = {(await profile_of(api, user)).user_key for user in (ANNA, BEN)}
    assert len(keys) == 2
    uid = await uid_of(api)
    assert all(len(key) == 32 and key not in uid for key in keys)
    assert (await profile_of(api)).opted_in_at is None
    row = await mirrored(api)
    assert row["user_key"] in keys
    assert row["opted_in_at"] is None


async def test_opting_in_counts_from_then_and_opting_in_again_counts_from_then(
    api: Api, clock: Clock
) -> None:
    await api.record("q")
    before = clock()
    await choose(api, True)
    first = (await profile_of(api)).opted_in_at
    assert first is not None
    assert before <= first <= clock()
    clock.forward(hours=1)
    await choose(api, True)
    await api.mutate("updatePreferences", "", preferences={"responseStyle": "CONCISE"})
    assert (await profile_of(api)).opted_in_at == first
    assert (await mirrored(api))["opted_in_at"].timestamp() * 1e6 == first

    await choose(api, False)
    assert (await profile_of(api)).opted_in_at is None
    assert (await mirrored(api))["opted_in_at"] is None
    again = clock()
    await choose(api, True)
    second = (await profile_of(api)).opted_in_at
    assert second is not None
    assert second >= again > first


async def test_a_reset_opts_out(api: Api) -> None:
    resets: list[dict[str, Any]] = [
        {"privacySettings": {"analyticsOptIn": None}},
        {"privacySettings": None},
    ]
    for reset in resets:
        await choose(api, True)
        assert (await profile_of(api)).opted_in_at is not None
        await api.mutate("updatePreferences", "", preferences=reset)
        assert (await profile_of(api)).opted_in_at is None
    await choose(api, True)
    await api.call("mutation { resetPreferences { userErrors { code } } }")
    assert (await profile_of(api)).opted_in_at is None


async def test_whoever_opts_in_with_their_first_request_is_opted_in(api: Api) -> None:
    await choose(api, True)
    assert (await profile_of(api)).opted_in_at is not None


async def test_choices_at_once_leave_no_contradiction(api: Api) -> None:
    await api.record("q")
    for _ in range(4):
        theme = {"uiSettings": {"theme": "LIGHT"}}
        await asyncio.gather(
            *(choose(api, opt_in) for opt_in in (True, False, True)),
            api.mutate("updatePreferences", "", preferences=theme),
        )
        profile = await profile_of(api)
        opted_in = bool(profile.preferences.privacy_settings.analytics_opt_in)
        assert opted_in is (profile.opted_in_at is not None)


async def test_a_profile_of_an_earlier_release_gets_its_key_with_the_next_choice(api: Api) -> None:
    await api.record("q")
    key = profile_key(await uid_of(api))
    known = (await profile_of(api)).user_key
    await api.services.store.commit([Update(key, unset=["user_key", "opted_in_at"])])
    assert (await profile_of(api)).user_key == ""
    await api.mutate("updatePreferences", "", preferences={"responseStyle": "CONCISE"})
    assert (await profile_of(api)).user_key == known
    assert (await mirrored(api))["user_key"] == known
