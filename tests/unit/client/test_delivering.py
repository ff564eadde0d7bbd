"""An answer that could not be saved is saved later, by whichever run of the page gets to it first."""

from types import SimpleNamespace
from typing import cast

from client.answerers import Answer
from client.state.answering import deliver
from client.state.browser_tab import Given, Tab


def test_an_answer_that_another_run_delivers_at_the_same_time_is_delivered() -> None:
    given = Given(Answer("Because."), 1200)
    held = {"turn": given}

    def complete_turn(completed: object) -> object:
        held.clear()
        return SimpleNamespace(conversation=SimpleNamespace(text_saved=True), user_errors=[])

    api = SimpleNamespace(complete_turn=complete_turn)
    deliver(cast(Tab, SimpleNamespace(api=api, given=held, problems=[])), "turn")
    assert given.saved
    assert held == {}
