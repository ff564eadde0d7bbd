"""Writers and the exporter in one process, on the embedded default, to be killed (tests only).

Arguments: the folder, a seed, and how many steps the writers take.
"""

import asyncio
import sys
from pathlib import Path
from random import Random

from analytics.mirror import circuit_breaker
from recollect.services import open_services
from recollect.settings.settings import Settings
from tests.faults.writers import Pace, finish_erasures, write

WRITERS = 4


async def main(folder: Path, seed: str, steps: int) -> None:
    circuit_breaker.LONGEST_PAUSE = 1.0
    pace, stop = Pace(steps), asyncio.Event()
    async with open_services(Settings(data_dir=folder)) as services:
        await services.warehouse.init()
        exporting = asyncio.create_task(services.exporter.run(stop))
        await asyncio.gather(
            *(write(services, Random(f"{seed} {n}"), pace) for n in range(WRITERS))  # noqa: S311
        )
        await finish_erasures(services)
        stop.set()
        await exporting
        await services.exporter.drain()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
