"""Several processes that serve the API on the same port, for machines with several cores."""

import logging
import multiprocessing
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

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
    """The settings of one worker: each serves its metrics on a port of its own, from that of the
    first on."""
    if settings.metrics_port is None:
        return settings
    return settings.model_copy(update={"metrics_port": settings.metrics_port + number})


def supervise(serve: Callable[[int], int], workers: int) -> int:
    """Run `serve` in each of the workers until SIGTERM or SIGINT; returns the exit status.

    A worker that is killed is replaced. One that fails by itself ends them all, with its status,
    because so would the next.
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
        for process in running:
            process.terminate()

    running = [started(number) for number in range(workers)]
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, stop)
    while alive := [process for process in running if process.exitcode is None]:
        wait([process.sentinel for process in alive])
        for number, process in enumerate(running):
            if process.exitcode is None or stopping:
                continue
            if process.exitcode < 0:
                log.warning("worker killed", extra={"worker": number, "signal": -process.exitcode})
                running[number] = started(number)
            else:
                status = process.exitcode
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
