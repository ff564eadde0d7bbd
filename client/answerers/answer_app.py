"""The answer app: `POST /answer` and `POST /feedback`.

https://github.com/doughayden/answer-app
"""

import base64
from collections.abc import Iterator
from typing import Any

import httpx

from client.answerers.base import Answer, AnswererError, Question

NEW_SESSION = "-"
UNREACHABLE = (
    "The answer service can't be reached at the moment. Your question is kept; try again shortly."
)
REFUSED = (
    "The answer service did not answer (status {status}). Your question is kept; try again shortly."
)
UNEXPECTED = "The answer service gave no proper answer. Your question is kept; try again shortly."


class AnswerApp:
    """The answer app at a URL."""

    notice: str | None = None

    def __init__(self, url: str, token: str | None) -> None:
        """`token` is the bearer token it wants, if it wants one."""
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(120, connect=10),
        )

    def answer(self, question: Question) -> Iterator[str | Answer]:
        """Ask, within the service's own session; one that is gone is begun anew, and the answer says so."""
        resumed = question.service_session
        response = self._ask(question, resumed or NEW_SESSION)
        forgot = bool(resumed) and response.status_code in _SESSION_GONE
        if forgot:
            response = self._ask(question, NEW_SESSION)
        if response.status_code != httpx.codes.OK:
            raise AnswererError(REFUSED.format(status=response.status_code))
        answer = _answer(response, forgot=forgot)
        yield answer.text
        yield answer

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Pass a judgement on; without the token of an answer there is nothing to judge."""
        if answer.token is None:
            return
        self._post(
            "/feedback",
            {
                "answer_query_token": answer.token,
                "question": question,
                "answer_text": answer.text,
                "feedback_value": score,
                "feedback_text": comment,
            },
        )

    def _ask(self, question: Question, session: str) -> httpx.Response:
        return self._post(
            "/answer",
            {
                "question": question.text,
                "session_id": session,
                "user_pseudo_id": question.user,
                # Fields that the answer app may follow, and otherwise ignores.
                "response_style": question.style,
                "language": question.language,
                "show_citations": question.citations,
            },
        )

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        try:
            return self._client.post(path, json=body)
        except httpx.HTTPError:
            raise AnswererError(UNREACHABLE) from None


_SESSION_GONE = {httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND, httpx.codes.GONE}


def _answer(response: httpx.Response, *, forgot: bool) -> Answer:
    try:
        body = response.json()
        text = base64.b64decode(body["markdown"], validate=True).decode()
        session = body.get("session")
        name = str(session["name"]).rpartition("/")[2] if session else None
        return Answer(
            text, service_session=name, token=body.get("answer_query_token"), forgot=forgot
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise AnswererError(UNEXPECTED) from None
