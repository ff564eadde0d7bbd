"""The audits of the GraphQL over HTTP specification, by the npm package graphql-http."""

import json
import os
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.served_api import ServedApi

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("graphql_http_audits.mjs")
NODE = shutil.which("node")
INSTALLED = NODE is not None and (ROOT / "node_modules" / "graphql-http").is_dir()
HINT = "needs Node and npm (apt-get install nodejs npm), then `make node_modules`"


@cache
def audits(*url: str) -> list[dict[str, Any]]:
    """Every audit, with its outcome if a server is given."""
    if not INSTALLED:
        return []
    run = subprocess.run([NODE or "", SCRIPT, *url], capture_output=True, timeout=600, check=True)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not INSTALLED:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(HINT)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The outcome of every audit of a server in a separate thread."""
    served = ServedApi(tmp_path_factory.mktemp("audited"))
    with served.running():
        return {audit["id"]: audit for audit in audits(f"{served.url}/graphql")}


def test_all_audits_are_run() -> None:
    kinds = Counter(audit["name"].split()[0] for audit in audits())
    assert kinds == {"MUST": 13, "SHOULD": 23, "MAY": 25}


@pytest.mark.parametrize(
    "audit", [pytest.param(audit["id"], id=f"{audit['id']} {audit['name']}") for audit in audits()]
)
def test_audit(outcomes: dict[str, dict[str, Any]], audit: str) -> None:
    outcome = outcomes[audit]
    assert outcome["status"] == "ok", outcome["reason"]
