"""Runs the server, alone or, on a developer's machine, with the client beside it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from importlib.resources import files

import uvicorn

from recollect.app import build_app
from recollect.settings import Settings

CLIENT_PAGE = str(files("client").joinpath("app.py"))


def server(settings: Settings) -> uvicorn.Server:
    """The API's server, ready to be run."""
    return uvicorn.Server(
        uvicorn.Config(
            build_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    )


async def _start_client(settings: Settings) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "streamlit", "run", CLIENT_PAGE),
        f"--server.port={settings.client_port}",
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        env={**os.environ, "RECOLLECT_API_URL": settings.reachable_at},
    )


async def run_with_client(settings: Settings) -> int:
    """Serve the API and the client until one of them ends; returns the exit status."""
    # uvicorn raises SIGTERM again once it has stopped, which would end us before the client is.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)
    api = server(settings)
    serving = asyncio.create_task(api.serve())
    while not (api.started or serving.done()):  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.05)
    if serving.done():
        await serving
        return 1
    client = await _start_client(settings)
    print(f"API and GraphiQL  {settings.reachable_at}/graphql")
    print(f"Client            http://127.0.0.1:{settings.client_port}", flush=True)
    waiting = asyncio.create_task(client.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        ended_by_itself = waiting.done() and not api.should_exit
        if ended_by_itself:
            print(f"The client ended with status {client.returncode}.", file=sys.stderr)
        return 1 if ended_by_itself else 0
    finally:
        api.should_exit = True
        if client.returncode is None:
            client.terminate()
        await asyncio.gather(serving, waiting)
