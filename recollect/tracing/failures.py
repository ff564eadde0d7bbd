"""Records failures in spans."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, StatusCode


@contextmanager
def noting_failure(span: Span) -> Iterator[None]:
    """Note the type of an error that passes, but not its message, which can hold what a user wrote. Work that
    was stopped, because nobody waits for it any more or because it took too long, did not fail."""
    try:
        yield
    except asyncio.CancelledError:
        span.set_attribute("recollect.ended_early", 1)
        raise
    except BaseException as error:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(StatusCode.ERROR)
        raise
