"""Summaries and reminders: when they are due, what they contain, and that they agree with the user's view."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from recollect.sweeper import sweep_services
from resolvers.notifications.outgoing_mail import (
    AddressRefused,
    DeliveryUnknown,
    MailDeferred,
    MailServerUnavailable,
    OutgoingMail,
)
from resolvers.notifications.unsubscribe import UNSUBSCRIBE
from stores.keys import mail_figures_key, mails_of, profile_key
from stores.mail_records import MailFigures
from stores.ports import Update, Window
from stores.records import Profile
from tests.integration.conftest import ANNA, BEN, Api, Clock
from tests.integration.use_cases.mails import RecordingTransport, choose, run, until_hour
from tests.integration.use_cases.test_retention import lower_retention


async def owners(api: Api) -> list[str]:
    return [key.uid for key, _ in await api.services.store.scan(Profile, None, 9)]


async def figures(api: Api) -> MailFigures:
    found = (await api.services.store.get([mail_figures_key()])).get(mail_figures_key())
    assert found is not None
    return found


async def test_a_daily_summary_tells_what_was_asked_once_and_only_to_who_asked_for_it(
    api: Api, clock: Clock
) -> None:
    await api.services.warehouse.init_analysts()
    await choose(api, summaryFrequency="DAILY")
    asked = await api.record("Where is the wine?", response="In the cellar")
    session = asked["session"]["id"]
    await api.record("And the bread?", sessionId=session)
    await api.mutate("submitFeedback", "", conversationId=asked["conversation"]["id"], score=1)
    await api.record("Nobody asked to hear of this", BEN)
    await api.services.exporter.drain()
    post = RecordingTransport()
    assert not await run(api, clock, post)
    until_hour(clock)
    assert (await run(api, clock, post))["sent"] == 1
    assert not await run(api, clock, post)
    (letter,) = post.letters
    (summary,) = post.summaries
    assert letter.to == ANNA
    assert (summary.turns, summary.open_questions, summary.good, summary.bad) == (2, 1, 1, 0)
    (told,) = summary.sessions
    assert (told.title, told.turns) == ("Where is the wine?", 2)
    assert list(told.open_questions) == ["And the bread?"]
    assert "wine" in summary.topics
    until_hour(clock)
    assert not (await run(api, clock, post))["sent"], "there was nothing more to tell"
    assert (await figures(api)).sent == 1


async def test_a_weekly_summary_comes_on_monday_morning_in_the_users_own_time(
    api: Api, clock: Clock
) -> None:
    await choose(api, emailSummaries=True, sessionReminders=False, timeZone="Asia/Tokyo")
    await api.record("A question")
    post, arrived = RecordingTransport(), []
    for _ in range(24 * 8):
        clock.forward(hours=1)
        if (await run(api, clock, post))["sent"]:
            arrived.append(datetime.fromtimestamp(clock() / 1_000_000, UTC))
    (once,) = arrived
    assert (once.weekday(), once.hour) in ((6, 23), (0, 0)), "8 o'clock on Monday in Tokyo"


async def test_who_was_away_hears_in_one_mail_of_all_that_was_missed(
    api: Api, clock: Clock
) -> None:
    await choose(api, summaryFrequency="DAILY")
    await api.record("Monday's question")
    clock.forward(days=3)
    await api.record("Thursday's question")
    until_hour(clock)
    post = RecordingTransport()
    await run(api, clock, post)
    assert [summary.turns for summary in post.summaries] == [2]


async def _unsubscribe(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    path = f"{UNSUBSCRIBE}{letter.unsubscribe}"
    assert "<form" in (await api.http.get(path)).text
    assert (await api.http.post(path, data={"List-Unsubscribe": "One-Click"})).status_code == 200


async def _turn_off(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    await choose(api, summaryFrequency="OFF")


async def _delete_session(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    found = await api.call("{ viewer { sessions { nodes { id title } } } }")
    (gone,) = [n["id"] for n in found["viewer"]["sessions"]["nodes"] if n["title"] == "Second"]
    await api.mutate("deleteSession", "", sessionId=gone)


async def _make_temporary(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    found = await api.call("{ viewer { sessions { nodes { id title } } } }")
    (gone,) = [n["id"] for n in found["viewer"]["sessions"]["nodes"] if n["title"] == "Second"]
    await api.mutate("makeSessionTemporary", "", sessionId=gone)


async def _lower_retention(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    clock.forward(days=2)
    await lower_retention(api, 1)


async def _erase(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    await api.mutate("eraseMyData", "", confirm=True)


async def _delete_turn(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    hits = await api.call(
        '{ viewer { searchConversations(query: "Second") { nodes { conversation { id } } } } }'
    )
    (hit,) = hits["viewer"]["searchConversations"]["nodes"]
    await api.mutate("deleteConversation", "", conversationId=hit["conversation"]["id"])


async def _nothing(api: Api, clock: Clock, letter: OutgoingMail) -> None:
    pass


Change = Callable[[Api, Clock, OutgoingMail], Awaitable[None]]
CASES: list[tuple[Change, list[str | None]]] = [
    (_nothing, ["Second", "Third"]),
    (_unsubscribe, []),
    (_turn_off, []),
    (_delete_session, ["Third"]),
    (_make_temporary, ["Third"]),
    (_delete_turn, ["Third"]),
    (_lower_retention, []),
    (_erase, []),
]
"""A user's action between two runs, and the sessions that the next mail names."""


