"""What is said, logged and counted if there is no answer; never the service's own words."""

import logging
from enum import StrEnum

import httpx
from prometheus_client import CollectorRegistry, Counter

from client.answerers.base import AnswererError
from client.wording import N_, _

# Its own registry: Streamlit may import this module again when a file changes.
REGISTRY = CollectorRegistry()
OUTCOMES = Counter(
    "recollect_client_answers",
    "Questions by their outcome.",
    ["answerer", "outcome"],
    registry=REGISTRY,
)
log = logging.getLogger(__name__)


class Failure(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    BUSY = "busy"
    QUESTION_TOO_LONG = "question_too_long"
    TOO_SLOW = "too_slow"
    UNREACHABLE = "unreachable"
    EMPTY = "empty"
    FILTERED = "filtered"
    NO_ROOM = "no_room"
    FAILED = "failed"


SENTENCES = {
    Failure.REFUSED: N_(
        "The answer service refused this client's sign-in. Ask its operator to allow it; your "
        "question is kept."
    ),
    Failure.BUSY: N_(
        "The answer service is busy. Your question is kept; try again in a few minutes."
    ),
    Failure.QUESTION_TOO_LONG: N_(
        "The question, with what was said before, is too long for the answer service. "
        "Ask something shorter, or begin a new session."
    ),
    Failure.TOO_SLOW: N_("The answer took too long. Your question is kept; try again."),
    Failure.UNREACHABLE: N_(
        "The answer service can't be reached at the moment. Your question is kept; try "
        "again shortly."
    ),
    Failure.EMPTY: N_(
        "The answer service gave an empty answer. Your question is kept; try again, or ask it in "
        "other words."
    ),
    Failure.FILTERED: N_(
        "The answer service's content filter held the answer back. Ask it in other words."
    ),
    Failure.NO_ROOM: N_(
        "The model reached its length limit before it began to answer. Ask something smaller."
    ),
    Failure.FAILED: N_(
        "The answer service could not answer. Your question is kept; try again shortly."
    ),
}
_BY_STATUS = {
    401: Failure.REFUSED,
    403: Failure.REFUSED,
    408: Failure.TOO_SLOW,
    413: Failure.QUESTION_TOO_LONG,
    429: Failure.BUSY,
    502: Failure.UNREACHABLE,
    503: Failure.BUSY,
    504: Failure.TOO_SLOW,
    529: Failure.BUSY,
}


def of_status(status: int) -> Failure:
    """What an HTTP status means here. A redirection comes from a proxy that wants a login."""
    if 300 <= status < 400:
        return Failure.REFUSED
    return _BY_STATUS.get(status, Failure.FAILED)


def of_error(error: httpx.HTTPError) -> Failure:
    """What it means if a request ended with this reason."""
    slow = isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout)
    return Failure.TOO_SLOW if slow else Failure.UNREACHABLE


def failed(answerer: str, failure: Failure, status: int | None = None) -> AnswererError:
    """The error to raise, which is logged and counted."""
    OUTCOMES.labels(answerer, failure).inc()
    log.warning("no answer: answerer=%s failure=%s status=%s", answerer, failure, status)
    return AnswererError(_(SENTENCES[failure]))
