"""`make bench`: measure everything on the available pairs."""

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import TypeAlias

import click
import uvloop

from bench import (
    crowded,
    executing,
    exporting,
    freshness,
    live,
    opening,
    overhead,
    reading,
    recording,
    searching,
)
from bench.harness import Figure
from bench.pairs import OpenPair, Pair, embedded, google
from bench.report import as_json, table
from bench.scale import QUICK, Scale
from bench.tabs import measure as tabs
from bench.wire import growing, paging, tracing
from bench.wire import measure as wire
from tests.emulators import bigquery, firestore

Subject: TypeAlias = Callable[[Pair, Scale], Awaitable[Sequence[Figure]]]

SUBJECTS: dict[str, Subject] = {
    "recording": recording.measure,
    "reading": reading.measure,
    "searching": searching.measure,
    "searching in a crowd": crowded.measure,
    "exporting": exporting.measure,
    "freshness": freshness.measure,
    "live changes": live.measure,
    "GraphQL's overhead": overhead.measure,
    "executing a page": executing.measure,
    "opening the client": opening.measure,
    "tabs of the client": tabs.measure,
    "the API through sockets": wire.measure,
    "pages of long lists": growing.measure,
    "pages of a session with branches": paging.measure,
    "traces": tracing.measure,
}
EMBEDDED = "SQLite and DuckDB"
EMULATORS = "Firestore and BigQuery emulators"


async def measure(
    where: str, open_pair: OpenPair, scale: Scale, only: Sequence[str] = ()
) -> list[Figure]:
    """Measure every subject, or those named, each on an empty pair of its own."""
    figures: list[Figure] = []
    for name, subject in SUBJECTS.items():
        if only and name not in only:
            continue
        click.echo(f"measuring {name} on {where}", err=True)
        async with open_pair() as pair:
            figures += await subject(pair, scale)
    return figures


@click.command()
@click.option("--quick", is_flag=True, help="A smoke run: few repetitions, no emulators.")
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Write JSON to a file; with - it is all that goes to the standard output.",
)
@click.option("--only", multiple=True, type=click.Choice([*SUBJECTS]), help="Measure this alone.")
@click.option("--embedded", "embedded_only", is_flag=True, help="Leave out the emulators.")
def main(quick: bool, file: str | None, only: Sequence[str], embedded_only: bool) -> None:
    """Measure Recollect against references timed in the same run."""
    results: dict[str, Sequence[Figure]] = {}
    skipped: dict[str, str] = {}
    results[EMBEDDED] = uvloop.run(measure(EMBEDDED, embedded, QUICK if quick else Scale(), only))
    if quick or embedded_only:
        skipped[EMULATORS] = "run without --quick and --embedded"
    else:
        try:
            with ExitStack() as started:
                pair = google(
                    started.enter_context(firestore.firestore_emulator()),
                    started.enter_context(bigquery.bigquery_emulator()),
                )
                results[EMULATORS] = uvloop.run(measure(EMULATORS, pair, Scale(), only))
        except (firestore.EmulatorMissing, bigquery.EmulatorMissing) as missing:
            skipped[EMULATORS] = str(missing)
    click.echo(table(results, skipped), err=file == "-")
    if file is not None:
        with click.open_file(file, "w") as output:
            click.echo(json.dumps(as_json(results, skipped), indent=2), output)


if __name__ == "__main__":
    main()
