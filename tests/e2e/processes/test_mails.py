"""Mails over a real SMTP server: two processes send them hour by hour and are killed at random steps.

MAIL_USERS=500 MAIL_DAYS=28 MAIL_KILLS=20 make it four weeks of 500 users.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from resolvers.configuration import Notifications
from resolvers.mail_schedule import next_due
from resolvers.notifications.run import AT_ONCE
from stores.choices import PreferenceOverrides
from stores.keys import conversation_key, mails_of, profile_key, session_key
from stores.ports import Create, Window, Write
from stores.records import Conversation, Profile, Session
from stores.sqlite.store import SQLiteStore
from tests.mailbox import Mailbox

USERS = int(os.environ.get("MAIL_USERS", "8"))
DAYS = int(os.environ.get("MAIL_DAYS", "2"))
KILLS = int(os.environ.get("MAIL_KILLS", "4"))
BEGIN = int(datetime(2026, 11, 29, tzinfo=UTC).timestamp()) * 1_000_000
HOUR, DAY = 3_600_000_000, 86_400_000_000
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Auckland")
FREQUENCIES = ("off", "daily", "weekly", "daily")
LANGUAGES = ("en", "de", "ja")


@dataclass(frozen=True)
class User:
    """A user who asks a question at noon (UTC) of every day whose number is divisible by `every`."""

    number: int

    @property
    def uid(self) -> str:
        return f"user-{self.number:04}"

    @property
    def email(self) -> str:
        return f"{self.uid}@example.com"

    @property
    def frequency(self) -> str:
        return FREQUENCIES[self.number % len(FREQUENCIES)]

    @property
    def zone(self) -> str:
        return ZONES[self.number % len(ZONES)]

    @property
    def language(self) -> str:
        return LANGUAGES[self.number % len(LANGUAGES)]

    @property
    def reminders(self) -> bool:
        return self.number % 7 < 3

    @property
    def asks(self) -> list[int]:
        every = 1 + self.number % 3
        return [BEGIN + day * DAY + 12 * HOUR for day in range(-8, DAYS) if day % every == 0]

    @property
    def mornings(self) -> list[datetime]:
        """Eight o'clock by the user's own clock, on every day of the run."""
        begin, zone = datetime.fromtimestamp(BEGIN // 1_000_000, UTC), ZoneInfo(self.zone)
        days = (begin.date() + timedelta(days=number) for number in range(-1, DAYS + 2))
        found = [datetime(day.year, day.month, day.day, 8, tzinfo=zone) for day in days]
        return [at for at in found if begin < at <= begin + timedelta(days=DAYS)]

    def due(self) -> list[tuple[str, datetime]]:
        """The kind and time of each mail that must arrive, according to the documents."""
        asked = [datetime.fromtimestamp(at // 1_000_000, UTC) for at in self.asks]
        found: list[tuple[str, datetime]] = []
        days = {"off": 0, "daily": 1, "weekly": 7}[self.frequency]
        for at in self.mornings:
            since = datetime.combine(at.date() - timedelta(days=days), at.timetz())
            told = any(since <= each < at for each in asked)
            if told and (days == 1 or at.weekday() == 0):
                found.append(("summary", at))
        told_of: set[tuple[int, datetime]] = set()
        for at in self.mornings if self.reminders else ():
            # Two days before a session is archived or closed.
            soon = {
                (lasts, each)
                for lasts in (7, 30)
                for each in asked
                if timedelta(days=lasts - 2) < at - each < timedelta(days=lasts)
            }
            if soon - told_of:
                found.append(("reminder", at))
            told_of |= soon
        return found


async def fill(folder: Path, users: list[User]) -> None:
    """Fill the store with all questions that the users will have asked."""
    store = await SQLiteStore.open(folder / "store.sqlite")
    for user in users:
        choices = PreferenceOverrides.model_validate(
            {
                "language_preference": user.language,
                "notification_settings": {
                    "summary_frequency": user.frequency,
                    "session_reminders": user.reminders,
                    "time_zone": user.zone,
                },
            }
        )
        weekly = user.frequency == "weekly"
        due = next_due(BEGIN, user.zone, Notifications(), weekly=weekly)
        morning = next_due(BEGIN, user.zone, Notifications(), weekly=False)
        profile = Profile(
            email=user.email,
            created_at=BEGIN - 9 * DAY,
            preferences=choices,
            summary_due_at=None if user.frequency == "off" else due,
            reminder_due_at=morning if user.reminders else None,
        )
        writes: list[Write] = [Create(profile_key(user.uid), profile)]
        last = BEGIN + DAYS * DAY
        for number, at in enumerate(user.asks):
            key = session_key(user.uid, f"s{number}")
            times = {"created_at": at, "touched_at": at, "oldest_turn_at": at, "last_active": at}
            session = Session(
                session_id=f"s{number}",
                custom_title=f"Question of {user.uid}",
                conversation_count=1,
                **times,
            )
            turn = Conversation(
                session_id=f"s{number}",
                conversation_id="c",
                query="語 مرحبا?",
                timestamp=at,
                recorded_at=at,
            )
            assert at < last
            writes += [Create(key, session), Create(conversation_key(user.uid, key.id, "c"), turn)]
        await store.commit(writes)
    await store.close()


async def doubts(folder: Path, users: list[User]) -> int:
    """How often a mail that may have arrived was sent again. The store has the count, because a process that
    counts may be killed before it reports."""
    store = await SQLiteStore.open(folder / "store.sqlite")
    mails = [
        each.record
        for user in users
        for each in await store.list_changed(mails_of(user.uid), Window(10_000))
    ]
    await store.close()
    return sum(mail.doubts for mail in mails)


class Process:
    """One of the two sending processes; it is restarted after it was killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._given = (str(folder), str(port))
        self._process: subprocess.Popen[str] | None = None
        self.doomed = False
        """Whether it will be killed at a step that it has not reached yet."""
        self.killed = 0

    def begin(self, now: int, last_step: int) -> None:
        """Send the mails due now; with `last_step`, perhaps end before all are sent."""
        if self._process is None or last_step:
            self.end()
            command = [sys.executable, "-m", "tests.e2e.processes.mail_driver", *self._given]
            self._process = subprocess.Popen(
                [*command, str(last_step)],
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert self._process.stdout
            assert self._process.stdout.readline() == "ready\n"
            self.doomed = last_step > 0
        assert self._process.stdin
        self._process.stdin.write(f"{now}\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        """Wait until the hour is done or the process has been killed."""
        assert self._process
        assert self._process.stdout
        if not self._process.stdout.readline():
            assert self._process.wait() == -9
            self._process, self.doomed, self.killed = None, False, self.killed + 1

    def end(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None


async def test_every_due_mail_arrives_and_none_twice_but_in_doubt(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    users = [User(number) for number in range(USERS)]
    await fill(tmp_path, users)
    choice = random.Random(20261129)  # noqa: S311
    hours = DAYS * 24
    all_due = [(user, kind, at) for user in users for kind, at in user.due()]
    # The first hour at whose end each mail is due.
    busy = sorted({-((BEGIN - int(at.timestamp()) * 1_000_000) // HOUR) for *_, at in all_due})
    kills = set(choice.sample(busy, min(KILLS, len(busy))))
    processes = [Process(tmp_path, mailbox.port) for _ in range(2)]
    for hour in range(1, hours + 2):
        now = BEGIN + hour * HOUR
        living = [process for process in processes if not process.doomed]
        victim = choice.choice(living) if living and hour in kills else None
        for process in processes:
            last = choice.randint(1, 12) if process is victim else 0
            await asyncio.to_thread(process.begin, now, last)
        for process in processes:
            await asyncio.to_thread(process.finish)
    for process in processes:
        process.end()

    due = Counter((user.email, user.language == "de", kind) for user, kind, _ in all_due)
    mails = {mail["Message-ID"]: mail for mail in mailbox.arrived}
    twice = len(mailbox.arrived) - len(mails)
    arrived = Counter(
        (str(mail["To"]), mail["Content-Language"] == "de", kind_of(mail))
        for mail in mails.values()
    )
    strangers = {to for to, *_ in arrived} - {to for to, *_ in due}
    killed = sum(process.killed for process in processes)
    doubtful = await doubts(tmp_path, users)
    print(
        f"{due.total()} due, {len(mailbox.arrived)} arrived, {twice} twice, {killed} kills, "
        f"{doubtful} in doubt, {len(strangers)} who had not asked"
    )
    assert not strangers
    assert arrived == due
    assert killed > 0
    assert twice <= doubtful <= AT_ONCE * killed
    for mail in mails.values():
        text = mail.get_body(("plain",))
        assert text is not None
        assert f"Question of {str(mail['To']).partition('@')[0]}" in text.get_content()
        if kind_of(mail) == "summary":
            assert "語 مرحبا?" in text.get_content()


def kind_of(mail: EmailMessage) -> str:
    """Only reminders have links that do something."""
    text = mail.get_body(("plain",))
    assert text is not None
    return "reminder" if "&do=" in text.get_content() else "summary"
