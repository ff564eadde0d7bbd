"""A post that keeps its letters, and users whose mails are due."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from recollect.notifier import mail_run
from resolvers.notifications.outgoing_mail import MailTransport, OutgoingMail, Reminder, Summary
from tests.integration.conftest import ANNA, Api, Clock

SETTINGS = (
    "mutation ($given: PreferencesInput!) { updatePreferences(input: { preferences: $given }) "
    "{ userErrors { code } } }"
)


@dataclass
class RecordingTransport:
    """Keeps every letter, or raises the next of `failures`."""

    letters: list[OutgoingMail] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def send(self, letter: OutgoingMail) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.letters.append(letter)

    async def close(self) -> None:
        pass

    @property
    def summaries(self) -> list[Summary]:
        return [each.content for each in self.letters if isinstance(each.content, Summary)]

    @property
    def reminders(self) -> list[Reminder]:
        return [each.content for each in self.letters if isinstance(each.content, Reminder)]


async def choose(api: Api, user: str = ANNA, **settings: Any) -> None:
    done = await api.call(SETTINGS, user, given={"notificationSettings": settings})
    assert done["updatePreferences"]["userErrors"] == []


async def run(api: Api, clock: Clock, post: MailTransport, *, rehearsal: bool = False) -> Any:
    """Send the mails that are due by the test's clock."""
    return await mail_run(api.services, post, clock, rehearsal=rehearsal).send_all(clock())


def until_hour(clock: Clock, hour: int = 8) -> None:
    """Move the clock to a few minutes after an hour of the next day (UTC)."""
    now = datetime.fromtimestamp(clock() / 1_000_000, UTC)
    then = now.replace(hour=hour, minute=5, second=0) + timedelta(days=1)
    clock.forward(seconds=(then - now).total_seconds())
