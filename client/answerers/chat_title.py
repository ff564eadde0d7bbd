"""Asks a chat endpoint for the title of a session, while it answers the session's first question."""

from threading import Thread

import httpx

from client.answerers.chat_reply import Reply

QUESTION_CHARACTERS = 2_000
"""How much of the question is sent."""
SECONDS = 10
"""How long the service may take."""
PATIENCE_SECONDS = 2
"""How long to wait for a title once the answer has arrived."""
WISH = (
    "Give the conversation that begins with this question a title of at most six words, in the "
    "language of the question. Write the title alone, without quotation marks."
)


class TitleRequest:
    """A request for a title, which runs in its own thread so that the answer does not wait."""

    def __init__(self, client: httpx.Client, model: str, question: str) -> None:
        """`client` has the service's base URL and signs in."""
        self._client = client
        self._title: str | None = None
        self._body = {
            "model": model,
            "stream": False,
            "messages": [
                {"role": "system", "content": WISH},
                {"role": "user", "content": question[:QUESTION_CHARACTERS]},
            ],
        }
        self._thread = Thread(target=self._ask, daemon=True)
        self._thread.start()

    def title(self) -> str | None:
        """The title in one line; None if the service returns none in time."""
        self._thread.join(PATIENCE_SECONDS)
        return self._title

    def _ask(self) -> None:
        reply = Reply()
        try:
            response = self._client.post("/chat/completions", json=self._body, timeout=SECONDS)
            response.raise_for_status()
            reply.add(response.json())
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError):
            # A session without a title is named after its first question.
            return
        line = " ".join(reply.answer().text.split()).strip("\"'“”„«»*# .")
        self._title = line[:200] or None
