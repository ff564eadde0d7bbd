"""The profiles that are due, and no others."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stores.errors import Unreadable
from stores.keys import dismissal_key, dismissals_of, mail_figures_key, mail_key, mails_of
from stores.keys import profile_key as key
from stores.mail_records import Dismissal, Mail, MailFigures
from stores.ports import Create, Due, DueTime, Position, Store, Update, Window
from stores.records import Profile
from stores.sqlite.file import connect, prepare
from stores.sqlite.queries import due_query
from tests.contract.stores.test_lists import IDS, examples

MAIL = Mail(kind="summary", state="sending", since=1, until=2, taken_at=3, notices=["a" * 64])


async def all_due(store: Store, time: DueTime, until: int, limit: int) -> list[Due]:
    found: list[Due] = []
    after: Position | None = None
    while page := await store.list_due(time, until, after, limit):
        assert len(page) <= limit
        found += page
        after = page[-1].at
    return found


@given(st.dictionaries(IDS, st.none() | st.integers(0, 3), max_size=7), st.integers(0, 3))
@examples
async def test_profiles_come_once_in_the_order_of_their_time(
    store: Store, times: dict[str, int | None], until: int
) -> None:
    for due in await all_due(store, "summary_due_at", 9, 9):
        await store.delete_user(due.at[1])
    for uid, time in times.items():
        profile = Profile(created_at=1, summary_due_at=time, reminder_due_at=8)
        await store.delete_user(uid)
        await store.commit([Create(key(uid), profile)])
    found = await all_due(store, "summary_due_at", until, 2)
    assert [due.at for due in found] == sorted(
        (time, uid) for uid, time in times.items() if time is not None and time <= until
    )
    for due in found:
        assert isinstance(due.profile, Profile)
        assert due.profile.summary_due_at == due.at[0]


async def test_a_time_that_is_taken_away_is_not_found(store: Store) -> None:
    await store.commit([Create(key("u"), Profile(created_at=1, summary_due_at=2))])
    assert [due.at for due in await store.list_due("summary_due_at", 2, None, 9)] == [(2, "u")]
    assert not await store.list_due("reminder_due_at", 2, None, 9)
    await store.commit([Update(key("u"), set={"reminder_due_at": 0}, unset=["summary_due_at"])])
    assert not await store.list_due("summary_due_at", 2, None, 9)
    assert [due.at for due in await store.list_due("reminder_due_at", 2, None, 9)] == [(0, "u")]


async def test_a_profile_that_cannot_be_read_holds_up_no_other(store: Store) -> None:
    for uid in "abc":
        await store.commit([Create(key(uid), Profile(created_at=1, summary_due_at=2))])
    await store.commit([Update(key("b"), unset=["created_at"])])
    found = await all_due(store, "summary_due_at", 2, 1)
    assert [(due.at, isinstance(due.profile, Unreadable)) for due in found] == [
        ((2, "a"), False),
        ((2, "b"), True),
        ((2, "c"), False),
    ]


async def test_mails_and_dismissals_are_kept_listed_and_removed_with_their_user(
    store: Store,
) -> None:
    dismissal = Dismissal(dismissed_at=4)
    await store.commit(
        [Create(mail_key("u", "m"), MAIL), Create(dismissal_key("u", "d"), dismissal)]
    )
    await store.commit([Create(mail_figures_key(), MailFigures(sent=1))])
    await store.commit([Update(mail_figures_key(), increase={"sent": 2, "refused": 1})])
    (mail,) = await store.list_changed(mails_of("u"), Window(5))
    (put_aside,) = await store.list_changed(dismissals_of("u"), Window(5))
    assert (mail.at[1], put_aside.at[1]) == ("m", "d")
    assert mail.record == MAIL.model_copy(update={"update_time": mail.record.update_time})
    removed = await store.delete_user("u")
    assert (removed["mails"], removed["dismissals"]) == (1, 1)
    assert not await store.list_changed(mails_of("u"), Window(5))
    figures = (await store.get([mail_figures_key()])).get(mail_figures_key())
    assert figures is not None
    assert (figures.sent, figures.refused) == (3, 1)


def test_in_sqlite_an_index_finds_who_is_due(tmp_path: Path) -> None:
    prepare(tmp_path / "store.sqlite")
    connection = connect(tmp_path / "store.sqlite")
    for time in ("summary_due_at", "reminder_due_at"):
        statement, values = due_query(time, 9, (3, "u"), 10)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
        assert [row[3] for row in plan] == [
            f"SEARCH documents USING INDEX users_by_{time} (<expr>>? AND <expr><?)"
        ], plan
    connection.close()
