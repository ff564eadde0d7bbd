"""The rules of the architecture: permitted imports, and the names that are ours."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("schema", "resolvers", "stores", "analytics", "recollect", "client")
OUR_NAMES = {*PACKAGES, "tests", "bench", "scripts"}

ADAPTERS = {
    "google.cloud.firestore": ["stores/firestore/*.py"],
    "google.cloud.bigquery": ["analytics/warehouse/bigquery/*.py"],
    "google.cloud.bigquery_storage_v1": ["analytics/warehouse/bigquery/*.py"],
    # The client uses its full-text index, in memory.
    "sqlite3": ["stores/sqlite/*.py", "client/answerers/documentation.py"],
    "duckdb": ["analytics/warehouse/duckdb/*.py"],
}
"""The modules that may import a database's library; import-linter treats all of Google's as one."""

VIOLATIONS = {
    "Imports go one way": ("stores/records.py", "import analytics.search"),
    "The client knows the server by its API alone": ("client/__init__.py", "import stores.records"),
    "Only the composition root knows the client": ("schema/__init__.py", "import client"),
    "Commands are built on the application, and that on its services": (
        "recollect/services.py",
        "import recollect.app",
    ),
    "Use cases build on sessions, and those on the request": (
        "resolvers/sessions/sessions.py",
        "import resolvers.search.search",
    ),
    "Exports and imports share the archive alone": (
        "resolvers/transfer/importing/report.py",
        "import resolvers.transfer.exporting.links",
    ),
    "Upkeep builds on the mirror, and the mirror on the warehouse": (
        "analytics/mirror/leases.py",
        "import analytics.upkeep.scans",
    ),
    "Warehouses implement the port and know nothing of each other": (
        "analytics/warehouse/duckdb/file.py",
        "import analytics.warehouse.bigquery.tables",
    ),
    "Stores implement the port and know nothing of each other": (
        "stores/sqlite/file.py",
        "import stores.firestore.commits",
    ),
    "The client's state knows no widget": ("client/state/asking.py", "import client.widgets.turns"),
    "Only the adapters know Google": (
        "recollect/settings/settings.py",
        "import google.cloud.storage",
    ),
    "Use cases know no database and no GraphQL": ("resolvers/context.py", "import strawberry"),
    "The schema does no I/O": ("schema/__init__.py", "import sqlite3"),
    "Only the BigQuery adapter knows the rows on the wire": (
        "analytics/warehouse/rows.py",
        "import analytics.warehouse.bigquery.rows_pb2",
    ),
}


def lint_imports(folder: Path) -> dict[str, str]:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache"], cwd=folder, capture_output=True, text=True)
    return dict(re.findall(r"(?m)^(.+?) (KEPT|BROKEN)", result.stdout))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_import_rules_are_kept_and_each_can_be_broken(copy: Path) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    names = {contract["name"] for contract in contracts["contracts"]}
    assert set(VIOLATIONS) == names
    assert lint_imports(copy) == dict.fromkeys(names, "KEPT")

    for file, line in VIOLATIONS.values():
        with (copy / file).open("a") as code:
            code.write(f"\n{line}\n")

    assert lint_imports(copy) == dict.fromkeys(names, "BROKEN")


@pytest.mark.parametrize("library", ADAPTERS)
def test_a_database_library_is_imported_by_its_adapter_alone(library: str) -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if any(name == library or name.startswith(library + ".") for name in _imports(path))
    }

    assert importers
    allowed = {path for path in importers if any(fnmatch(path, f) for f in ADAPTERS[library])}
    assert importers == allowed


@cache
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def test_no_locked_dependency_provides_one_of_our_names() -> None:
    providers = importlib.metadata.packages_distributions()

    taken = {name: set(providers.get(name, ())) - {"recollect"} for name in OUR_NAMES}

    assert {name: others for name, others in taken.items() if others} == {}


@pytest.mark.parametrize("lock", ["dev", "run", "server", "bootstrap", "bqemulator", "codegen"])
def test_a_lock_has_a_hash_for_everything_and_names_no_index(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.txt").read_text()

    requirements = re.findall(r"(?m)^[a-zA-Z].*(?:\n {4}.*)*", text)
    assert requirements
    assert [r for r in requirements if "==" not in r or "--hash=sha256:" not in r] == []
    assert not re.search(r"://|--index|--extra-index|--find-links", text)


@pytest.mark.parametrize("lock", ["run", "server"])
def test_what_runs_has_the_versions_that_were_tested(lock: str) -> None:
    tested = _pins("dev")

    assert _pins(lock) <= tested


def _pins(lock: str) -> set[str]:
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    return set(re.findall(r"(?m)^[a-zA-Z][\w.-]*==[\w.]+", text))
