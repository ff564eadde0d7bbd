"""Several processes that serve the API on the same port, for machines with several cores."""

import logging
import multiprocessing
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import cast

import click

from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings

log = logging.getLogger(__name__)


def check_workers(settings: Settings, workers: int) -> None:
    """Raise `SettingsError` where several processes can't serve these settings."""
    if workers > 1 and settings.store == "sqlite":
        raise SettingsError(
            [
                "--workers: the embedded pair is served by one process, because only one can open the "
                "warehouse's file; use RECOLLECT_STORE=firestore and RECOLLECT_WAREHOUSE=bigquery."
            ]
        )


def of_worker(settings: Settings, number: int) -> Settings:
    """The settings of one worker: each has its own port for metrics, counting up from the first worker's."""
    if settings.metrics_port is None:
        return settings
    return settings.model_copy(update={"metrics_port": settings.metrics_port + number})


def supervise(serve: Callable[[int], int], workers: int) -> int:
    """Run `serve` in each of the workers until SIGTERM or SIGINT; returns the exit status.

    A worker that is killed is replaced. One that fails by itself ends them all, with its status, because its
    replacement would fail too.
    """
    context = multiprocessing.get_context("fork")
    stopping = False
    status = 0

    def started(number: int) -> BaseProcess:
        process = context.Process(target=_work, args=(serve, number), name=f"worker-{number}")
        process.start()
        return process

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        for process in running.values():
            process.terminate()

    running = {number: started(number) for number in range(workers)}
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, stop)
    while running:
        ended = wait([process.sentinel for process in running.values()])
        for number, process in list(running.items()):
            if process.sentinel not in ended:
                continue
            process.join()  # the sentinel is ready a moment before the exit code
            code = cast("int", process.exitcode)
            if code < 0 and not stopping:
                log.warning("worker killed", extra={"worker": number, "signal": -code})
                running[number] = started(number)
                continue
            del running[number]
            if not stopping:
                status = code
                stop()
    return status


def _work(serve: Callable[[int], int], number: int) -> None:
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, signal.SIG_DFL)
    try:
        sys.exit(serve(number))
    except click.ClickException as failure:
        failure.show()
        sys.exit(failure.exit_code)
