"""The mirror under many writes, simulated with the cost of a mark as measured here.

`make simulate` measures on the emulators how much CPU the exporter takes for a mark, then simulates more and
more exporters (docs/scale.md).
"""

import time
from dataclasses import replace

import click
import uvloop

from analytics.mirror.ranges import RANGES
from bench.history import chat, conversations, marks, summaries, write
from bench.pairs import Pair, google
from bench.simulation import Costs, Scenario, Simulation
from tests.emulators import bigquery, firestore


async def measured(pair: Pair, number: int = 1000) -> Costs:
    """The exporter's cost per mark on a pair, in CPU of this process; each names a session of its own."""
    exporter = pair.services.exporter

    async def mark(user: str, many: int) -> None:
        uid, store = await pair.uid(user), pair.services.store
        chats = [chat(n, 1) for n in range(many)]
        await write(
            store,
            summaries(uid, [session for session, _ in chats]),
            *(conversations(uid, turns) for _, turns in chats),
            *(marks(uid, session, turns) for session, turns in chats),
        )

    # The first run opens connections and loads what is needed.
    await mark("first@example.com", number // 10)
    await exporter.drain()
    await mark("second@example.com", number)
    rows, size = exporter.progress.rows, exporter.progress.bytes
    begun = time.process_time()
    exported = await exporter.drain()
    taken = time.process_time() - begun
    rows, size = exporter.progress.rows - rows, exporter.progress.bytes - size
    return Costs(
        cpu_of_mark=taken / exported, rows_of_mark=rows / exported, bytes_of_row=size / rows
    )


async def measured_on_emulators() -> Costs:
    """The same, on emulators that are started for it."""
    with firestore.firestore_emulator() as store, bigquery.bigquery_emulator() as warehouse:
        async with google(store, warehouse)() as pair:
            return await measured(pair)


def line(scenario: Scenario, costs: Costs) -> str:
    """The result of a simulation, as one line of a table."""
    found = Simulation(scenario, costs).run()
    seconds = scenario.seconds
    keeps_up = found.waiting < scenario.writes * 2
    return (
        f"{scenario.writes:>9,} {scenario.ranges:>7} {scenario.exporters:>10} "
        f"{'yes' if keeps_up else 'no':>9} {found.lag(0.5):>7.2f} {found.lag(0.99):>7.2f} "
        f"{found.busy / seconds:>6.1f} {found.requests.total() / seconds:>9,.0f} "
        f"{found.appended / seconds / 1e6:>7.0f} {found.exported / seconds:>11,.0f}"
    )


HEADING = (
    "writes/s   ranges  exporters  keeps up  p50 s    p99 s   CPUs  requests/s   MB/s  exported/s"
)


@click.command()
@click.option("--cpu-us", type=float, help="CPU of a mark in microseconds, in place of measuring.")
@click.option("--writes", default=100_000, show_default=True, help="Marks written a second.")
@click.option("--seconds", default=30.0, show_default=True, help="How long to simulate.")
def main(cpu_us: float | None, writes: int, seconds: float) -> None:
    """Simulate the mirror with more and more exporters, in today's ranges and in finer ones."""
    if cpu_us is None:
        costs = uvloop.run(measured_on_emulators())
    else:
        costs = Costs(cpu_of_mark=cpu_us / 1e6, rows_of_mark=2, bytes_of_row=1500)
    click.echo(
        f"a mark takes {costs.cpu_of_mark * 1e6:,.0f} us of CPU and makes {costs.rows_of_mark:.1f} rows "
        f"of {costs.bytes_of_row:,.0f} bytes\n\n{HEADING}"
    )
    base = Scenario(writes=writes, exporters=1, seconds=seconds)
    for ranges, most in ((len(RANGES), len(RANGES)), (16 * len(RANGES), 16 * len(RANGES))):
        exporters = 1
        while exporters <= most:
            scenario = replace(base, exporters=exporters, ranges=ranges)
            click.echo(line(scenario, costs))
            exporters *= 2


if __name__ == "__main__":
    main()
