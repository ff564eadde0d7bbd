"""A mail server that is down, slow, or refuses: no mail is lost or sent twice, operators are informed, and no
log contains a user's data."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from recollect.commands.status import status
from recollect.settings.settings import Settings
from resolvers.mail_schedule import TIMES
from stores.records import Profile
from tests.e2e.ports import free_port
from tests.integration.conftest import Api, Clock, running
from tests.integration.use_cases.mails import choose, run, until_hour
from tests.mailbox import Mailbox, mail_server

USERS = [f"user{number}@example.com" for number in range(12)]
TITLE, QUESTION = "Title of nobody else", "Question of nobody else"


@dataclass
class Sending:
    """An API that sends its mails to a port, and the outcome of sending."""

    api: Api
    clock: Clock
    settings: Settings

    @property
    def port(self) -> int:
        return self.settings.smtp_port

    async def run(self) -> None:
        assert self.api.services.post is not None
        await run(self.api, self.clock, self.api.services.post)

    async def until_all_arrived(self, box: Mailbox) -> None:
        """Run every ten minutes for an hour, as scheduled; asserts that each user then has one mail."""
        for _ in range(6):
            self.clock.forward(minutes=10)
            await self.run()
        assert sorted(mail["To"] for mail in box.arrived) == sorted(USERS)

    async def last_user(self) -> str:
        """The user whose summary is sent last."""
        store, due = self.api.services.store, TIMES["summary"]
        profile = (await store.list_due(due, self.clock(), None, len(USERS)))[-1].profile
        assert isinstance(profile, Profile)
        assert profile.email is not None
        return profile.email

    async def told(self) -> str | None:
        """The line of `recollect status` about the mail server, or None."""
        found = await status(self.settings)
        return next((line for line in found.lines if line.startswith("mail server:")), None)

    async def metrics(self) -> dict[str, float]:
        answer = await self.api.http.get("/metrics")
        return {
            sample.labels.get("outcome", sample.name): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name.startswith("recollect_mail")
        }


@pytest.fixture
async def sending(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sending]:
    """Twelve users, each with a summary due."""
    monkeypatch.setattr("recollect.mail.smtp.BACK_OFF", (0.01,))
    settings = Settings(
        data_dir=tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=free_port(),
        smtp_tls="none",
        mail_from="Recollect <recollect@chat.example>",
    )
    async with running(settings) as api:
        for user in USERS:
            await choose(api, user, summaryFrequency="DAILY", sessionReminders=False)
            session = (await api.mutate("createSession", "session { id }", user, title=TITLE))[
                "session"
            ]
            await api.record(QUESTION, user, sessionId=session["id"])
        until_hour(clock)
        yield Sending(api, clock, settings)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    # The mail server's own log is not ours to check.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    caplog.set_level(logging.DEBUG)


def assert_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Assert that no log record contains an address or a text of a user."""
    records = [each for phase in ("setup", "call") for each in caplog.get_records(phase)]
    assert "request" in [each.message for each in records], "the logs are here"
    logged = "\n".join(str(vars(each)) for each in records)
    for private in ("example.com", TITLE, QUESTION, "/unsubscribe/"):
        assert private not in logged


async def test_while_it_is_down_mails_wait(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    await sending.run()
    assert (await sending.told() or "").startswith("mail server: can't be reached since ")
    metrics = await sending.metrics()
    assert (metrics["recollect_mail_server_problem"], metrics["sent"]) == (1, 0)
    with mail_server(port=sending.port) as box:
        await sending.until_all_arrived(box)
    assert await sending.told() is None
    metrics = await sending.metrics()
    assert (metrics["recollect_mail_server_problem"], metrics["sent"]) == (0, 12)
    assert_quiet(caplog)


@pytest.mark.parametrize(
    "refuse",
    [lambda box: setattr(box, "rcpt", "550 Not you"), lambda box: setattr(box, "data", "554 Spam")],
    ids=["every address", "every text"],
)
async def test_one_that_refuses_all_is_asked_ten_times_and_all_mails_wait(
    sending: Sending, refuse: Callable[[Mailbox], None], caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server(port=sending.port) as box:
        refuse(box)
        await sending.run()
        # Mails that were in flight when the tenth was refused add to these.
        assert 10 <= box.tries <= 13
        assert (await sending.told() or "").startswith(
            "mail server: refuses our login or our mails"
        )
        metrics = await sending.metrics()
        assert metrics["recollect_mail_server_problem"] == 1
        assert (metrics["refused"], metrics["sent"]) == (0, 0)
        box.well()
        await sending.until_all_arrived(box)
    assert await sending.told() is None
    assert (await sending.metrics())["sent"] == 12
    assert_quiet(caplog)


async def test_one_address_that_it_refuses_is_given_up_and_the_others_get_their_mail(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    # A refusal is final once the server has accepted another mail: the last user's refusal always is, in
    # whatever order the first mails arrive.
    unknown = await sending.last_user()
    with mail_server(port=sending.port) as box:
        box.refused = unknown
        await sending.run()
        assert sorted(mail["To"] for mail in box.arrived) == sorted(set(USERS) - {unknown})
    assert await sending.told() is None
    metrics = await sending.metrics()
    assert (metrics["refused"], metrics["sent"]) == (1, 11)
    assert metrics["recollect_mail_server_problem"] == 0
    assert_quiet(caplog)


async def test_one_that_is_slow_gets_every_mail_once(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server(port=sending.port) as box:
        box.hang = 0.3
        await sending.until_all_arrived(box)
    assert (await sending.metrics())["doubtful"] == 0
    assert_quiet(caplog)


async def test_one_that_is_too_slow_to_say_that_it_took_them_may_get_them_twice(
    sending: Sending, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post: Any = sending.api.services.post
    known = post._server
    monkeypatch.setattr(post, "_server", replace(known, seconds=1))
    with mail_server(port=sending.port) as box:
        box.hang = 3
        await sending.run()
        assert (await sending.metrics())["sent"] == 0
        # Restore the timeout: on a busy machine one second may be too short even for a fast server.
        monkeypatch.setattr(post, "_server", known)
        box.well()
        for _ in range(6):
            sending.clock.forward(minutes=10)
            await sending.run()
        names = {mail["Message-ID"]: mail["To"] for mail in box.arrived}
        assert sorted(names.values()) == sorted(USERS), (
            "a second copy has the Message-ID of the first"
        )
        twice = len(box.arrived) - len(names)
    metrics = await sending.metrics()
    assert metrics["sent"] == 12
    assert metrics["doubtful"] >= 1
    assert twice <= metrics["doubtful"]
    assert_quiet(caplog)
