"""What Recollect costs on Google Cloud: the counted operations of each user action, times list prices.

`python -m bench.cost` prints the tables of docs/cost.md, and with `--write` puts them there. One test counts
the operations again (tests/integration/operating/test_cost.py), another compares the document.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from analytics.mirror.exporter import POLL_SECONDS
from analytics.mirror.leases import RENEWAL_SECONDS
from analytics.mirror.ranges import RANGES

DOCUMENT = Path(__file__).parents[1] / "docs" / "cost.md"
DAYS = 30
KIB, MIB, GIB, TIB = 2.0**10, 2.0**20, 2.0**30, 2.0**40

FIRESTORE = "[a wiki](https://github.com/ccckmit/misavo/wiki/Firebase) that quotes Google's page in May 2018"
BIGQUERY = "[Google's page](https://cloud.google.com/bigquery/pricing), a copy from before 2023"
RUN = "[Google's page](https://cloud.google.com/run/pricing), a copy without a date"
NOPS = (
    "https://help.nops.io/inform/supported-recommendations/"
    "use-bigquery-storage-write-api-instead-of-streaming-inserts"
)
WRITE_API = f"[nOps]({NOPS}), without a date"
NOTES = "https://adriennevermorel.com/notes/bigquery-on-demand-billing-mechanics/"
ON_DEMAND = f"[a consultant]({NOTES}), without a date"
CALCULATOR = "https://cloudwebschool.com/tools/cloud-run-cost-calculator/"
TRAFFIC = f"[a calculator]({CALCULATOR}), without a date"
READ_ON = "2026-11-29"
"""When each source was read, from stored copies: the pages themselves could not be reached."""

PRICES: Mapping[str, tuple[str, float, str]] = {
    "read": ("Firestore: 100,000 documents read", 0.06 / 1e5, FIRESTORE),
    "write": ("Firestore: 100,000 documents written", 0.18 / 1e5, FIRESTORE),
    "delete": ("Firestore: 100,000 documents deleted", 0.02 / 1e5, FIRESTORE),
    "stored": ("Firestore: a GiB stored for a month", 0.18 / GIB, FIRESTORE),
    "appended": ("BigQuery: a GiB through the Storage Write API", 0.025 / GIB, WRITE_API),
    "inserted": (
        "BigQuery: 200 MiB through insertAll, a row counted as 1 KiB at least",
        0.01 / (200 * MIB),
        BIGQUERY,
    ),
    "queried": (
        "BigQuery: a TiB read by queries, 10 MiB a table at least",
        6.25 / TIB,
        ON_DEMAND,
    ),
    "mirrored": ("BigQuery: a GiB stored for a month", 0.02 / GIB, BIGQUERY),
    "cpu": ("Cloud Run: a vCPU for 1,000,000 s, always allocated", 18 / 1e6, RUN),
    "memory": ("Cloud Run: a GiB of memory for 1,000,000 s", 2 / 1e6, RUN),
    "egress": ("Network: a GiB to the internet", 0.12 / GIB, TRAFFIC),
}
"""US dollars for one unit (a document, a byte, a second), with the unit of the price list and its source."""
UNITS = {
    **dict.fromkeys(("read", "write", "delete"), 1e5),
    **dict.fromkeys(("stored", "appended", "mirrored", "egress"), GIB),
    **{"inserted": 200 * MIB, "queried": TIB, "cpu": 1e6, "memory": 1e6},
}
FREE = {"appended": 2 * TIB, "queried": TIB}
"""Monthly free quotas that can change the order of magnitude; smaller ones are left out."""


@dataclass(frozen=True, slots=True)
class Action:
    """The work of one user action, as counted on the emulators."""

    does: str
    reads: int = 0
    writes: int = 0
    deletes: int = 0
    rows: int = 0
    """Rows appended to the mirror."""
    queries: int = 0
    """Tables read by queries of the warehouse."""
    answer_kib: int = 0
    """The data sent to the browser, in whole KiB."""
    calls: int = 1
    """Requests to the API."""


ACTIONS: Mapping[str, Action] = {
    "record": Action(
        "ask a question and record its answer", reads=8, writes=6, answer_kib=3, calls=2
    ),
    "grow": Action("show a growing answer, each second", reads=4, writes=2, answer_kib=1),
    "list": Action("list 20 sessions", reads=22, answer_kib=6),
    "open": Action("open a session: its last 50 turns", reads=53, answer_kib=106),
    "search": Action("search, with 20 hits", reads=59, queries=3, answer_kib=9),
    "live": Action("show a new turn on another device", reads=12, answer_kib=1, calls=0),
    "export": Action("export a session of 50 turns", reads=66, answer_kib=110, calls=2),
    "sweep": Action("sweep a user of whom nothing expires", reads=16, calls=0),
    "mirror": Action("mirror a turn", reads=9, deletes=2, rows=2, calls=0),
}
PER_TURN: Mapping[str, float] = {
    "record": 1,
    "grow": 5,
    "list": 0.3,
    "open": 0.3,
    "search": 0.05,
    "live": 1,
    "export": 0.002,
    "sweep": 2.4,
    "mirror": 1,
}
"""How often each action happens per recorded turn. A user records ten turns a day and is swept each hour."""

TURN_BYTES = 5000
"""Bytes of a stored turn with its session's share: a question of 200 and an answer of 2,000 characters, ids,
index entries."""
ROW_BYTES = 5500
"""Bytes of a turn's rows in the mirror, which holds the text twice, once as words to search."""
KEPT_DAYS = 90
SEARCHED_BYTES = 10 * MIB
"""The least that a search reads of one table, which is the least that BigQuery bills. A search reads the
months that are kept, and in each only the blocks of its user."""
CPU_SECONDS = {"call": 0.006, "row": 0.001}
"""CPU of a request to the API, and of a mirrored row: twice the values of docs/performance.md and
`bench.simulate`."""
BUSY = 0.5
"""How busy a vCPU may be."""
STANDING = {"API": 1, "exporter": 1, "client": 1}
"""Instances that always run, each with a vCPU and a GiB."""
TURNS_A_DAY = (1_000, 100_000, 10_000_000)
RECONCILED_A_MONTH = 52 / 12


