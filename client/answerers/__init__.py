"""Where answers come from: one small protocol and its implementations."""

from client.answerers.base import (
    Answer,
    Answerer,
    AnswererError,
    Citation,
    Exchange,
    Failure,
    FinishReason,
    Question,
    Style,
    Waiting,
    Wish,
)
from client.answerers.choose import choose_answerer
from client.answerers.failures import no_answer

__all__ = [
    "Answer",
    "Answerer",
    "AnswererError",
    "Citation",
    "Exchange",
    "Failure",
    "FinishReason",
    "Question",
    "Style",
    "Waiting",
    "Wish",
    "choose_answerer",
    "no_answer",
]
