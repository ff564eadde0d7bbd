"""How a use case says no.

`Refused` is everything that input can cause; its messages are written for the caller. The rest
(`Busy`, and the stores' and warehouses' own errors) is nobody's fault and may be tried again.
"""

from dataclasses import dataclass
from enum import Enum


class Code(Enum):
    """Why an input was refused."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    SESSION_EXPIRED = "SESSION_EXPIRED"
    ACCOUNT_ERASING = "ACCOUNT_ERASING"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason: what is wrong with which field, the limit, and what to do about it."""

    code: Code
    message: str
    field: tuple[str, ...] = ()


class Refused(Exception):
    """The input can't be carried out; nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.code.value for problem in problems))
        self.problems = problems


class Forbidden(Exception):
    """The viewer may not do this, whatever the input; nothing was changed."""


class Busy(Exception):
    """Other writers came first time after time; nothing was changed, and trying again may help."""


def not_found(what: str, *field: str) -> Refused:
    """The refusal of an id that names nothing of the viewer's, whoever else it may belong to."""
    return Refused(
        Problem(Code.NOT_FOUND, f"No such {what}: it does not exist or was deleted.", field)
    )


def conflict(message: str, *field: str) -> Refused:
    """The refusal of an input that contradicts what is stored."""
    return Refused(Problem(Code.CONFLICT, message, field))


def invalid(message: str, *field: str) -> Refused:
    """The refusal of an input that can't be right, whatever is stored."""
    return Refused(Problem(Code.INVALID, message, field))


def erasing() -> Refused:
    """The refusal of every change while all of a user's data is being erased."""
    return Refused(
        Problem(
            Code.ACCOUNT_ERASING,
            "All of your data is being erased; start again when that is done.",
        )
    )
