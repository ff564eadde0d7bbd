"""How requests to Firestore are repeated, and what their errors are called."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    Cancelled,
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
    RetryError,
    ServerError,
    ServiceUnavailable,
)
from google.api_core.retry import if_exception_type
from google.api_core.retry_async import AsyncRetry

from stores.ports import RecordChanged, RecordExists, RecordMissing, StoreUnavailable

REQUEST_SECONDS = 5.0
"""How long one request may take."""

SCAN_SECONDS = 60.0
"""How long a page of a scan over all users may take, which nobody waits for."""

PATIENCE_SECONDS = 15.0
"""How long a request is tried again, and how long a transaction may take."""

REFUSED: tuple[type[Exception], ...] = (Aborted, ResourceExhausted)
"""Errors after which nothing has landed."""

UNANSWERED: tuple[type[Exception], ...] = (*REFUSED, ServiceUnavailable)
"""Errors after which it may have landed."""


def retry_on(errors: tuple[type[Exception], ...]) -> AsyncRetry:
    """Try again after these errors, waiting a random time that may double with each try."""
    return AsyncRetry(
        if_exception_type(*errors),
        initial=0.05,
        maximum=2,
        multiplier=2,
        timeout=PATIENCE_SECONDS,
    )


@asynccontextmanager
async def errors_of_service() -> AsyncIterator[None]:
    """StoreUnavailable for every way in which a request can stay without an answer."""
    try:
        yield
    except (Aborted, Cancelled, ResourceExhausted, RetryError, ServerError, TimeoutError) as error:
        raise StoreUnavailable("Firestore can't be reached or did not answer in time") from error


@asynccontextmanager
async def errors_of_commits() -> AsyncIterator[None]:
    """The errors of the port, without Firestore's messages: those name ids of a user."""
    async with errors_of_service():
        try:
            yield
        except AlreadyExists:
            raise RecordExists("a record to create is in place already") from None
        except NotFound:
            raise RecordMissing("a record to update does not exist") from None
        except FailedPrecondition:
            raise RecordChanged("a record was written since it was read") from None
