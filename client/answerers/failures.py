"""Messages, logs and counts for failed answers; they never contain the service's own words."""

import logging

import httpx
from prometheus_client import CollectorRegistry, Counter

from client.answerers.base import AnswererError, Failure
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


SENTENCES = {
    Failure.UNAUTHENTICATED: N_(
        "The answer service refused this client's sign-in. Ask its operator to allow it; your "
        "question is kept."
    ),
    Failure.OVERLOADED: N_(
        "The answer service is busy. Your question is kept; try again in a few minutes."
    ),
    Failure.CONTEXT_LENGTH: N_(
        "The question, with what was said before, is too long for the answer service. "
        "Ask something shorter, or begin a new session."
    ),
    Failure.TIMEOUT: N_("The answer took too long. Your question is kept; try again."),
    Failure.UNAVAILABLE: N_(
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
    Failure.MAX_TOKENS: N_(
        "The model reached its length limit before it began to answer. Ask something smaller."
    ),
    Failure.OTHER: N_(
        "The answer service could not answer. Your question is kept; try again shortly."
    ),
}
_BY_STATUS = {
    401: Failure.UNAUTHENTICATED,
    403: Failure.UNAUTHENTICATED,
    408: Failure.TIMEOUT,
    413: Failure.CONTEXT_LENGTH,
    429: Failure.OVERLOADED,
    502: Failure.UNAVAILABLE,
    503: Failure.OVERLOADED,
    504: Failure.TIMEOUT,
    529: Failure.OVERLOADED,
}


def of_status(status: int) -> Failure:
    """The failure that an HTTP status stands for. A redirection comes from a proxy that requires a login."""
    if 300 <= status < 400:
        return Failure.UNAUTHENTICATED
    return _BY_STATUS.get(status, Failure.OTHER)


def of_error(error: httpx.HTTPError) -> Failure:
    """The failure that an error of a request stands for."""
    slow = isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout)
    return Failure.TIMEOUT if slow else Failure.UNAVAILABLE


def no_answer(failure: Failure) -> str:
    """A message for the user: why there is no answer, and what to do."""
    return _(SENTENCES[failure])


def failed(answerer: str, failure: Failure, status: int | None = None) -> AnswererError:
    """Log and count a failure; returns the error to raise."""
    OUTCOMES.labels(answerer, failure).inc()
    log.warning("no answer: answerer=%s failure=%s status=%s", answerer, failure, status)
    return AnswererError(no_answer(failure), failure)