Bill = dict[str, float]
"""Dollars a month, by purpose."""


def price(unit: str, amount: float) -> float:
    """What an amount costs in a month."""
    return max(0.0, amount - FREE.get(unit, 0)) * PRICES[unit][1]


def recollect(turns: int) -> Bill:
    """The monthly bill of this design at this many turns a day."""
    month = turns * DAYS

    def total(count: str) -> float:
        return float(sum(month * PER_TURN[n] * getattr(each, count) for n, each in ACTIONS.items()))

    kept = turns * KEPT_DAYS
    seconds = DAYS * 86400.0
    renewals = seconds / (0.9 * RENEWAL_SECONDS) * len(RANGES)
    reads = total("reads") + renewals + seconds / POLL_SECONDS + RECONCILED_A_MONTH * kept
    work = total("calls") * CPU_SECONDS["call"] + total("rows") * CPU_SECONDS["row"]
    instances = max(len(STANDING), len(STANDING) - 2 + work / seconds / BUSY)
    # Expired turns are deleted: as many a day as are recorded.
    return {
        "Firestore operations": price("read", reads)
        + price("write", total("writes") + renewals)
        + price("delete", total("deletes") + month),
        "Firestore storage": price("stored", kept * TURN_BYTES),
        "BigQuery writes": price("appended", month * ROW_BYTES),
        "BigQuery queries": price("queried", total("queries") * SEARCHED_BYTES),
        "BigQuery storage": price("mirrored", 2 * kept * ROW_BYTES),
        "Cloud Run": instances * seconds * (PRICES["cpu"][1] + PRICES["memory"][1]),
        "network": price("egress", total("answer_kib") * KIB),
    }


