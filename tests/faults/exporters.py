"""Exporters in processes of their own, which are killed, frozen and started again.

As a program (tests only): `recollect export` whose clock is wrong by a number of seconds. It waits less than
the product after a failure, and for the leases of exporters that are gone.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from tests.e2e.ports import free_port


class Exporters:
    """Some workers, by number."""

    def __init__(
        self, environment: Mapping[str, str], skews: Mapping[int, float], log: Path
    ) -> None:
        self._environment = dict(environment)
        self._skews = skews
        self._log = log
        self._ports = {number: free_port() for number in skews}
        self._running: dict[int, Process] = {}

    async def start(self, number: int) -> None:
        port = self._ports[number]
        with self._log.open("ab") as log:
            self._running[number] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.exporters", str(self._skews[number])),
                env={**self._environment, "RECOLLECT_METRICS_PORT": str(port)},
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    async def at_work(self) -> None:
        """Wait until all of them export; their metrics are served from then on."""
        async with httpx.AsyncClient(timeout=60) as http:
            for number, port in self._ports.items():
                while self._running[number].returncode is None:
                    with suppress(httpx.TransportError):
                        await http.get(f"http://127.0.0.1:{port}/metrics")
                        break
                    await asyncio.sleep(0.1)

    def send(self, number: int, what: signal.Signals) -> None:
        """Send a signal, if the process still exists."""
        with suppress(ProcessLookupError):
            self._running[number].send_signal(what)

    async def kill(self, number: int) -> None:
        self.send(number, signal.SIGKILL)
        await self._running[number].wait()

    async def stop(self, number: int) -> int:
        """Ask it to end; returns its exit status."""
        self.send(number, signal.SIGTERM)
        return await self._running[number].wait()

    async def kill_all(self) -> None:
        for number in self._running:
            await self.kill(number)


def main(skew: float) -> None:
    """Export with a clock that is wrong, until the parent process is gone."""
    threading.Thread(target=lambda: sys.stdin.read() or os._exit(1), daemon=True).start()
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + skew
    time.time_ns = lambda: right_ns() + int(skew * 1e9)

    from analytics.mirror import circuit_breaker, leases
    from recollect.cli import main as recollect

    circuit_breaker.LONGEST_PAUSE = 1.0
    leases.LEASE_SECONDS, leases.RENEWAL_SECONDS = 3.0, 1.0
    recollect(["export"])


if __name__ == "__main__":
    main(float(sys.argv[1]))
