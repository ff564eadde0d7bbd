"""Mails over a real SMTP server: two processes send them hour by hour and are killed at random steps.

MAIL_USERS=500 MAIL_DAYS=28 MAIL_KILLS=20 make it four weeks of 500 users.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from recollect.mail.message import Sender
from recollect.mail.smtp import MailServer, SmtpPost
from resolvers.configuration import Notifications
from resolvers.mail_schedule import next_due
from resolvers.notifications.letters import (
    AddressRefused,
    Doubtful,
    Letter,
    PutOff,
    ServerAway,
    SessionSummary,
    Summary,
)
from stores.keys import conversation_key, profile_key, session_key
from stores.ports import Create, Write
from stores.records import Conversation, PreferenceOverrides, Profile, Session
from stores.sqlite.store import SQLiteStore
from tests.e2e.ports import free_port

USERS = int(os.environ.get("MAIL_USERS", "8"))
DAYS = int(os.environ.get("MAIL_DAYS", "2"))
KILLS = int(os.environ.get("MAIL_KILLS", "4"))
BEGIN = int(datetime(2026, 11, 29, tzinfo=UTC).timestamp()) * 1_000_000
HOUR, DAY = 3_600_000_000, 86_400_000_000
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Auckland")
FREQUENCIES = ("off", "daily", "weekly", "daily")
LANGUAGES = ("en", "de", "ja")


@dataclass
class Mailbox:
    """An SMTP server's handler: keeps what arrives, and answers as it is told."""

    arrived: list[EmailMessage] = field(default_factory=list)
    rcpt: str | None = None
    """The answer to a recipient, if not the usual one."""
    data: str | None = None
    hang: float = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.hang)
        if self.data:
            return self.data
        found = message_from_bytes(envelope.content, policy=default)
        self.arrived.append(found)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@dataclass(frozen=True)
