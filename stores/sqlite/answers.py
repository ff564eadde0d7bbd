"""How a thread tells those who wait in the event loop what came of their work."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

Outcome: TypeAlias = tuple[asyncio.Future[Any], Any, BaseException | None]
"""Who waits, and the result or the error."""


def tell(outcomes: Sequence[Outcome]) -> None:
    """In the event loop: tell each who still waits."""
    for answer, result, error in outcomes:
        if answer.done():
            continue
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)
