"""Everything that can be done before the first page is requested is done at the start."""

import gc
import subprocess
import sys

from client.start import started

IMPORTED = """
import asyncio, sys
from client.start import started
async def main():
    async with started(None):
        print("client.widgets.turns" in sys.modules, "client.widgets.import_panel" in sys.modules)
asyncio.run(main())
"""


def test_what_pages_are_made_of_is_imported_at_the_start() -> None:
    command = [sys.executable, "-c", IMPORTED]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "True True\n"


async def test_what_stays_is_not_looked_through_for_garbage() -> None:
    gc.unfreeze()
    async with started(None):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
