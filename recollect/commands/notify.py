"""Sends the mails that are due."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from recollect.mail.folder import FolderPost
from recollect.notifier import mail_run, send_due
from recollect.services import clock, open_services, sender_of
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings
from resolvers.input_limits import microseconds
from resolvers.notifications.run import Report
from stores.mail_records import Problem

PROBLEMS = {
    "unreachable": "can't be reached",
    "insecure": "offers no encryption, or has a certificate that is not trusted",
    "refuses": "refuses our login or our mails",
}


@dataclass(frozen=True, slots=True)
class Notified:
    """The number of mails by outcome, and the reason if the run ended early."""

    done: Mapping[str, int]
    problem: Problem


def moment_of(text: str) -> datetime:
    """A time in ISO 8601; in UTC if it has no offset. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def notify_all(settings: Settings, at: datetime | None, folder: Path | None) -> Notified:
    """Send everything that is due, now or as if it were `at`; with a `folder`, only write the mails there.

    Raises `SettingsError` if nothing can be sent, and the errors of the store.
    """
    async with open_services(settings) as services:
        post = services.post if folder is None else FolderPost(folder, sender_of(settings))
        if post is None:
            raise SettingsError(
                ["RECOLLECT_SMTP_HOST: no mail server is set, so that no mail can be sent"]
            )
        now = clock if at is None else lambda: microseconds(at)
        with _progress() as report:
            run = mail_run(services, post, now, rehearsal=folder is not None, report=report)
            done = await send_due(services, run, now())
    return Notified(done, run.problem)


@contextmanager
def _progress() -> Iterator[Report]:
    """A progress bar on standard error, if that is a terminal. The number of mails is not known in
    advance."""
    with click.progressbar(length=1, label="Mails", file=sys.stderr) as bar:

        def report(more: int) -> None:
            bar.length = (bar.length or 0) + more
            bar.update(more)

        yield report
        bar.update((bar.length or 0) - bar.pos)
