"""The fingerprint by which a repeated request to record a turn is recognised."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.conversations.answers import Answer
from resolvers.conversations.recording import NewTurn, turn_fingerprint
from resolvers.digests import Digests

ANSWER = Answer(
    response="Because.",
    response_time_ms=12,
    citations=[{"uri": "https://a.example"}],
    answer_token="t",
)
TURN = NewTurn("Why?", answer=ANSWER, timestamp=datetime(2026, 1, 2, tzinfo=UTC), metadata={"k": 1})


def fingerprint(request: NewTurn) -> str:
    return turn_fingerprint(Digests(b"k" * 32), request)


def test_a_request_from_before_turns_told_what_answered_is_still_recognised() -> None:
    # Computed by the release before these fields were added.
    assert fingerprint(TURN) == "e919421ff5ab459e47b512e3fdd061df05f26f262cbe65ec448b3f1039150efe"


@pytest.mark.parametrize(
    "told",
    [
        {"model": "gpt-4o"},
        {"input_tokens": 0},
        {"output_tokens": 0},
        {"finish_reason": "stop"},
        {"first_token_ms": 0},
    ],
)
def test_requests_that_tell_another_answerer_are_different(told: dict[str, Any]) -> None:
    assert fingerprint(replace(TURN, answer=replace(ANSWER, **told))) != fingerprint(TURN)