def document_per_session(turns: int) -> Bill:
    """The naive design with a session's 20 turns in one document, which each turn reads and writes whole, and
    a row inserted at each change. It sweeps nothing and writes no marks."""
    ours = recollect(turns)
    month, kept = turns * DAYS, turns * KEPT_DAYS
    rewrites = 2 + PER_TURN["grow"]
    reads = rewrites + 20 * PER_TURN["list"] + PER_TURN["open"] + PER_TURN["live"]
    return {
        "Firestore operations": price("read", reads * month)
        + price("write", rewrites * month)
        + price("delete", month / 20),
        "Firestore storage": ours["Firestore storage"] / 2,
        "BigQuery writes": price("inserted", 2 * month * max(ROW_BYTES / 2, KIB)),
        "BigQuery queries": price("queried", month * PER_TURN["search"] * SEARCHED_BYTES),
        "BigQuery storage": price("mirrored", kept * ROW_BYTES),
        "Cloud Run": ours["Cloud Run"],
        "network": ours["network"],
    }


def warehouse_alone(turns: int, *, clustered: bool) -> Bill:
    """The naive design that keeps everything in BigQuery and reads it by queries over a table clustered by
    user, or over the whole table."""
    ours = recollect(turns)
    month, kept = turns * DAYS, turns * KEPT_DAYS
    history = SEARCHED_BYTES if clustered else max(kept * ROW_BYTES / 2, SEARCHED_BYTES)
    queries = sum(PER_TURN[name] for name in ("list", "open", "search", "live"))
    return {
        **dict.fromkeys(("Firestore operations", "Firestore storage"), 0.0),
        "BigQuery writes": price("inserted", 2 * month * max(ROW_BYTES / 2, KIB)),
        "BigQuery queries": price("queried", month * queries * history),
        "BigQuery storage": price("mirrored", kept * ROW_BYTES / 2),
        "Cloud Run": ours["Cloud Run"],
        "network": ours["network"],
    }


DESIGNS: Mapping[str, Callable[[int], Bill]] = {
    "Recollect": recollect,
    "a document per session": document_per_session,
    "BigQuery alone, clustered": partial(warehouse_alone, clustered=True),
    "BigQuery alone, whole table": partial(warehouse_alone, clustered=False),
}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, with all columns but the first right-aligned."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def dollars(amount: float) -> str:
    """An amount, with cents below ten dollars."""
    return f"${amount:,.2f}" if amount < 10 else f"${amount:,.0f}"


def tables() -> dict[str, str]:
    """The tables of the document, by name."""
    found = {
        "prices": table(
            ("Price for", "US dollars", f"Source, read on {READ_ON}"),
            [
                (text, f"{each * UNITS[name]:g}", source)
                for name, (text, each, source) in PRICES.items()
            ],
        ),
        "actions": table(
            (
                "",
                "reads",
                "writes",
                "deletes",
                "rows",
                "tables queried",
                "KiB sent",
                "for each turn",
            ),
            [
                (
                    each.does,
                    *(
                        str(count or "")
                        for count in (
                            each.reads,
                            each.writes,
                            each.deletes,
                            each.rows,
                            each.queries,
                            each.answer_kib,
                        )
                    ),
                    f"{PER_TURN[name]:g}",
                )
                for name, each in ACTIONS.items()
            ],
        ),
    }
    for turns in TURNS_A_DAY:
        bills = [design(turns) for design in DESIGNS.values()]
        rows = [(part, *(dollars(bill[part]) for bill in bills)) for part in bills[0]]
        totals = [sum(bill.values()) for bill in bills]
        rows.append(("**a month**", *(f"**{dollars(total)}**" for total in totals)))
        thousand = (f"${total / turns / DAYS * 1000:,.4f}" for total in totals)
        rows.append(("1,000 turns", *thousand))
        found[f"{turns:,} turns a day"] = table(("", *DESIGNS), rows)
    return found


def written(text: str) -> str:
    """The document with its current tables."""
    for name, made in tables().items():
        begin, end = f"<!-- {name}: written by bench.cost -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n\n{made}\n\n{end}{after}"
    return text


@click.command()
@click.option("--write", is_flag=True, help="Put the tables into docs/cost.md.")
def main(write: bool) -> None:
    """Print the tables of docs/cost.md."""
    if write:
        DOCUMENT.write_text(written(DOCUMENT.read_text()))
    else:
        click.echo("\n\n".join(f"{name}\n{made}" for name, made in tables().items()))


if __name__ == "__main__":
    main()
