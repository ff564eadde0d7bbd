"""How well search finds past turns: judged queries over conversations in a folder.

`python -m bench.search_quality FOLDER` records the chats of `mt_bench.jsonl` and `sharegpt_sample.json` and
runs the queries of `judged_queries.tsv`. Its lines hold a kind, a query, and the numbers of the relevant
chats.
"""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TypeAlias
from unittest.mock import AsyncMock, patch

import click
import uvloop

from analytics.search import Scope, nearest
from analytics.search_query import SearchQuery
from analytics.search_text import words
from bench.pairs import OpenPair, Pair, embedded, google
from resolvers.deadline import LONG_SECONDS
from resolvers.search.relevance import RANKED
from schema.ids import global_id
from tests.emulators import bigquery, firestore

USER = "remembers@example.com"
FIRST = 10
KINDS = ("exact", "inflected", "misspelt", "scripts", "paraphrase")
SEARCH = """
query ($query: String!, $after: String) {
  viewer { searchConversations(query: $query, first: 50, after: $after) { nodes { session { id } } } }
}
"""

Search: TypeAlias = Callable[[str], Awaitable[Iterable[str]]]
"""The sessions that a query finds, best first, each once per hit."""
Turn: TypeAlias = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and its relevant chats."""

    kind: str
    query: str
    chats: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the queries of one kind were answered."""

    recall: float
    """The mean share of the relevant chats that is among the first ten."""
    mrr: float
    """The mean of 1 / the rank of the first relevant chat."""


def judged() -> list[Judged]:
    """The judged queries."""
    text = Path(__file__).with_name("judged_queries.tsv").read_text()
    found = []
    for line in text.splitlines():
        kind, query, chats = line.split("\t")
        found.append(Judged(kind, query, frozenset(chats.split())))
    return found


def chats(folder: Path) -> dict[str, list[Turn]]:
    """The turns of each chat, by its id."""
    found: dict[str, list[Turn]] = {}
    for line in (folder / "mt_bench.jsonl").read_text().splitlines():
        chat = json.loads(line)
        number = chat["id"].removeprefix("mt_bench-")
        found[number] = [(turn["query"], turn["response"]) for turn in chat["turns"]]
    for chat in json.loads((folder / "sharegpt_sample.json").read_text()):
        said = [each["value"] for each in chat["conversations"]]
        found[chat["id"]] = list(zip(said[::2], said[1::2], strict=False))
    return found


async def record(pair: Pair, turns_of: dict[str, list[Turn]]) -> dict[str, str]:
    """Record every chat and export it to the mirror; returns the chat of each session."""
    chat_of: dict[str, str] = {}
    for chat, turns in turns_of.items():
        session: dict[str, str] = {}
        for query, response in turns:
            given = {"response": response} if response else {}
            payload = await pair.api.record(query, USER, **given, **session)
            session = {"sessionId": payload["session"]["id"]}
        chat_of[session["sessionId"]] = chat
    await pair.services.exporter.drain()
    return chat_of


async def measure(search: Search) -> dict[str, Quality]:
    """The quality of a search, by kind."""
    recalls, ranks = defaultdict(list), defaultdict(list)
    for each in judged():
        found = list(dict.fromkeys(await search(each.query)))
        recalls[each.kind].append(len(each.chats & set(found[:FIRST])) / len(each.chats))
        first = next((rank for rank, chat in enumerate(found, 1) if chat in each.chats), None)
        ranks[each.kind].append(1 / first if first else 0)
    return {kind: Quality(mean(recalls[kind]), mean(ranks[kind])) for kind in KINDS}


def first_rule(turns_of: dict[str, list[Turn]]) -> Search:
    """The first release's search: every word as it is, the last as a prefix, newest first."""
    texts = [
        (chat, " ".join(["", *words(query), *words(response or ""), ""]))
        for chat, turns in reversed(turns_of.items())
        for query, response in reversed(turns)
    ]

    async def search(query: str) -> Iterable[str]:
        *whole, last = words(query) or [""]
        wanted = [*(f" {word} " for word in whole), f" {last}"]
        return [chat for chat, text in texts if all(each in text for each in wanted)]

    return search


def api(pair: Pair, chat_of: dict[str, str]) -> Search:
    """The API's search, in its own order."""

    async def search(query: str) -> Iterable[str]:
        found = (await pair.ask(SEARCH, USER, query=query))["viewer"]["searchConversations"]
        return [chat_of[hit["session"]["id"]] for hit in found["nodes"]]

    return search


async def by_meaning(pair: Pair, chat_of: dict[str, str]) -> Search:
    """The nearest turns in the mirror."""
    embedder, warehouse = pair.services.embedder, pair.services.warehouse
    scope = Scope(uid=await pair.uid(USER))
    if embedder is None:
        raise RuntimeError("nothing finds by meaning: RECOLLECT_EMBEDDER is none")

    async def search(query: str) -> Iterable[str]:
        vector = await embedder.query(query)
        if vector is None:
            return []
        found = await nearest(warehouse, SearchQuery(), scope, RANKED, embedder, vector)
        return [chat_of[global_id("Session", each.session_id)] for each in found]

    return search


async def run(folder: Path, open_pair: OpenPair) -> dict[str, dict[str, Quality]]:
    """The quality of each search on a pair."""
    turns_of = chats(folder)
    results = {"first rule": await measure(first_rule(turns_of))}
    async with open_pair() as pair:
        chat_of = await record(pair, turns_of)
        with patch("resolvers.search.search.meaning_of", AsyncMock(return_value=None)):
            results["lexical"] = await measure(api(pair, chat_of))
        results["semantic"] = await measure(await by_meaning(pair, chat_of))
        results["fused"] = await measure(api(pair, chat_of))
    return results


def table(results: dict[str, dict[str, Quality]]) -> str:
    """Recall@10 and MRR in columns."""
    lines = ["".join([f"{'':12}", *(f"{kind:>16}" for kind in KINDS)])]
    for name, by_kind in results.items():
        cells = [f"{by_kind[kind].recall:.3f} / {by_kind[kind].mrr:.3f}" for kind in KINDS]
        lines.append("".join([f"{name:12}", *(f"{cell:>16}" for cell in cells)]))
    return "\n".join(lines)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--emulators", is_flag=True, help="On the Firestore and BigQuery emulators.")
def main(folder: Path, emulators: bool) -> None:
    """Recall@10 and MRR of each search, by kind of query."""
    with ExitStack() as started:
        # On a busy machine, searches on the emulators can exceed the deadline; their time does not count
        # here.
        started.enter_context(patch("resolvers.deadline.SECONDS", LONG_SECONDS))
        pair: OpenPair = embedded
        if emulators:
            pair = google(
                started.enter_context(firestore.firestore_emulator()),
                started.enter_context(bigquery.bigquery_emulator()),
            )
        click.echo(table(uvloop.run(run(folder, pair))))


if __name__ == "__main__":
    main()
