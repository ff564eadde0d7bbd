"""The errors in a mutation's payload when its input is refused."""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

import strawberry

from resolvers.errors import Code, Problem, Refused
from schema.descriptions import publish

publish(
    Code,
    "UserErrorCode",
    "Why an input was refused; nothing was changed. More codes may be added: treat an unknown one "
    "like INVALID.",
    {
        Code.INVALID: "The input can't be right, whatever is stored; `field` and the message say "
        "why.",
        Code.NOT_FOUND: "The viewer has nothing with this id.",
        Code.CONFLICT: "The input contradicts what is stored; for example, an id is in use.",
        Code.LIMIT_EXCEEDED: "A limit would be exceeded.",
        Code.SESSION_EXPIRED: "The session was idle for too long; restore it first.",
        Code.ACCOUNT_ERASING: "All of the viewer's data is being erased.",
        Code.FORBIDDEN: "This installation does not allow it, or this viewer may not do it.",
        Code.UNAVAILABLE: "It can't be done at the moment; try again later.",
    },
)


@strawberry.type(description="One reason why an input was refused.")
class UserError:
    code: Code = strawberry.field(description="The kind of problem, for programs.")
    message: str = strawberry.field(
        description="What is wrong, the limit, and what to do, for people."
    )
    field: list[str] = strawberry.field(
        description="The path of the input field that is wrong; empty if it is not a single one."
    )


P = ParamSpec("P")
T = TypeVar("T")


def user_errors(problems: Iterable[Problem]) -> list[UserError]:
    """The reasons of a refusal as GraphQL objects."""
    return [
        UserError(code=problem.code, message=problem.message, field=list(problem.field))
        for problem in problems
    ]


def refusable(
    payload: Callable[..., T],
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Make a mutation answer a refused input with a payload that only contains user errors."""

    def decorate(mutation: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(mutation)
        async def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await mutation(*args, **kwargs)
            except Refused as refused:
                return payload(user_errors=user_errors(refused.problems))

        return answer

    return decorate
