"""`make bench-peers`: Recollect beside the systems that people would choose instead."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from bench.harness import Figure
from bench.peers.adk import ADKServer
from bench.peers.environments import NotInstalled
from bench.peers.langgraph import LangGraph
from bench.peers.libraries import Library
from bench.peers.measure import QUICK, SMALL, PeerScale, compare
from bench.peers.ourselves import Recollect
from bench.peers.peer import Peer
from bench.report import as_json, table
from tests.emulators.bigquery import EmulatorMissing as BigQueryMissing
from tests.emulators.bigquery import bigquery_emulator
from tests.emulators.firestore import EmulatorMissing as FirestoreMissing
from tests.emulators.firestore import firestore_emulator

ON_SQLITE: Sequence[Peer] = [
    LangGraph(),
    ADKServer(),
    Library("Chainlit's data layer (SQLite)", "chainlit", "chainlit_sqlite.py"),
]


def on_firestore(address: str) -> Sequence[Peer]:
    """The peers that keep chats in Firestore, on its emulator."""
    return [
        Library("ADK's Firestore sessions", "adk", "adk_firestore.py", firestore=address),
        Library(
            "langchain-google-firestore",
            "langchain",
            "langchain_firestore.py",
            lists=False,
            firestore=address,
        ),
    ]


@click.command()
@click.option("--quick", is_flag=True, help="A smoke run: its figures mean nothing.")
@click.option("--small", is_flag=True, help="Less data, for peers that take minutes to be filled.")
@click.option("--only", multiple=True, help="Measure beside the peers whose name has this in it.")
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A file."
)
def main(quick: bool, small: bool, only: Sequence[str], file: Path | None) -> None:
    """Measure Recollect beside each peer that is installed."""
    scale = QUICK if quick else SMALL if small else PeerScale()
    results: dict[str, list[Figure]] = {}
    skipped: dict[str, str] = {}

    def measure(place: str, ourselves: Recollect, peers: Sequence[Peer]) -> None:
        for peer in peers:
            if only and not any(part.lower() in peer.name.lower() for part in only):
                continue
            click.echo(f"measuring beside {peer.name}", err=True)
            try:
                figures = asyncio.run(compare(ourselves, peer, scale))
            except (NotInstalled, RuntimeError) as missing:
                skipped[peer.name] = str(missing)
            else:
                results.setdefault(place, []).extend(figures)

    measure("Recollect on SQLite", Recollect(), ON_SQLITE)
    try:
        with ExitStack() as started:
            firestore = started.enter_context(firestore_emulator())
            bigquery = started.enter_context(bigquery_emulator())
            ourselves = Recollect((firestore, bigquery))
            measure("Recollect on Firestore's emulator", ourselves, on_firestore(firestore))
    except (FirestoreMissing, BigQueryMissing) as missing:
        skipped["Firestore"] = str(missing)
    click.echo(table(results, skipped))
    if file:
        file.write_text(json.dumps(as_json(results, skipped), indent=2) + "\n")


if __name__ == "__main__":
    main()
