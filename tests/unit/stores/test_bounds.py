"""Every field of a record has bounds, and no store gets a value outside them."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from annotated_types import Interval, MaxLen
from pydantic import BaseModel, ValidationError

from recollect.email_addresses import MAX_EMAIL_LENGTH
from resolvers import input_limits
from resolvers.configuration import SessionManagement
from resolvers.sessions.titles import DERIVED_TITLE_CHARACTERS
from stores import fields
from stores.choices import PreferenceOverrides, PrivacySettings
from stores.documents import changed_fields, from_document, parsed, to_document
from stores.errors import Unreadable
from stores.keys import conversation_key, profile_key, session_key
from stores.ports import Update
from stores.records import Conversation, Profile, Record
from tests.contract.records import session, turn
from tests.damaged_records import SECRET

KINDS = Record.__subclasses__()
TURN = conversation_key("u", "s", "c")


def hints(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield from parts(f"{path}{name}", field.rebuild_annotation())


def parts(path: str, hint: Any) -> Iterator[tuple[str, Any]]:
    """The hint of a field and of all its parts; annotated hints keep their annotation."""
    if get_origin(hint) in (Union, types.UnionType):
        for each in get_args(hint):
            yield from parts(path, each)
        return
    yield path, hint
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(plain) is list:
        yield from parts(f"{path}[]", get_args(plain)[0])
    elif isinstance(plain, type) and issubclass(plain, BaseModel):
        yield from hints(plain, f"{path}.")


def bound(hint: Any, kind: type[Any]) -> Any:
    return next((each for each in get_args(hint)[1:] if isinstance(each, kind)), None)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_text_and_list_is_bounded(kind: type[Record]) -> None:
    opaque = {"metadata", "citations"}
    for path, hint in hints(kind):
        plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        if plain is int:
            interval = bound(hint, Interval)
            assert interval is not None, path
            assert -(2**63) <= interval.ge < interval.le < 2**63, path
        elif plain is str or (get_origin(plain) is list and path not in opaque):
            assert bound(hint, MaxLen) is not None, path
        else:
            known = plain is bool or plain is type(None) or get_origin(plain) is Literal
            assert known or path in opaque | {"citations[]"} or issubclass(plain, BaseModel), path


def test_what_the_api_takes_fits() -> None:
    """The API limits texts in bytes, and records limit them in characters."""
    days = SessionManagement.model_fields["conversation_retention_days"]
    (most_days,) = (each.le for each in days.metadata if hasattr(each, "le"))
    privacy = PrivacySettings(data_retention_days=most_days)
    title = "x" * max(input_limits.TITLE_CHARACTERS, DERIVED_TITLE_CHARACTERS)
    for record in (
        turn(
            query="x" * input_limits.QUERY_BYTES,
            response="x" * input_limits.RESPONSE_BYTES,
            response_time_ms=input_limits.RESPONSE_TIME_MS,
            model="x" * input_limits.MODEL_CHARACTERS,
            output_tokens=input_limits.TOKENS,
            finish_reason="x" * input_limits.FINISH_REASON_CHARACTERS,
            feedback={"score": 1, "comment": "x" * input_limits.COMMENT_BYTES},
            answer_token="x" * input_limits.TOKEN_BYTES,
        ),
        session(
            custom_title=title,
            derived_title=title,
            tags=["x" * input_limits.TAG_CHARACTERS] * input_limits.TAGS,
            answer_session="x" * input_limits.TOKEN_BYTES,
        ),
        Profile(
            email="x" * MAX_EMAIL_LENGTH,
            created_at=1,
            preferences=PreferenceOverrides(privacy_settings=privacy),
        ),
    ):
        assert to_document(record)


BAD: list[dict[str, Any]] = [
    {"timestamp": fields.LAST_TIME + 1},
    {"timestamp": 2**63},
    {"recorded_at": -1},
    {"response_time_ms": 24 * 60 * 60 * 1000 + 1},
    {"session_id": SECRET * 4},
    {"response": SECRET * 2**17},
    {"query": f"{SECRET} \ud800"},
    {"answer_token": SECRET * 400},
]


@pytest.mark.parametrize("values", BAD)
def test_a_record_with_a_value_out_of_its_bounds_is_made_by_nobody(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        turn(**values)
    (name,) = values
    changed = turn().model_copy(update=values)
    with pytest.raises(ValueError, match=name) as created:
        to_document(changed)
    with pytest.raises(ValueError, match=name) as updated:
        changed_fields(Update(TURN, set=values))
    for raised in (created.value, updated.value):
        assert SECRET not in str(raised)
        assert raised.__cause__ is None
    entry = from_document(TURN, {**to_document(turn()), **values}, 1)
    assert isinstance(entry, Unreadable)
    assert name in str(entry)
    assert SECRET not in str(entry)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800", object()])
def test_what_is_no_json_is_stored_by_nobody(value: object) -> None:
    changed = turn().model_copy(update={"metadata": {"x": [value]}})
    with pytest.raises((ValueError, TypeError)):
        to_document(changed)
    with pytest.raises((ValueError, TypeError)):
        changed_fields(Update(TURN, set={"metadata": {"x": [value]}}))


def test_numbers_that_are_not_finite_are_read_as_null() -> None:
    """An earlier release stored such numbers, which JSON does not have."""
    assert parsed('{"a": [Infinity, -Infinity, NaN, 1.5]}') == {"a": [None, None, None, 1.5]}


def test_half_of_a_surrogate_pair_is_not_read() -> None:
    assert parsed('{"a": "\\ud83d\\ude42"}') == {"a": "🙂"}
    assert parsed('{"a": "\\uD800"}') is None


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (Update(profile_key("u"), set={"preferences.ui_settings.theme": "neon"}), "theme"),
        (Update(profile_key("u"), set={"preferences.nothing.theme": "dark"}), "nothing"),
        (Update(session_key("u", "s"), raise_to={"last_active": 2**62}), "last_active"),
        (Update(session_key("u", "s"), set={"pinned": "true"}), "pinned"),
        (Update(session_key("u", "s"), set={"speaker": 1}), "speaker"),
    ],
)
def test_an_update_sets_what_its_field_can_hold(update: Update, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        changed_fields(update)


def test_an_update_may_set_a_field_within_another() -> None:
    update = Update(
        profile_key("u"),
        set={
            "preferences.privacy_settings.data_retention_days": 30,
            "preferences.language_preference": "de",
        },
    )
    assert changed_fields(update) == dict(update.set)


def test_a_field_that_holds_a_record_of_its_own_may_be_set() -> None:
    update = Update(TURN, set={"feedback": {"score": 1, "comment": None}, "deleted_at": None})
    assert changed_fields(update) == dict(update.set)
    assert isinstance(from_document(TURN, to_document(turn()), 1), Conversation)
