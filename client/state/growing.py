"""Saves an answer while it grows, so that other tabs and devices see it grow and no crash loses it."""

from threading import Event, Thread

from client.api.client import Client
from client.api.enums import AnswerFailure
from client.api.input_types import ExtendConversationInput
from client.transport import ApiError

EVERY_SECONDS = 1.0


class GrowingAnswer:
    """Sends the answer to a turn part by part, once a second, while it is being written.

    A separate thread sends them, so that the answer is drawn without waiting for the API. A part that can't
    be sent goes with the next one. It stops if another writer has the turn.
    """

    def __init__(self, api: Client, turn_id: str) -> None:
        self._api = api
        self._turn_id = turn_id
        self._text = ""
        self._sent = 0
        self._ended = Event()
        self._thread: Thread | None = None

    def write(self, text: str) -> None:
        """Take the text of the answer so far."""
        self._text = text
        if self._thread is None:
            self._thread = Thread(target=self._send_on, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Stop sending."""
        self._ended.set()
        if self._thread:
            self._thread.join()

    def fail(self, why: AnswerFailure) -> None:
        """Send the rest, and report that no more will come."""
        self.end()
        self._send(why)

    def _send_on(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            if self._sent < len(self._text):
                self._send()

    def _send(self, failure: AnswerFailure | None = None) -> None:
        text = self._text
        part = ExtendConversationInput(
            conversation_id=self._turn_id,
            offset=self._sent,
            text=text[self._sent :],
            failed=failure is not None,
            failure=failure,
        )
        try:
            extended = self._api.extend_turn(part)
        except ApiError:
            return
        if extended.user_errors:
            self._ended.set()
        else:
            self._sent = len(text)
