"""Requests to answer services, retried while a service is busy."""

import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from client.answerers.base import Waiting

BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
TRIES = 4
"""Maximum attempts while a service is busy."""
WAIT_SECONDS = 60
"""Seconds to wait in total; a service that asks for more is not asked again."""

IDLE_SECONDS = 2
"""Seconds an unused connection is kept: fewer than servers keep it, so that it is never found closed."""


def http_client(url: str, auth: httpx.Auth | None) -> httpx.Client:
    """A client for the service at `url`, which may take two minutes to answer."""
    return httpx.Client(base_url=url.rstrip("/"), auth=auth, timeout=httpx.Timeout(120, connect=10))


def until_free(
    send: Callable[[], httpx.Response],
    status: Callable[[httpx.Response], int] = lambda response: response.status_code,
) -> Generator[Waiting, None, httpx.Response]:
    """Send a request until the service is not busy or the time is up; yields while it waits.

    Raises `httpx.HTTPError`.
    """
    waited = 0
    for attempt in range(1, TRIES + 1):
        response = send()
        seconds = _asked_to_wait(response, attempt)
        busy = status(response) in BUSY
        if not busy or attempt == TRIES or waited + seconds > WAIT_SECONDS:
            break
        response.close()
        waited += seconds
        for left in range(seconds, 0, -1):
            yield Waiting(left)
            time.sleep(1)
    return response


def _asked_to_wait(response: httpx.Response, attempt: int) -> int:
    """Seconds to wait according to the header Retry-After, a number or a date; without it 2, 4, 8."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isdecimal():
        return max(1, int(given))
    try:
        left = parsedate_to_datetime(given) - datetime.now(UTC)
    except (ValueError, TypeError):
        return int(2**attempt)
    return max(1, round(left.total_seconds()))
