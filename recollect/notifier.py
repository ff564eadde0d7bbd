"""Sends mails: by itself on the embedded default, by schedule (`recollect notify`) in production."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from recollect.services import Services, clock
from resolvers.context import Context, Viewer
from resolvers.notifications.outgoing_mail import MailTransport
from resolvers.notifications.run import Report, Run
from stores.errors import StoreError

INTERVAL_SECONDS = 60.0

log = logging.getLogger(__name__)


def mail_run(
    services: Services,
    post: MailTransport,
    now: Callable[[], int],
    *,
    rehearsal: bool = False,
    report: Report = lambda more: None,
) -> Run:
    """A run that sends the mails due at `now` by `post`."""

    def context_of(uid: str) -> Context:
        return services.context(Viewer(uid, None), now)

    return Run(services.store, context_of, post, rehearsal, report)


async def send_due(services: Services, run: Run, now: int) -> Mapping[str, int]:
    """Let a run send everything that is due at `now`; returns the number of mails by outcome."""
    with services.tracing.job("mails") as count:
        done = await run.send_all(now)
        count(done)
    return done


async def notify(services: Services) -> Mapping[str, int]:
    """Send everything that is due now; returns the number of mails by outcome."""
    if services.post is None:
        return {}
    return await send_due(services, mail_run(services, services.post, clock), clock())


async def notify_until(stop: asyncio.Event, services: Services) -> None:
    """Send what is due every minute until `stop` is set; a failure is logged and tried again later."""
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), INTERVAL_SECONDS)
            return
        try:
            if done := await notify(services):
                log.info("mails", extra={"done": dict(done)})
        except (StoreError, OSError) as error:
            log.warning("mails failed", extra={"error": type(error).__name__})
