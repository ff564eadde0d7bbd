"""The answer app: `POST /answer` and `POST /feedback`.

https://github.com/doughayden/answer-app answers every failure with 500 and the text of the exception.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from client.answerers.answer_app_answers import read_answer
from client.answerers.base import GENERAL_EXAMPLES, Answer, Failure, Question, Waiting, Wish
from client.answerers.failures import OUTCOMES, failed, of_error, of_status
from client.answerers.requests import http_client, until_free
from client.wording import N_

NAME = "answer-app"
NEW_SESSION = "-"
# A session that is gone or belongs to another user is 404; an invalid id is 400.
_NO_SESSION = {httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND, httpx.codes.GONE}


class AnswerApp:
    """The answer app at a URL."""

    notice: str | None = None
    examples: Sequence[str] = GENERAL_EXAMPLES
    follows: frozenset[Wish] = frozenset()
    keeps: str | None = N_(
        "The answer service keeps its own records of questions and answers. What you delete or erase "
        "here is not deleted there."
    )

    def __init__(self, url: str, auth: httpx.Auth | None, *, by_email: bool = False) -> None:
        """If `by_email`, the service knows users by their verified address, not by an opaque key."""
        self._client = http_client(url, auth)
        self._by_email = by_email

    def models(self) -> Sequence[str]:
        """It has one model and does not name it."""
        return ()

    def answer(self, question: Question) -> Iterator[str | Waiting | Answer]:
        """Ask within the service's own session. If it is gone, begin a new one and say so."""
        resumed = question.service_session
        try:
            response = yield from until_free(self._ask(question, resumed or NEW_SESSION), _status)
            forgot = bool(resumed) and _status(response) in _NO_SESSION
            if forgot:
                response = yield from until_free(self._ask(question, NEW_SESSION), _status)
        except httpx.HTTPError as error:
            raise failed(NAME, of_error(error)) from None
        if not response.is_success:
            status = _status(response)
            raise failed(NAME, of_status(status), status)
        answer = _read(response, forgot=forgot)
        OUTCOMES.labels(NAME, "answered").inc()
        yield answer.text
        yield answer

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Pass on a judgement. Without an answer's token there is nothing to judge."""
        if answer.token is None:
            return
        body = {
            "answer_query_token": answer.token,
            "question": question,
            "answer_text": answer.text,
            "feedback_value": score,
            "feedback_text": comment,
        }
        try:
            response = self._client.post("/feedback", json=body)
        except httpx.HTTPError as error:
            raise failed(NAME, of_error(error)) from None
        if not response.is_success:
            status = _status(response)
            raise failed(NAME, of_status(status), status)

    def _ask(self, question: Question, session: str) -> Callable[[], httpx.Response]:
        email = question.email if self._by_email else None
        body = {
            "question": question.text,
            "session_id": session,
            "user_pseudo_id": email or question.user,
        }
        return lambda: self._client.post("/answer", json=body)


def _status(response: httpx.Response) -> int:
    """The intended status: for a 500, the one its detail begins with."""
    if response.status_code != httpx.codes.INTERNAL_SERVER_ERROR:
        return response.status_code
    meant = re.match(r'\s*\{\s*"detail"\s*:\s*"([45]\d\d)\b', response.text)
    return int(meant[1]) if meant else response.status_code


def _read(response: httpx.Response, *, forgot: bool) -> Answer:
    try:
        body: Any = response.json()
        answer = read_answer(body, forgot=forgot)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise failed(NAME, Failure.OTHER, response.status_code) from None
    if not answer.text.strip():
        raise failed(NAME, Failure.EMPTY, response.status_code)
    return answer
