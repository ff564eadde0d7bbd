"""Preferences over the API: changed by field, from several devices, and in force."""

import asyncio
from typing import Any

from stores.ports import Update
from stores.records import Profile
from tests.integration.conftest import BEN, Api

PREFERENCES = """
  responseStyle languagePreference uiSettings { theme fontSize showCitations }
  privacySettings { saveConversations analyticsOptIn dataRetentionDays }
  notificationSettings { emailSummaries summaryFrequency sessionReminders timeZone }
"""


async def change(api: Api, **preferences: Any) -> Any:
    payload = await api.mutate(
        "updatePreferences", f"preferences {{ {PREFERENCES} }}", preferences=preferences
    )
    assert payload["userErrors"] == []
    return payload["preferences"]


async def in_force(api: Api) -> Any:
    found = await api.call(f"{{ viewer {{ preferences {{ {PREFERENCES} }} }} }}")
    return found["viewer"]["preferences"]


async def origins(api: Api) -> dict[str, str]:
    found = await api.call("{ viewer { preferenceSources { field source } } }")
    return {each["field"]: each["source"] for each in found["viewer"]["preferenceSources"]}


async def test_changes_of_different_fields_from_many_places_at_once_lose_none(api: Api) -> None:
    for _ in range(3):
        await asyncio.gather(
            change(api, responseStyle="TECHNICAL"),
            change(api, languagePreference="pt-BR"),
            change(api, uiSettings={"theme": "LIGHT"}),
            change(api, uiSettings={"fontSize": "LARGE"}),
            change(api, privacySettings={"dataRetentionDays": 30}),
        )
        found = await in_force(api)
        assert (found["responseStyle"], found["languagePreference"]) == ("TECHNICAL", "pt-BR")
        assert found["uiSettings"] == {
            "theme": "LIGHT",
            "fontSize": "LARGE",
            "showCitations": True,
        }
        assert found["privacySettings"]["dataRetentionDays"] == 30
        await api.call("mutation { resetPreferences { userErrors { code } } }")
        assert (await in_force(api))["uiSettings"]["theme"] == "DARK"


async def test_null_resets_a_field_a_group_or_all(api: Api) -> None:
    before = await in_force(api)
    await change(api, responseStyle="CONCISE", uiSettings={"theme": "LIGHT", "fontSize": "SMALL"})
    one = await change(api, uiSettings={"theme": None})
    assert (one["uiSettings"]["theme"], one["uiSettings"]["fontSize"]) == ("DARK", "SMALL")
    group = await change(api, uiSettings=None)
    assert group == {**before, "responseStyle": "CONCISE"}
    await api.call("mutation { resetPreferences { userErrors { code } } }")
    assert await in_force(api) == before


async def test_it_tells_where_each_value_comes_from(api: Api) -> None:
    await change(api, responseStyle="CONCISE", uiSettings={"theme": "LIGHT"})
    of_viewer = await origins(api)
    assert {of_viewer["responseStyle"], of_viewer["uiSettings.theme"]} == {"USER"}
    assert of_viewer["privacySettings.dataRetentionDays"] == "SERVICE"
    payload = await api.mutate(
        "createSession",
        "session { preferenceSources { field source } preferences { responseStyle uiSettings "
        "{ theme } privacySettings { saveConversations } } }",
        preferences={"responseStyle": "TECHNICAL", "saveConversations": False},
    )
    session = payload["session"]
    of_session = {each["field"]: each["source"] for each in session["preferenceSources"]}
    assert of_session["responseStyle"] == "SESSION"
    assert of_session["uiSettings.theme"] == "USER"
    assert of_session["privacySettings.saveConversations"] == "SESSION"
    assert session["preferences"] == {
        "responseStyle": "TECHNICAL",
        "uiSettings": {"theme": "LIGHT"},
        "privacySettings": {"saveConversations": False},
    }