@pytest.mark.parametrize(("change", "told"), CASES, ids=[case[0].__name__[1:] for case in CASES])
async def test_the_next_mail_agrees_with_what_was_changed(
    api: Api, clock: Clock, change: Change, told: list[str | None]
) -> None:
    await choose(api, summaryFrequency="DAILY", sessionReminders=False)
    await api.record("First", response="Yes")
    post = RecordingTransport()
    until_hour(clock)
    await run(api, clock, post)
    for question in ("Second", "Third"):
        await api.record(question, response="Yes")
    await api.services.exporter.drain()
    await change(api, clock, post.letters[0])
    until_hour(clock)
    await run(api, clock, post)
    assert sorted(s.title or "" for s in post.summaries[0].sessions) == ["First"]
    titles = [sorted(s.title or "" for s in each.sessions) for each in post.summaries[1:]]
    assert titles == ([told] if told else [])


async def test_no_mail_tells_of_temporary_sessions_or_of_texts_that_are_not_kept(
    api: Api, clock: Clock
) -> None:
    await choose(api, summaryFrequency="DAILY")
    opened = await api.mutate("createSession", "session { id }", temporary=True)
    await api.record("A secret", sessionId=opened["session"]["id"])
    post = RecordingTransport()
    until_hour(clock)
    await run(api, clock, post)
    assert post.letters == []
    await api.call(
        "mutation { updatePreferences(input: { preferences: { privacySettings: "
        "{ saveConversations: false } } }) { userErrors { code } } }"
    )
    await api.record("Another secret")
    until_hour(clock)
    await run(api, clock, post)
    (summary,) = post.summaries
    assert [(s.title, s.turns, list(s.open_questions)) for s in summary.sessions] == [(None, 1, [])]
    assert "secret" not in repr(summary)


async def test_a_reminder_gathers_what_is_about_to_happen_and_tells_it_once(
    api: Api, clock: Clock
) -> None:
    first = (await api.record("Idle"))["session"]["id"]
    pinned = (await api.record("Pinned"))["session"]["id"]
    await api.mutate("pinSession", "", sessionId=pinned, pinned=True)
    post, told = RecordingTransport(), []
    for day in range(1, 91):
        until_hour(clock)
        if day % 7 == 0:
            await sweep_services(api.services)
        before = len(post.reminders)
        await run(api, clock, post)
        told += [
            (day, notice.kind, notice.title)
            for reminder in post.reminders[before:]
            for notice in reminder.notices
        ]
    assert [(kind, title) for _, kind, title in told] == [
        ("archive", "Idle"),
        ("close", "Idle"),
        ("expire", "Idle"),
        ("expire", "Pinned"),
    ]
    assert [day for day, *_ in told] == pytest.approx([6, 29, 89, 89], abs=1)
    assert len(post.reminders) == 3
    assert post.reminders[0].notices[0].session_id == first.partition(".")[2]


async def test_who_wants_no_reminders_guests_and_who_has_no_address_get_none(
    api: Api, clock: Clock
) -> None:
    await api.record("Idle")
    await choose(api, sessionReminders=False)
    await api.record("Idle", BEN)
    (ben,) = [
        key.uid
        for key, profile in await api.services.store.scan(Profile, None, 9)
        if isinstance(profile, Profile) and profile.email == BEN
    ]
    await api.services.store.commit([Update(profile_key(ben), unset=["email"])])
    post = RecordingTransport()
    for _ in range(9):
        until_hour(clock)
        await run(api, clock, post)
    assert post.letters == []


