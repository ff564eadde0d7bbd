"""The analysts' guide: its queries run, and its columns are those of the views."""

import re
from pathlib import Path

import duckdb
import pytest

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.analyst import Ask
from tests.contract.warehouses.analysts_seed import seed

pytest_plugins = [
    "tests.contract.warehouses.fixtures",
    "tests.contract.warehouses.analyst_fixtures",
]

# On a busy machine, the BigQuery emulator takes many times longer to create the views.

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "analysts.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
README_QUERIES = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
IN_DUCKDB = {
    r"recollect_analysts\.": "analysts.",
    r"recollect\.": "",
    r"TIMESTAMP_DIFF\((\w+), (\w+), SECOND\)": r"date_diff('second', \2, \1)",
    r"TIMESTAMP_SUB\(CURRENT_TIMESTAMP\(\), INTERVAL 7 DAY\)": "now() - INTERVAL 7 DAY",
    r"JSON_VALUE\(": "json_extract_string(",
}
"""The replacements that the guide describes for queries on the embedded default."""
VIEWS = {
    file.stem
    for folder in ("analysts", "insights")
    for file in (ROOT / "analytics" / "warehouse" / "sql" / folder).iterdir()
}


def sections() -> dict[str, str]:
    """The text about each view, by its name."""
    parts = re.split(r"^##+ (\S+)$", GUIDE, flags=re.MULTILINE)
    return {name: text for name, text in zip(parts[1::2], parts[2::2], strict=True) if "|" in text}


def test_the_guide_describes_every_view_and_no_other() -> None:
    assert set(sections()) == VIEWS
    for name, text in sections().items():
        assert f"FROM recollect_analysts.{name}" in text
        after = text.rsplit("```", 1)[1].strip()
        assert after.startswith("Reads "), name


async def test_the_guide_has_the_columns_of_the_views(analysed: Warehouse, ask: Ask) -> None:
    await analysed.append(seed(1).rows)
    for name, text in sections().items():
        described = re.findall(r"^\| `(\w+)` \| [\w<>]+ \| .+\. \|$", text, re.MULTILINE)
        row = ask(f"SELECT * FROM recollect_analysts.{name} LIMIT 1")[0]  # noqa: S608
        assert described == list(row), name


async def test_the_guides_queries_run_and_find_something(analysed: Warehouse, ask: Ask) -> None:
    await analysed.append(seed(1).rows)
    assert len(QUERIES) >= len(VIEWS)
    for query in QUERIES:
        # Few of the queries order their rows, and not every turn has an answer.
        assert any(None not in row.values() for row in ask(query)), query


async def test_changed_as_the_guide_says_the_queries_run_in_duckdb(
    duckdb_warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    await duckdb_warehouse.init_analysts()
    await duckdb_warehouse.append(seed(1).rows)
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        for query in [*QUERIES, *README_QUERIES]:
            changed = query
            for in_bigquery, in_duckdb in IN_DUCKDB.items():
                changed = re.sub(in_bigquery, in_duckdb, changed)
            found = connection.execute(changed).fetchall()
            assert found or query in README_QUERIES, query


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_of_turns_names_columns_and_bounds_time(query: str) -> None:
    assert "SELECT *" not in query
    # A turn that changed recently can be from any month.
    if re.search(r"\bconversation_history\b", query) and "updated_at > " not in query:
        assert re.search(r"timestamp >= '.*' AND timestamp < '", query)