class User:
    """Someone who asks a question at noon (UTC) of every day whose number `every` divides."""

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
    def asks(self) -> list[int]:
        every = 1 + self.number % 3
        return [BEGIN + day * DAY + 12 * HOUR for day in range(-8, DAYS) if day % every == 0]

    def due(self) -> list[date]:
        """The days of the user's own on which a summary must arrive, by the words of the documents."""
        if self.frequency == "off":
            return []
        zone, days = ZoneInfo(self.zone), 7 if self.frequency == "weekly" else 1
        asked = [datetime.fromtimestamp(at // 1_000_000, UTC) for at in self.asks]
        begin = datetime.fromtimestamp(BEGIN // 1_000_000, UTC)
        found = []
        for number in range(-1, DAYS + 2):
            day = begin.date() + timedelta(days=number)
            at = datetime(day.year, day.month, day.day, 8, tzinfo=zone)
            since = datetime.combine(day - timedelta(days=days), at.timetz())
            if not begin < at <= begin + timedelta(days=DAYS):
                continue
            if self.frequency == "weekly" and day.weekday() != 0:
                continue
            if any(since <= each < at for each in asked):
                found.append(day)
        return found


async def fill(folder: Path, users: list[User]) -> None:
    """The store, with all that the users will have asked."""
    store = await SQLiteStore.open(folder / "store.sqlite")
    for user in users:
        choices = PreferenceOverrides.model_validate(
            {
                "language_preference": user.language,
                "notification_settings": {
                    "summary_frequency": user.frequency,
                    "session_reminders": False,
                    "time_zone": user.zone,
                },
            }
        )
        weekly = user.frequency == "weekly"
        due = next_due(BEGIN, user.zone, Notifications(), weekly=weekly)
        profile = Profile(
            email=user.email,
            created_at=BEGIN - 9 * DAY,
            preferences=choices,
            summary_due_at=None if user.frequency == "off" else due,
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


class Process:
    """One of the two that send; it is started again after it was killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._given = (str(folder), str(port))
        self._process: subprocess.Popen[str] | None = None
        self.doubtful = 0
        self.killed = 0

    def begin(self, now: int, last_step: int) -> None:
        """Send what is due now; with `last_step`, perhaps end before that is done."""
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
        assert self._process.stdin
        self._process.stdin.write(f"{now}\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        """Wait until the hour is done, or the process was killed."""
        assert self._process
        assert self._process.stdout
        answer = self._process.stdout.readline()
        if answer:
            self.doubtful += int(answer.split()[1])
        else:
            assert self._process.wait() == -9
            self._process, self.killed = None, self.killed + 1

    def end(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None


async def test_every_due_mail_arrives_and_none_twice_but_in_doubt(
    tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    users = [User(number) for number in range(USERS)]
    await fill(tmp_path, users)
    choice = random.Random(20261129)  # noqa: S311
    hours = DAYS * 24
    busy = [hour for hour in range(2, hours) if any(_due_in(user, hour) for user in users)]
    kills = set(choice.sample(busy, min(KILLS, len(busy))))
    processes = [Process(tmp_path, port) for _ in range(2)]
    for hour in range(1, hours + 2):
        now = BEGIN + hour * HOUR
        victim = choice.randrange(2)
        for number, process in enumerate(processes):
            last = choice.randint(1, 12) if hour in kills and number == victim else 0
            await asyncio.to_thread(process.begin, now, last)
        for process in processes:
            await asyncio.to_thread(process.finish)
    for process in processes:
        process.end()

    due = Counter((user.email, user.language == "de") for user in users for _ in user.due())
    mails = {mail["Message-ID"]: mail for mail in box.arrived}
    twice = len(box.arrived) - len(mails)
    arrived = Counter(
        (str(mail["To"]), mail["Content-Language"] == "de") for mail in mails.values()
    )
    killed = sum(process.killed for process in processes)
    doubtful = sum(process.doubtful for process in processes)
    print(
        f"{due.total()} due, {len(box.arrived)} arrived, {twice} twice, {killed} kills, "
        f"{doubtful} in doubt"
    )
    assert arrived == due
    assert killed > 0
    assert twice <= doubtful <= killed
    for mail in mails.values():
        text = mail.get_body(("plain",))
        assert text is not None
        assert f"Question of {str(mail['To']).partition('@')[0]}" in text.get_content()
        assert "語 مرحبا?" in text.get_content()


def _due_in(user: User, hour: int) -> bool:
    begin, end = BEGIN + (hour - 1) * HOUR, BEGIN + hour * HOUR
    zone = ZoneInfo(user.zone)
    times = (datetime(day.year, day.month, day.day, 8, tzinfo=zone) for day in user.due())
    return any(begin < int(at.timestamp()) * 1_000_000 <= end for at in times)


LETTER = Letter(
    "anna@example.com",
    Summary(0, DAY, [SessionSummary("s", "Title", 1)], []),
    "name",
    "en",
    "UTC",
    "word",
)


def post_to(port: int, seconds: float = 60) -> SmtpPost:
    sender = Sender("Recollect <recollect@chat.example>", "https://c.example", "https://a.example")
    return SmtpPost(MailServer("127.0.0.1", port, "none", seconds=seconds), sender)


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ({"rcpt": "550 No such user"}, AddressRefused),
        ({"rcpt": "450 Busy"}, PutOff),
        ({"rcpt": "421 Going down"}, ServerAway),
        ({"data": "554 Not that"}, AddressRefused),
        ({"data": "451 Later"}, PutOff),
        ({"hang": 3}, Doubtful),
    ],
    ids=["refused", "busy", "leaving", "content", "later", "silent"],
)
async def test_each_answer_of_the_mail_server_is_told_apart_and_the_next_mail_goes(
    mailbox: tuple[Mailbox, int], answers: dict[str, Any], raised: type[Exception]
) -> None:
    box, port = mailbox
    post = post_to(port, seconds=1)
    for name, value in answers.items():
        setattr(box, name, value)
    with pytest.raises(raised):
        await post.send(LETTER)
    box.rcpt, box.data, box.hang = None, None, 0
    box.arrived.clear()
    await post.send(LETTER)
    await post.close()
    assert "<name@chat.example>" in [mail["Message-ID"] for mail in box.arrived]


async def test_a_mail_server_that_is_down_is_tried_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recollect.mail.smtp.BACK_OFF", (0.01, 0.01))
    with pytest.raises(ServerAway) as away:
        await post_to(free_port()).send(LETTER)
    assert away.value.problem == "unreachable"


async def test_a_slow_mail_server_gets_its_mail(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    box.hang = 0.5
    post = post_to(port, seconds=30)
    await asyncio.gather(*(post.send(LETTER) for _ in range(3)))
    await post.close()
    assert len(box.arrived) == 3
