"""Awaits the fields of an object together."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def together(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Their values. If one fails, the others are cancelled, and its error is raised once they have ended: as
    graphql-core's `gather_with_cancel` does, which takes twice as long."""
    start = asyncio.get_running_loop().create_task
    tasks = [start(each) for each in coroutines]
    failed: list[BaseException] = []

    def ended(task: asyncio.Future[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not failed:
            failed.append(error)
            for other in tasks:
                other.cancel()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        return [await task for task in tasks]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if failed:
            raise failed[0] from None
        raise
