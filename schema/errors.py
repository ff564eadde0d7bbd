"""What a mutation's payload says when its input is refused."""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

import strawberry

from resolvers.errors import Code, Problem, Refused
from schema.descriptions import publish

publish(
    Code,
    "UserErrorCode",
    "Why an input was refused; nothing was changed. Further codes may be added: treat one that you "
    "don't know like INVALID.",
    {
        Code.INVALID: "It can't be right, whatever is stored; `field` and the message say why.",
        Code.NOT_FOUND: "An id names nothing of the viewer's.",
        Code.CONFLICT: "It contradicts what is stored, such as an id that is taken.",
        Code.LIMIT_EXCEEDED: "There would be too much of something.",
        Code.SESSION_EXPIRED: "The session was idle for too long; restore it first.",
        Code.ACCOUNT_ERASING: "All of the viewer's data is being erased.",
        Code.FORBIDDEN: "This installation, or what the viewer is, does not allow it.",
        Code.UNAVAILABLE: "It can't be done at the moment; try again.",
    },
)


@strawberry.type(description="One reason why an input was refused.")
class UserError:
    code: Code = strawberry.field(description="The kind of problem, for programs.")
    message: str = strawberry.field(
        description="What is wrong, the limit and what to do, for people."
    )
    field: list[str] = strawberry.field(
        description="The path of the input field at fault; empty if no single one is."
    )


P = ParamSpec("P")
T = TypeVar("T")


def user_errors(problems: Iterable[Problem]) -> list[UserError]:
    """The GraphQL form of why an input was refused."""
    return [
        UserError(code=problem.code, message=problem.message, field=list(problem.field))
        for problem in problems
    ]


def refusable(
    payload: Callable[..., T],
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Let a mutation answer a refused input with a payload that has user errors and nothing else."""

    def decorate(mutation: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(mutation)
        async def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await mutation(*args, **kwargs)
            except Refused as refused:
                return payload(user_errors=user_errors(refused.problems))

        return answer

    return decorate
