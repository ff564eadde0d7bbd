"""A process that sends the mails of one hour after another, and can be made to end at any step.

Run as `python -m tests.e2e.processes.mail_driver FOLDER PORT LAST_STEP`: for each time in microseconds, one
per line of standard input, it sends the mails due then and answers with a line. At step LAST_STEP, counting
commits and mails, it kills itself: before the step, or after it but before it is reported.
"""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from recollect import services as services_module
from recollect.mail.smtp import MailServer, SmtpPost
from recollect.notifier import mail_run
from recollect.services import open_services, sender_of
from recollect.settings.settings import Settings


class Steps:
    """Counts steps that cannot be undone."""

    def __init__(self, last: int) -> None:
        self._left = last

    async def take(self, step: Any, *given: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        found = await step(*given)
        if self._left == 1:
            self._left = 0
            os.kill(os.getpid(), signal.SIGKILL)
        return found


class Stepping:
    """A wrapper of a part; calls of one of its methods are steps."""

    def __init__(self, part: Any, name: str, steps: Steps) -> None:
        self._part, self._name, self._steps = part, name, steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name != self._name:
            return found

        async def step(*given: Any) -> Any:
            return await self._steps.take(found, *given)

        return step


async def main(folder: str, port: str, last: str) -> None:
    steps = Steps(int(last))
    settings = Settings(data_dir=Path(folder), mail_from="Recollect <recollect@chat.example>")
    # Each process has a warehouse of its own: only one can open a DuckDB file.
    own = Path(folder) / f"of-{os.getpid()}"
    own.mkdir()

    async def open_own(_: Settings) -> DuckDBWarehouse:
        return DuckDBWarehouse(own / "warehouse.duckdb")

    services_module.open_warehouse = open_own  # type: ignore[assignment]
    async with open_services(settings) as services:
        object.__setattr__(services, "store", Stepping(services.store, "commit", steps))
        server = MailServer("127.0.0.1", int(port), "none")
        post: Any = Stepping(SmtpPost(server, sender_of(settings)), "send", steps)
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            now = int(line)
            await mail_run(services, post, partial(int, now)).send_all(now)
            print("done", flush=True)
        await post.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
