"""The analysts' guide: its queries run and its columns are those of the views."""

import re
from pathlib import Path

import pytest

from analytics.ports import Warehouse
from tests.contract.analyst import Ask
from tests.contract.analysts_seed import seed

pytest_plugins = ["tests.contract.warehouse_fixtures", "tests.contract.analyst_fixtures"]

# Making the views takes the BigQuery emulator many times longer on a busy machine.
pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "analysts.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
VIEWS = {
    file.stem
    for folder in ("analysts", "insights")
    for file in (ROOT / "analytics" / "sql" / folder).iterdir()
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
        described = re.findall(r"^\| `(\w+)` \| \w+ \| .+\. \|$", text, re.MULTILINE)
        row = ask(f"SELECT * FROM recollect_analysts.{name} LIMIT 1")[0]  # noqa: S608
        assert described == list(row), name


async def test_the_guides_queries_run_and_find_something(analysed: Warehouse, ask: Ask) -> None:
    await analysed.append(seed(1).rows)
    assert len(QUERIES) >= len(VIEWS)
    for query in QUERIES:
        rows = ask(query)
        assert rows, query
        assert all(value is not None for value in rows[0].values()), query


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_of_turns_names_columns_and_bounds_time(query: str) -> None:
    assert "SELECT *" not in query
    if re.search(r"\bconversation_history\b", query):
        assert re.search(r"timestamp >= '.*' AND timestamp < '", query)
