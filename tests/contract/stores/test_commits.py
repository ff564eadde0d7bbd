"""The effects of commits, and the commits that are refused."""

import pytest

from stores.choices import PreferenceOverrides, UISettings
from stores.errors import RecordChanged, RecordExists, RecordMissing
from stores.keys import conversation_key, profile_key, session_key, trash_key
from stores.ports import Create, Delete, Store, Update
from stores.records import Profile, Session
from tests.contract.records import append, create_mark, create_session, session, turn

KEY = session_key("u", "s")


async def read(store: Store) -> Session:
    found = (await store.get([KEY])).get(KEY)
    assert found is not None
    return found


async def test_a_created_record_is_read_back_with_its_commit_time(store: Store) -> None:
    committed = await store.commit([create_session()])
    assert await read(store) == session(update_time=committed.time)
    assert committed.transformed == [{}]


async def test_creating_a_record_twice_is_refused_and_nothing_of_the_commit_lands(
    store: Store,
) -> None:
    await store.commit([create_session(derived_title="first")])
    with pytest.raises(RecordExists):
        await store.commit([create_mark("m"), create_session(derived_title="second")])
    assert (await read(store)).derived_title == "first"
    assert await store.list_marks("u", 10) == []


@pytest.mark.parametrize(
    "write",
    [
        Create(KEY, session().model_copy(update={"last_active": 2**63})),
        Update(KEY, set={"custom_title": "x" * 201}),
        Update(KEY, raise_to={"last_active": 2**63}),
    ],
)
async def test_a_value_out_of_its_bounds_is_refused_and_nothing_of_the_commit_lands(
    store: Store, write: Create | Update
) -> None:
    if isinstance(write, Update):
        await store.commit([create_session()])
    with pytest.raises(ValueError, match=r"last_active|custom_title"):
        await store.commit([create_mark("m"), write])
    assert await store.list_marks("u", 10) == []


@pytest.mark.parametrize(
    "change",
    [
        Update(KEY),
        Update(KEY, set={"status": "archived"}),
        Update(KEY, unset=["derived_title"]),
        Update(KEY, increase={"conversation_count": 1}),
        Update(KEY, raise_to={"last_active": 9}),
    ],
    ids=["nothing", "set", "unset", "increase", "raise_to"],
)
async def test_updating_a_missing_record_is_refused_and_nothing_of_the_commit_lands(
    store: Store, change: Update
) -> None:
    with pytest.raises(RecordMissing):
        await store.commit([create_mark("m"), change])
    assert await store.list_marks("u", 10) == []
    assert (await store.get([KEY])).get(KEY) is None


async def test_an_append_to_a_missing_session_leaves_no_turn(store: Store) -> None:
    with pytest.raises(RecordMissing):
        await store.commit(append("c"))
    key = conversation_key("u", "s", "c")
    assert (await store.get([key])).get(key) is None


async def test_an_append_reports_the_new_count_and_time(store: Store) -> None:
    await store.commit([create_session(last_active=50)])
    first = await store.commit(append("c1", at=70))
    second = await store.commit(append("c2", at=60))
    assert first.transformed == [{}, {"conversation_count": 1, "last_active": 70}, {}]
    assert second.transformed == [{}, {"conversation_count": 2, "last_active": 70}, {}]
    assert await read(store) == session(
        conversation_count=2, last_active=70, update_time=second.time
    )


async def test_an_increase_may_be_negative(store: Store) -> None:
    await store.commit([create_session(conversation_count=3)])
    committed = await store.commit([Update(KEY, increase={"conversation_count": -2})])
    assert committed.transformed == [{"conversation_count": 1}]


async def test_a_field_without_a_value_is_increased_and_raised_from_nothing(store: Store) -> None:
    key = conversation_key("u", "s", "c")
    await store.commit([create_session(), Create(key, turn())])
    committed = await store.commit(
        [
            Update(key, increase={"response_time_ms": 5}),
            Update(KEY, raise_to={"deleted_at": 7}),
        ]
    )
    assert committed.transformed == [{"response_time_ms": 5}, {"deleted_at": 7}]


async def test_an_update_leaves_the_other_fields_alone(store: Store) -> None:
    await store.commit([create_session(tags=["a"], metadata={"k": [1, [2]]})])
    await store.commit([Update(KEY, set={"custom_title": "mine", "status": "archived"})])
    after = await read(store)
    assert (after.custom_title, after.status) == ("mine", "archived")
    assert (after.tags, after.metadata) == (["a"], {"k": [1, [2]]})


async def test_structured_fields_are_set_whole(store: Store) -> None:
    key = conversation_key("u", "s", "c")
    await store.commit([Create(key, turn(metadata={"old": 1}))])
    await store.commit(
        [
            Update(
                key,
                set={
                    "feedback": {"score": 1, "comment": None},
                    "metadata": {"a.b": {"": [[None]]}, "__x__": 10**30},
                    "citations": [["nested"], {"uri": "x"}],
                },
            )
        ]
    )
    after = (await store.get([key])).get(key)
    assert after is not None
    assert after.feedback is not None
    assert after.feedback.score == 1
    assert after.metadata == {"a.b": {"": [[None]]}, "__x__": 10**30}
    assert after.citations == [["nested"], {"uri": "x"}]


async def test_an_unset_field_has_its_default_again(store: Store) -> None:
    await store.commit([create_session(derived_title="t", tags=["a"])])
    await store.commit([Update(KEY, unset=["derived_title", "tags", "deleted_at"])])
    after = await read(store)
    assert (after.derived_title, after.tags) == (None, [])


