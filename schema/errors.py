"""What a mutation's payload says when its input is refused."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import strawberry

from resolvers.errors import Code, Refused

strawberry.enum(
    Code, name="UserErrorCode", description="Why an input was refused; nothing was changed."
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
                return payload(
                    user_errors=[
                        UserError(code=p.code, message=p.message, field=list(p.field))
                        for p in refused.problems
                    ]
                )

        return answer

    return decorate
