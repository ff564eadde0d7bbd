"""Where answers come from: one small protocol and its implementations."""

from client.answerers.base import (
    Answer,
    Answerer,
    AnswererError,
    Citation,
    Exchange,
    FinishReason,
    Question,
    Style,
    Waiting,
    Wish,
)
from client.answerers.choose import choose_answerer

__all__ = [
    "Answer",
    "Answerer",
    "AnswererError",
    "Citation",
    "Exchange",
    "FinishReason",
    "Question",
    "Style",
    "Waiting",
    "Wish",
    "choose_answerer",
]