async def test_a_value_out_of_bounds_is_refused_with_the_bound(api: Api) -> None:
    refused = await api.mutate(
        "updatePreferences",
        "preferences { responseStyle }",
        preferences={"languagePreference": "en_US", "privacySettings": {"dataRetentionDays": 91}},
    )
    assert refused["preferences"] is None
    told = {tuple(error["field"]): error["message"] for error in refused["userErrors"]}
    assert "1 to 90" in told["preferences", "privacySettings", "dataRetentionDays"]
    assert "BCP 47" in told["preferences", "languagePreference"]
    assert (await origins(api))["responseStyle"] == "SERVICE"


async def test_caches_tell_the_viewers_preferences_from_each_sessions(embedded: Api) -> None:
    document = """{ viewer { id preferences { id }
      sessions { nodes { id preferences { id } } } } }"""
    for name in ("One", "Two"):
        await embedded.record(name)
    viewer = (await embedded.call(document))["viewer"]
    own = viewer["preferences"]["id"]
    of_sessions = [session["preferences"]["id"] for session in viewer["sessions"]["nodes"]]
    assert len({own, *of_sessions}) == 3
    for name, given in (
        ("updatePreferences", {"preferences": {"responseStyle": "CONCISE"}}),
        ("updatePreferences", {"preferences": {"responseStyle": None}}),
    ):
        changed = await embedded.mutate(name, "preferences { id responseStyle }", **given)
        assert changed["preferences"]["id"] == own
    assert (await embedded.call(document))["viewer"] == viewer
    theirs = (await embedded.call(document, BEN))["viewer"]["preferences"]["id"]
    assert theirs != own


async def test_the_switch_and_the_frequency_are_one_choice(api: Api) -> None:
    async def after(**settings: Any) -> tuple[str, bool]:
        found = (await change(api, notificationSettings=settings))["notificationSettings"]
        assert found == (await in_force(api))["notificationSettings"]
        return found["summaryFrequency"], found["emailSummaries"]

    assert await after(emailSummaries=True) == ("WEEKLY", True)
    assert await after(summaryFrequency="DAILY") == ("DAILY", True)
    assert await after(emailSummaries=False) == ("OFF", False)
    assert await after(emailSummaries=False, summaryFrequency="DAILY") == ("DAILY", True)
    assert await after(summaryFrequency=None) == ("OFF", False)
    assert await after(emailSummaries=True, sessionReminders=False) == ("WEEKLY", True)
    assert (await origins(api))["notificationSettings.emailSummaries"] == "USER"
    assert await after(emailSummaries=None) == ("OFF", False)
    assert (await origins(api))["notificationSettings.summaryFrequency"] == "SERVICE"


async def test_what_an_earlier_release_stored_is_weekly_until_it_is_changed(api: Api) -> None:
    await change(api, notificationSettings={"sessionReminders": True})
    (found,) = await api.services.store.scan(Profile, None, 1)
    await api.services.store.commit(
        [Update(found[0], set={"preferences.notification_settings.email_summaries": True})]
    )
    assert (await in_force(api))["notificationSettings"]["summaryFrequency"] == "WEEKLY"
    reset = await change(api, notificationSettings={"summaryFrequency": None})
    assert reset["notificationSettings"]["summaryFrequency"] == "OFF"
    assert reset == await in_force(api)


async def test_a_time_zone_must_be_one(api: Api) -> None:
    for zone in ("Europe/Atlantis", "../etc/passwd", "", "x" * 65):
        payload = await api.mutate(
            "updatePreferences",
            "preferences { id }",
            preferences={"notificationSettings": {"timeZone": zone}},
        )
        (error,) = payload["userErrors"]
        assert error["field"] == ["preferences", "notificationSettings", "timeZone"]
        assert "Europe/Berlin" in error["message"]
    changed = await change(api, notificationSettings={"timeZone": "Asia/Kathmandu"})
    assert changed["notificationSettings"]["timeZone"] == "Asia/Kathmandu"
