"""Runs the suites of real clients, which are Node's own tests."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
NEEDS_NODE = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules").is_dir(),
    reason="needs Node and npm: install them and run make setup",
)


async def run_suite(suite: str, port: int, **given: str) -> None:
    """Run one suite against the API on a port, with further environment variables as given."""
    running = await asyncio.create_subprocess_exec(
        *("node", "--test", "--test-force-exit", f"{suite}.test.mjs"),
        cwd=FOLDER,
        env={**os.environ, "RECOLLECT_GRAPHQL": f"http://127.0.0.1:{port}/graphql", **given},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(800):
            output, _ = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
    assert running.returncode == 0, output.decode()
