"""How requests to Firestore are retried, and how its errors are translated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DeadlineExceeded,
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
    RetryError,
    ServerError,
    ServiceUnavailable,
)
from google.api_core.retry import if_exception_type
from google.api_core.retry_async import AsyncRetry

from stores.errors import RecordChanged, RecordExists, RecordMissing, StoreUnavailable

REQUEST_SECONDS = 5.0
"""Time limit of one request, after which it is sent again."""

SCAN_SECONDS = 60.0
"""Time limit of a page of a scan over all users. No caller waits for it."""

PATIENCE_SECONDS = 15.0
"""How long a request is retried, and the time limit of a transaction."""

REFUSED: tuple[type[Exception], ...] = (Aborted, ResourceExhausted)
"""Errors after which certainly nothing was written."""

UNANSWERED: tuple[type[Exception], ...] = (*REFUSED, ServiceUnavailable, DeadlineExceeded)
"""Errors after which a commit may have been written."""


def retry_on(errors: tuple[type[Exception], ...]) -> AsyncRetry:
    """Retry after these errors, with a random pause whose bound doubles each time."""
    return AsyncRetry(
        if_exception_type(*errors),
        initial=0.05,
        maximum=2,
        multiplier=2,
        timeout=PATIENCE_SECONDS,
    )


@asynccontextmanager
async def errors_of_service() -> AsyncIterator[None]:
    """Translate every error by which a request can remain unanswered into StoreUnavailable."""
    try:
        yield
    except (Aborted, Cancelled, ResourceExhausted, RetryError, ServerError, TimeoutError) as error:
        raise StoreUnavailable("Firestore can't be reached or did not answer in time") from error


@asynccontextmanager
async def errors_of_commits() -> AsyncIterator[None]:
    """Translate Firestore's errors into those of the port, without the messages, which contain users' ids."""
    async with errors_of_service():
        try:
            yield
        except AlreadyExists:
            raise RecordExists("a record to be created exists already") from None
        except NotFound:
            raise RecordMissing("a record to be updated does not exist") from None
        except FailedPrecondition:
            raise RecordChanged("a record was written since it was read") from None