@pytest.mark.parametrize(
    ("failure", "again_after"),
    [
        (MailServerUnavailable("unreachable"), 0),
        (MailDeferred(), 11),
        (DeliveryUnknown(), 16),
        (AddressRefused(), 11),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_could_not_be_sent_is_sent_later_under_the_same_name(
    api: Api, clock: Clock, failure: Exception, again_after: int
) -> None:
    await choose(api, summaryFrequency="DAILY")
    await api.record("A question")
    until_hour(clock)
    post = RecordingTransport(failures=[failure])
    await run(api, clock, post)
    assert post.letters == []
    known = await figures(api)
    assert known.problem == ("unreachable" if isinstance(failure, MailServerUnavailable) else "")
    clock.forward(minutes=again_after)
    rehearsed = RecordingTransport()
    await run(api, clock, rehearsed, rehearsal=True)
    await run(api, clock, post)
    await run(api, clock, post)
    assert [each.name for each in post.letters] == [each.name for each in rehearsed.letters]
    assert len(post.letters) == 1
    known = await figures(api)
    assert (known.sent, known.doubtful, known.problem) == (
        1,
        int(isinstance(failure, DeliveryUnknown)),
        "",
    )


async def test_a_mail_in_doubt_is_left_alone_while_its_sender_may_be_at_work(
    api: Api, clock: Clock
) -> None:
    await choose(api, summaryFrequency="DAILY")
    await api.record("A question")
    until_hour(clock)
    post = RecordingTransport(failures=[DeliveryUnknown()])
    for _ in range(3):
        await run(api, clock, post)
    assert post.letters == []


async def test_one_refused_address_is_given_up_and_the_others_get_their_mail(
    api: Api, clock: Clock
) -> None:
    for user in (ANNA, BEN, "carl@example.com"):
        await choose(api, user, summaryFrequency="DAILY")
        await api.record("A question", user)

    class Picky(RecordingTransport):
        async def send(self, letter: OutgoingMail) -> None:
            if letter.to == BEN:
                raise AddressRefused
            await super().send(letter)

    post = Picky()
    until_hour(clock)
    for _ in range(4):
        await run(api, clock, post)
        clock.forward(minutes=21)
    assert sorted(letter.to for letter in post.letters) == [ANNA, "carl@example.com"]
    known = await figures(api)
    assert (known.sent, known.problem) == (2, "")


async def test_an_erasure_stops_a_mail_that_is_being_made(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose(api, summaryFrequency="DAILY")
    await api.record("A question")
    until_hour(clock)
    real = api.services.store.take_conversations
    erased: list[Any] = []

    async def meanwhile(*args: Any, **kwargs: Any) -> Any:
        found = await real(*args, **kwargs)
        if not erased:
            erased.append(await api.mutate("eraseMyData", "", confirm=True))
        return found

    monkeypatch.setattr(api.services.store, "take_conversations", meanwhile)
    post = RecordingTransport()
    await run(api, clock, post)
    assert erased
    assert post.letters == []
    assert await api.services.store.scan(Profile, None, 9) == []


async def test_erasing_removes_the_records_of_mails(api: Api, clock: Clock) -> None:
    await choose(api, summaryFrequency="DAILY")
    await api.record("A question")
    until_hour(clock)
    await run(api, clock, RecordingTransport())
    (uid,) = await owners(api)
    assert await api.services.store.list_changed(mails_of(uid), Window(9))
    await api.mutate("eraseMyData", "", confirm=True)
    assert not await api.services.store.list_changed(mails_of(uid), Window(9))


async def test_a_profile_of_an_earlier_release_is_found_after_a_sweep(
    api: Api, clock: Clock
) -> None:
    await choose(api, summaryFrequency="WEEKLY")
    (uid,) = await owners(api)
    old = Update(profile_key(uid), unset=["summary_due_at", "reminder_due_at"])
    await api.services.store.commit([old])
    await sweep_services(api.services)
    (profile,) = [entry for _, entry in await api.services.store.scan(Profile, None, 9)]
    assert isinstance(profile, Profile)
    assert profile.summary_due_at
    assert profile.reminder_due_at


async def test_a_link_that_was_changed_or_is_old_ends_nothing(api: Api, clock: Clock) -> None:
    await choose(api, summaryFrequency="DAILY")
    await api.record("A question")
    until_hour(clock)
    post = RecordingTransport()
    await run(api, clock, post)
    word = post.letters[0].unsubscribe
    for bad in (word[:-1], f"x{word}", word.replace(".", ""), "é", "a" * 2000):
        assert (await api.http.post(f"{UNSUBSCRIBE}{bad}")).status_code == 400
    clock.forward(days=367)
    assert (await api.http.post(f"{UNSUBSCRIBE}{word}")).status_code == 400
    found = await api.call(
        "{ viewer { preferences { notificationSettings { summaryFrequency } } } }"
    )
    assert found["viewer"]["preferences"]["notificationSettings"]["summaryFrequency"] == "DAILY"
