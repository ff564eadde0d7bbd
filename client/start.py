"""Work that the client's process does once, before the first page is requested."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules

import client.widgets
from client.answerers.metrics import metrics_served


@asynccontextmanager
async def started(app: object) -> AsyncIterator[None]:
    """Prepare for pages, and serve metrics while the app runs.

    The modules of the pages are imported here: the first visitor would wait a second for them. They live as
    long as the process, so the garbage collector ignores them.
    """
    for module in iter_modules(client.widgets.__path__, "client.widgets."):
        import_module(module.name)
    gc.collect()
    gc.freeze()
    try:
        async with metrics_served(app):
            yield
    finally:
        gc.unfreeze()
