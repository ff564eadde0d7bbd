"""The preferences in force, and the effects of changing them."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.configuration import Configuration
from resolvers.preferences.effective import Preferences, in_force
from resolvers.preferences.patches import applied, field_update
from stores.choices import PreferenceOverrides, SessionPreferenceOverrides
from stores.keys import profile_key
from stores.records import Profile, Session

CONFIGURATION = Configuration()


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _patch_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


UI = _patch_of(
    theme=_maybe(st.sampled_from(["dark", "light", "system"])),
    font_size=_maybe(st.sampled_from(["small", "medium", "large"])),
    show_citations=_maybe(st.booleans()),
)
SHARED = {
    "response_style": _maybe(st.sampled_from(["concise", "detailed", "technical"])),
    "language_preference": _maybe(st.sampled_from(["en", "de", "pt-BR"])),
    "ui_settings": _maybe(UI),
}
PATCH = _patch_of(
    **SHARED,
    privacy_settings=_maybe(
        _patch_of(
            save_conversations=_maybe(st.booleans()),
            analytics_opt_in=_maybe(st.booleans()),
            data_retention_days=_maybe(st.integers(1, 90)),
        )
    ),
    notification_settings=_maybe(
        _patch_of(
            summary_frequency=_maybe(st.sampled_from(["off", "daily", "weekly"])),
            session_reminders=_maybe(st.booleans()),
            time_zone=_maybe(st.sampled_from(["UTC", "Europe/Berlin"])),
        )
    ),
)
SESSION_PATCH = _patch_of(**SHARED, save_conversations=_maybe(st.just(False)))


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The leaves of nested fields by their dotted paths."""
    leaves: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{prefix}{name}"
        leaves |= flat(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return leaves


def profile(choices: PreferenceOverrides) -> Profile:
    return Profile(created_at=1, preferences=choices)


def session(choices: SessionPreferenceOverrides) -> Session:
    return Session(
        session_id="s",
        created_at=1,
        last_active=1,
        touched_at=1,
        oldest_turn_at=1,
        preferences=choices,
    )


@given(PATCH)
def test_what_nobody_chose_is_what_the_service_sets(patch: dict[str, Any]) -> None:
    chosen = flat(applied(PreferenceOverrides(), patch).model_dump(exclude_none=True))
    shown = flat(asdict(in_force(CONFIGURATION, profile(applied(PreferenceOverrides(), patch)))))
    assert shown == flat(asdict(Preferences())) | chosen


@given(PATCH, SESSION_PATCH)
def test_a_session_overrides_the_user_field_by_field(
    of_user: dict[str, Any], of_session: dict[str, Any]
) -> None:
    user = applied(PreferenceOverrides(), of_user)
    chosen = applied(SessionPreferenceOverrides(), of_session)
    shown = flat(asdict(in_force(CONFIGURATION, profile(user), session(chosen))))
    overrides = flat(chosen.model_dump(exclude_none=True))
    saving = overrides.pop("save_conversations", None)
    expected = flat(asdict(in_force(CONFIGURATION, profile(user)))) | overrides
    if saving is False:
        expected["privacy_settings.save_conversations"] = False
    assert shown == expected


@given(PATCH)
def test_null_resets_a_field(patch: dict[str, Any]) -> None:
    chosen = applied(PreferenceOverrides(), patch)
    reset = dict.fromkeys(PreferenceOverrides.model_fields)
    assert applied(chosen, reset) == PreferenceOverrides()


@given(PATCH, PATCH)
def test_a_change_is_idempotent_and_the_later_one_wins(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    once = applied(applied(PreferenceOverrides(), first), second)
    assert applied(once, second) == once
    named = {path for path, value in flat(second).items() if value is not None}
    assert {path: flat(once.model_dump())[path] for path in named} == {
        path: flat(second)[path] for path in named
    }


@given(PATCH)
def test_the_blind_write_names_exactly_the_fields_that_change(patch: dict[str, Any]) -> None:
    write = field_update(profile_key("u"), patch)
    leaves = {f"preferences.{path}": value for path, value in flat(patch).items()}
    assert dict(write.set) == {p: v for p, v in leaves.items() if v is not None}
    assert set(write.unset) == {p for p, v in leaves.items() if v is None}


def test_a_configured_retention_is_a_ceiling() -> None:
    strict = CONFIGURATION.model_copy(
        update={
            "session_management": CONFIGURATION.session_management.model_copy(
                update={"conversation_retention_days": 30}
            )
        }
    )
    patch = {"privacy_settings": {"data_retention_days": 60}}
    longer = profile(applied(PreferenceOverrides(), patch))
    assert in_force(strict, longer).privacy_settings.data_retention_days == 30
    assert in_force(CONFIGURATION, longer).privacy_settings.data_retention_days == 60


def test_the_defaults_are_those_that_were_asked_for() -> None:
    assert asdict(in_force(CONFIGURATION, None)) == {
        "response_style": "detailed",
        "language_preference": "en",
        "ui_settings": {"theme": "dark", "font_size": "medium", "show_citations": True},
        "privacy_settings": {
            "save_conversations": True,
            "analytics_opt_in": False,
            "data_retention_days": 90,
        },
        "notification_settings": {
            "summary_frequency": "off",
            "session_reminders": True,
            "time_zone": "UTC",
        },
    }


@pytest.mark.parametrize(
    ("stored", "frequency"),
    [
        ({"email_summaries": True}, "weekly"),
        ({"email_summaries": False}, "off"),
        ({"email_summaries": None}, "off"),
        ({"email_summaries": True, "summary_frequency": "daily"}, "daily"),
        ({"email_summaries": True, "summary_frequency": "off"}, "off"),
    ],
)
def test_the_switch_of_an_earlier_release_means_a_frequency(
    stored: dict[str, Any], frequency: str
) -> None:
    choices = PreferenceOverrides.model_validate({"notification_settings": stored})
    found = in_force(CONFIGURATION, profile(choices)).notification_settings
    assert found.summary_frequency == frequency
    assert found.email_summaries is (frequency != "off")
