"""The statements of docs/scale.md about this design match the code."""

import json
from pathlib import Path

from analytics.mirror.current_records import RECORDS_AT_ONCE
from analytics.mirror.leases import LEASE_SECONDS, RENEWAL_SECONDS
from analytics.mirror.passes import APPEND_BYTES, FORGET_AT_ONCE, MARKS_AT_ONCE
from analytics.mirror.ranges import RANGES
from analytics.warehouse.rows import ROW_TYPES
from bench.cost import DAYS, price
from bench.simulation import Costs

ROOT = Path(__file__).parents[3]
DOCUMENT = " ".join((ROOT / "docs" / "scale.md").read_text().split())
INDEXES = json.loads((ROOT / "deploy" / "firestore.indexes.json").read_text())


def test_no_index_spans_users() -> None:
    assert {index["queryScope"] for index in INDEXES["indexes"]} == {"COLLECTION"}
    assert not any(field["indexes"] for field in INDEXES["fieldOverrides"])
    assert f"{len(INDEXES['indexes'])} indexes; long fields are exempt" in DOCUMENT


def test_the_sizes_are_those_of_the_code() -> None:
    for said in (
        f"{RECORDS_AT_ONCE} records at once, deletes {MARKS_AT_ONCE} marks",
        f"Batches of {APPEND_BYTES / 1e6:g} MB",
        f"{FORGET_AT_ONCE:,} records at once",
        f"{len(RANGES)} ranges of marks",
        f"At most {len(RANGES)} exporters work at once",
        f"{LEASE_SECONDS:.0f} s until the leases of a killed exporter end",
    ):
        assert said in DOCUMENT, said
    assert len(ROW_TYPES) == 3
    assert "One for each table and exporter: three each" in DOCUMENT


def test_the_leases_cost_what_is_said() -> None:
    for ranges in (len(RANGES), 16 * len(RANGES)):
        renewals = DAYS * 86400 / (0.9 * RENEWAL_SECONDS) * ranges
        cost = price("read", renewals) + price("write", renewals)
        assert f"{ranges} cost about ${cost:.0f}" in DOCUMENT or (
            f"{ranges} about ${cost:.0f}" in DOCUMENT
        )


def test_the_assumed_times_are_those_of_the_simulation() -> None:
    costs = Costs(cpu_of_mark=0, rows_of_mark=0, bytes_of_row=0)
    assert costs.scan_seconds == costs.get_seconds
    assert (
        f"{costs.get_seconds * 1000:.0f} ms for a scan or a read, "
        f"{costs.commit_seconds * 1000:.0f} ms for a commit, "
        f"{costs.append_seconds * 1000:.0f} ms for an append"
    ) in DOCUMENT
