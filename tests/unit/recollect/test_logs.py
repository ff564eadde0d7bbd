"""What a log entry holds of a failure that nobody caught."""

import asyncio
import gc
import json
import logging
from collections.abc import Callable, Coroutine

import pytest

from recollect.logs import JsonFormatter

WRITTEN = "what a user wrote"


async def _fail(_: str) -> None:
    raise KeyError(WRITTEN)


def _broken(_: str) -> None:
    raise KeyError(WRITTEN)


async def _abandon() -> None:
    await asyncio.wait([asyncio.create_task(_fail(WRITTEN))])


async def _call_back() -> None:
    asyncio.get_running_loop().call_soon(_broken, WRITTEN)
    await asyncio.sleep(0)


@pytest.mark.parametrize("happening", [_abandon, _call_back])
def test_a_failure_that_asyncio_tells_of_is_told_without_what_it_was_about(
    happening: Callable[[], Coroutine[None, None, None]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "asyncio"):
        # Since 3.13 the arguments are told in debug mode alone.
        asyncio.run(happening(), debug=True)
        gc.collect()
    (record,) = (each for each in caplog.records if each.name == "asyncio")
    assert WRITTEN in record.getMessage()
    line = JsonFormatter().format(record)
    assert WRITTEN not in line
    entry = json.loads(line)
    assert entry["error"] == "KeyError"
    assert entry["message"] in (
        "Task exception was never retrieved",
        "Exception in callback _broken",
    )