async def test_one_choice_changes_and_resets_without_touching_the_others(store: Store) -> None:
    key = profile_key("u")
    choices = PreferenceOverrides(ui_settings=UISettings(theme="dark", font_size="small"))
    await store.commit([Create(key, Profile(created_at=1, preferences=choices))])
    await store.commit(
        [
            Update(
                key,
                set={"preferences.ui_settings.font_size": "large"},
                unset=["preferences.ui_settings.theme"],
            )
        ]
    )
    after = (await store.get([key])).get(key)
    assert after is not None
    assert after.preferences.ui_settings == UISettings(font_size="large")


async def test_a_choice_is_set_and_unset_where_its_whole_group_is_missing(store: Store) -> None:
    await store.commit([create_session()])
    await store.commit([Update(KEY, unset=["preferences.ui_settings"])])
    await store.commit([Update(KEY, unset=["preferences.ui_settings.theme"])])
    assert (await read(store)).preferences.ui_settings == UISettings()
    await store.commit([Update(KEY, unset=["preferences"])])
    await store.commit([Update(KEY, set={"preferences.ui_settings.theme": "light"})])
    assert (await read(store)).preferences.ui_settings == UISettings(theme="light")


async def test_a_record_written_since_it_was_read_is_not_changed(store: Store) -> None:
    first = await store.commit([create_session()])
    second = await store.commit([Update(KEY, set={"tags": ["a"]}, unchanged_since=first.time)])
    with pytest.raises(RecordChanged):
        await store.commit(
            [create_mark("m"), Update(KEY, set={"tags": ["b"]}, unchanged_since=first.time)]
        )
    assert await read(store) == session(tags=["a"], update_time=second.time)
    assert await store.list_marks("u", 10) == []


async def test_a_record_deleted_since_it_was_read_has_changed(store: Store) -> None:
    first = await store.commit([create_session()])
    await store.commit([Delete(KEY)])
    with pytest.raises(RecordChanged):
        await store.commit([Update(KEY, set={"tags": ["a"]}, unchanged_since=first.time)])


async def test_deleting_is_repeatable(store: Store) -> None:
    await store.commit([create_session()])
    await store.commit([Delete(KEY)])
    assert (await store.get([KEY])).get(KEY) is None
    await store.commit([Delete(KEY)])
    await store.commit([create_session()])


async def test_a_move_is_one_commit(store: Store) -> None:
    await store.commit([create_session(derived_title="t")])
    await store.commit([Delete(KEY), Create(trash_key("u", "s"), await read(store))])
    trashed = (await store.get([trash_key("u", "s"), KEY])).get(trash_key("u", "s"))
    assert trashed is not None
    assert trashed.derived_title == "t"
    assert (await store.get([KEY])).get(KEY) is None


async def test_a_batched_read_tells_what_is_there_and_what_is_not(store: Store) -> None:
    await store.commit([create_session(), Create(profile_key("u"), Profile(created_at=3))])
    missing = conversation_key("u", "s", "c")
    found = await store.get([missing, KEY, profile_key("u"), KEY])
    assert found.get(missing) is None
    assert found.get(KEY) is not None
    profile = found.get(profile_key("u"))
    assert profile is not None
    assert profile.created_at == 3
    with pytest.raises(KeyError):
        found.get(session_key("u", "unread"))


async def test_reading_and_writing_nothing_is_no_error(store: Store) -> None:
    await store.get([])
    assert (await store.commit([])).transformed == ()


async def test_update_times_strictly_increase(store: Store) -> None:
    times = [(await store.commit([create_session()])).time]
    for number in range(20):
        committed = await store.commit([Update(KEY, increase={"conversation_count": 1})])
        assert (await read(store)).update_time == committed.time, number
        times.append(committed.time)
    assert times == sorted(set(times))


async def test_a_write_that_changes_nothing_keeps_the_update_time(store: Store) -> None:
    key = profile_key("u")
    first = await store.commit([Create(key, Profile(created_at=1, guest=True))])
    for unchanged in (
        Update(key),
        Update(key, set={"guest": True}),
        Update(key, increase={"active_count": 0}, raise_to={"created_at": 1}),
    ):
        await store.commit([unchanged])
        profile = (await store.get([key])).get(key)
        assert profile is not None
        assert profile.update_time == first.time


async def test_users_with_the_same_session_id_do_not_meet(store: Store) -> None:
    await store.commit([create_session(uid="u1", derived_title="one")])
    await store.commit([create_session(uid="u2", derived_title="two")])
    found = await store.get([session_key("u1", "s"), session_key("u2", "s")])
    one, two = found.get(session_key("u1", "s")), found.get(session_key("u2", "s"))
    assert one is not None
    assert two is not None
    assert (one.derived_title, two.derived_title) == ("one", "two")


@pytest.mark.parametrize("bad", ["", "a/b", "a/b/c", "..", "a.b", "a\x1fb", "é", "__x__", "a\n"])
async def test_an_id_that_could_name_another_place_is_refused(store: Store, bad: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        await store.get([session_key("u", bad)])
    with pytest.raises(ValueError, match="characters"):
        await store.commit([create_session(bad)])


@pytest.mark.parametrize(
    "ambiguous",
    [
        Update(KEY, set={"conversation_count": 1}, increase={"conversation_count": 1}),
        Update(KEY, set={"preferences": {}}, unset=["preferences.ui_settings"]),
        Update(KEY, set={"metadata.part": 1}),
    ],
    ids=["field twice", "field in field", "part of opaque"],
)
async def test_an_ambiguous_update_is_refused(store: Store, ambiguous: Update) -> None:
    await store.commit([create_session()])
    with pytest.raises(ValueError, match="an update changes"):
        await store.commit([ambiguous])


async def test_a_store_in_service_answers_a_ping(store: Store) -> None:
    await store.ping()
