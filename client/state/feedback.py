"""Judgements of answers: kept by the API at once, and passed on to the service that answered, each once."""

import atexit
from collections.abc import Callable
from functools import partial
from threading import Lock, Timer

from client.answerers import Answer, AnswererError
from client.api.fragments import Turn
from client.api.input_types import SubmitFeedbackInput
from client.state.browser_tab import Action, Tab
from client.wording import N_, _

HOLD_SECONDS = 60.0
"""How long a judgement waits for a comment on it, so that both are passed on as one."""
NOT_TAKEN = N_("Your judgement is kept, but the answer service did not take it.")


class _Held:
    """Judgements that wait, by turn. A new one replaces the one before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, tuple[Timer, Callable[[], None]]] = {}
        atexit.register(self.pass_on_all)

    def hold(self, turn_id: str, pass_on: Callable[[], None]) -> None:
        """Pass a judgement on after `HOLD_SECONDS`."""
        timer = Timer(HOLD_SECONDS, self._pass_on, [turn_id])
        timer.daemon = True
        self.drop(turn_id)
        with self._lock:
            self._waiting[turn_id] = timer, pass_on
        timer.start()

    def drop(self, turn_id: str) -> None:
        """Forget a judgement that is still waiting."""
        with self._lock:
            timer, _ = self._waiting.pop(turn_id, (None, None))
        if timer:
            timer.cancel()

    def pass_on_all(self) -> None:
        """Pass on all waiting judgements: the process is about to end."""
        for turn_id in list(self._waiting):
            self._pass_on(turn_id)

    def _pass_on(self, turn_id: str) -> None:
        with self._lock:
            timer, pass_on = self._waiting.pop(turn_id, (None, None))
        if timer and pass_on:
            timer.cancel()
            pass_on()


held = _Held()
"""The waiting judgements of this process."""


def submit_feedback(turn: Turn, score: int | None, comment: str | None) -> Action:
    """Keep a judgement of an answer, and pass it on to the service that gave it.

    One without a comment waits a while for its comment; one that was passed on is not passed on again.
    """

    def action(tab: Tab) -> bool:
        before = turn.feedback
        changed = tab.api.give_feedback(
            SubmitFeedbackInput(conversation_id=turn.id, score=score, comment=comment)
        )
        tab.report(changed.user_errors)
        if changed.user_errors:
            return False
        held.drop(turn.id)
        new_comment = comment if before is None or comment != before.comment else None
        same = before is not None and before.score == score
        if changed.conversation is None or score is None or (same and new_comment is None):
            return True
        pass_on = _passing_on(tab, turn, score, new_comment)
        if pass_on is None:
            return True
        if new_comment is None:
            held.hold(turn.id, pass_on)
        else:
            pass_on()
        return True

    return action


def _passing_on(tab: Tab, turn: Turn, score: int, comment: str | None) -> Callable[[], None] | None:
    """A function that passes a judgement on; None without the turn's text, or if the service wants none."""
    if turn.query is None or turn.answer_token is None:
        return None
    answered = Answer(turn.response or "", token=turn.answer_token)
    give = partial(tab.answerer.give_feedback, turn.query, answered, score, comment)

    def pass_on() -> None:
        try:
            give()
        except AnswererError:
            # Shown when the page runs next, because that run clears earlier messages.
            tab.later(lambda tab: tab.problems.append(_(NOT_TAKEN)))

    return pass_on
