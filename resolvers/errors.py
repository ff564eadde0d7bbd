"""The errors of use cases.

`Refused` covers everything that input can cause; its messages are for the caller. The other errors
(`Busy`, and those of stores and warehouses) are temporary, and the caller may retry.
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
    """One reason for a refusal: the field, what is wrong, the limit, and what to do."""

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
    """Other writers were faster again and again. Nothing was changed; a retry may help."""


def not_found(what: str, *field: str) -> Refused:
    """Refuse an id that names none of the viewer's records, whether or not it is another user's."""
    return Refused(
        Problem(Code.NOT_FOUND, f"No such {what}: it does not exist or was deleted.", field)
    )


def conflict(message: str, *field: str) -> Refused:
    """Refuse an input that contradicts what is stored."""
    return Refused(Problem(Code.CONFLICT, message, field))


def invalid(message: str, *field: str) -> Refused:
    """Refuse an input that can't be valid, whatever is stored."""
    return Refused(Problem(Code.INVALID, message, field))


def erasing() -> Refused:
    """Refuse a change while all of a user's data is being erased."""
    return Refused(
        Problem(
            Code.ACCOUNT_ERASING,
            "All of your data is being erased; you can start again when that is done.",
        )
    )
