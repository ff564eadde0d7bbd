"""Runs the server, alone or, on a developer's machine, with the client beside it."""

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from typing import cast

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from recollect.app import build_app
from recollect.commands.memory import frozen_heap, share_heaps
from recollect.http.connection_limits import Gate, Proxies
from recollect.http.protocols import guarded_http, guarded_websocket
from recollect.http.requests import BODY_BYTES
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
CLIENT_PAGE = str(files("client").joinpath("app.py"))

KEEP_ALIVE_SECONDS = 620
"""How long a connection may be idle. It must exceed the idle timeout of a proxy in front, or requests that
arrive just as a connection is closed fail: Google's load balancers keep connections for 600 s
(https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries)."""

TURN_SECONDS = 0.0005
"""How long a thread may run Python while another waits for it. Python's default is ten times as long, and
threads that read from SQLite wait for their turn after each row while the event loop is busy."""

DESCRIPTORS = 65_536
"""The number of files and connections a process asks to be allowed to open."""
RESERVED_DESCRIPTORS = 128
"""Kept for the process's own files, databases and connections."""

log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """On shutdown, ends long-lived connections before it waits for the remaining responses."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        app = cast("FastAPI", self.config.app)
        app.state.connections.close()
        await super().shutdown(sockets)


async def run(
    settings: Settings, sockets: list[socket.socket] | None = None, *, with_client: bool = False
) -> int:
    """Serve the API until SIGTERM or SIGINT, or, in a worker, until the parent process ends. Opens its own
    sockets if none are given, and starts the client too if asked for.

    Returns the exit status. Raises `SettingsError` if it can't listen, and whatever opening the store or the
    warehouse raises.
    """
    if with_client and find_spec("streamlit") is None:
        raise ModuleNotFoundError("No module named 'streamlit'", name="streamlit")
    share_heaps()
    sys.setswitchinterval(TURN_SECONDS)
    app = build_app(settings)
    sockets = sockets or api_sockets(settings)
    api = _Server(configured(app, settings.max_connections, settings.max_connections_per_address))
    loop, stop = asyncio.get_running_loop(), partial(setattr, api, "should_exit", True)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again after stopping, which would skip the rest of the shutdown.
        loop.add_signal_handler(number, stop)
    if parent := multiprocessing.parent_process():
        loop.add_reader(parent.sentinel, stop)
    async with app.router.lifespan_context(app):
        with frozen_heap():
            log.info("listening", extra={"host": settings.host, "port": settings.port})
            if with_client:
                return await _serve_with_client(api, sockets, settings)
            await api.serve(sockets)
            return 0


def api_sockets(settings: Settings) -> list[socket.socket]:
    """Sockets that listen on the configured host and port; raises `SettingsError`."""
    try:
        return listening(settings.host, settings.port)
    except OSError as error:
        raise SettingsError(
            [
                f"RECOLLECT_PORT: can't listen on port {settings.port} of {settings.host} "
                f"({error.strerror}); is another server running?"
            ]
        ) from None


def configured(app: ASGIApp, connections: int = 2000, of_address: int = 200) -> uvicorn.Config:
    """The server's configuration. It accepts at most `connections`, and `of_address` from one address."""
    proxies = Proxies(os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"))
    if proxies.everybody:
        log.warning(
            "FORWARDED_ALLOW_IPS is *: callers can claim any address, so limits by address have no "
            "effect; list the proxies instead"
        )
    gate = Gate(min(connections, affordable_connections()), of_address, proxies)
    return uvicorn.Config(
        app,
        http=guarded_http(gate),
        ws=guarded_websocket(gate),
        # With it, uvicorn would log a failed start as a traceback; here the caller gets the error.
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws_max_size=BODY_BYTES,
        # Compression would cost about 100 kB a connection.
        ws_per_message_deflate=False,
    )


def affordable_connections() -> int:
    """How many connections this process has descriptors for, after raising its limit as far as it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted) - min(RESERVED_DESCRIPTORS, max(soft, wanted) // 2)


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on all addresses of a host; raises OSError if one can't be opened."""
    sockets: list[socket.socket] = []
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in dict.fromkeys(places):
            made = socket.create_server(address, family=family)
            # asyncio sets TCP_NODELAY only on sockets whose protocol is TCP, and this one has none:
            # a response's second packet would wait 40 ms for an acknowledgement.
            sockets.append(socket.socket(family, kind, protocol, fileno=made.detach()))
    except OSError:
        for opened in sockets:
            opened.close()
        raise
    return sockets


async def _start_client(settings: Settings) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recollect.commands.client_process", "run", CLIENT_PAGE),
        f"--server.port={settings.client_port}",
        "--server.address=127.0.0.1",
        "--server.headless=true",
        *(f"--server.allowedHosts={host}" for host in LOOPBACK),
        stdin=PIPE,
        env={**os.environ, **_client_environment(settings)},
    )


def _client_environment(settings: Settings) -> dict[str, str]:
    """The client's settings as environment variables, whether they came from the environment or the file."""
    token = settings.answer_token
    environment = {
        "RECOLLECT_API_URL": settings.reachable_at,
        "RECOLLECT_PUBLIC_API_URL": settings.public_api_url or settings.reachable_at,
        "RECOLLECT_IDENTITY": settings.identity,
        "RECOLLECT_GUESTS": "on" if settings.guests else "",
        "RECOLLECT_ANSWERER": settings.answerer,
        "RECOLLECT_ANSWER_URL": settings.answer_url,
        "RECOLLECT_ANSWER_MODEL": settings.answer_model,
        "RECOLLECT_ANSWER_TOKEN": token.get_secret_value() if token else None,
        "RECOLLECT_ANSWER_MODELS": settings.answer_models,
        "RECOLLECT_ANSWER_TITLES": settings.answer_titles,
        "RECOLLECT_ANSWER_AUTH": settings.answer_auth,
        "RECOLLECT_ANSWER_AUDIENCE": settings.answer_audience,
        "RECOLLECT_ANSWER_IMPERSONATE": settings.answer_impersonate,
        "RECOLLECT_ANSWER_USER": settings.answer_user,
        "RECOLLECT_CLIENT_METRICS_PORT": str(settings.client_metrics_port or ""),
    }
    return {name: value for name, value in environment.items() if value}


async def _serve_with_client(
    api: uvicorn.Server, sockets: list[socket.socket], settings: Settings
) -> int:
    """Serve until the API or the client ends."""
    client = await _start_client(settings)
    print(f"API and GraphiQL  {settings.reachable_at}/graphql")
    print(f"Client            http://127.0.0.1:{settings.client_port}", flush=True)
    serving = asyncio.create_task(api.serve(sockets))
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
