"""Connections that send nothing, send too slowly or send too much are closed, and leave room for others."""

import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from recollect.http import bodies
from tests.attacks.production import RECOLLECT, Server, until_ready
from tests.e2e.ports import free_port

PATIENCE_SECONDS = 60.0
"""Far beyond every deadline: only a connection that is never closed takes this long."""


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS)


def rest(connection: socket.socket) -> bytes:
    """Everything received until the other side closes."""
    received = b""
    while part := connection.recv(65_536):
        received += part
    return received


def head(server: Server, length: int) -> bytes:
    headers = server.headers()
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(
        ["POST /graphql HTTP/1.1", "Host: x", f"Content-Length: {length}", *lines, "", ""]
    ).encode()


def silent(server: Server) -> bytes:
    with closing(connected(server)) as connection:
        return rest(connection)


def slow_head(server: Server) -> bytes:
    with closing(connected(server)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        return rest(connection)


def used_before(server: Server) -> bytes:
    with closing(connected(server)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in connection.recv(65_536)
        connection.sendall(b"\r\n")
        return rest(connection)


def silent_body(server: Server) -> bytes:
    with closing(connected(server)) as connection:
        connection.sendall(head(server, 1_000) + b'{"query": ')
        return rest(connection)


def dripping_body(server: Server) -> bytes:
    with closing(connected(server)) as connection:
        connection.sendall(head(server, 1_000_000))
        connection.settimeout(0.2)
        until = time.monotonic() + bodies.GRACE_SECONDS + PATIENCE_SECONDS
        while time.monotonic() < until:
            connection.sendall(b" ")
            with suppress(TimeoutError):
                return connection.recv(65_536) + rest(connection)
        return b""


SLOW = {
    silent: "within 10 s",
    slow_head: "within 10 s",
    used_before: "within 10 s",
    silent_body: "too slowly",
    dripping_body: "too slowly",
}


def test_what_does_not_come_is_not_waited_for(server: Server) -> None:
    def be_slow() -> None:
        with ThreadPoolExecutor(len(SLOW)) as pool:
            answers = pool.map(lambda attack: attack(server), SLOW)
            for says, answer in zip(SLOW.values(), answers, strict=True):
                assert b"408" in answer.partition(b"\r\n")[0]
                assert says.encode() in answer

    server.withstands(be_slow)


def test_the_body_of_a_request_that_is_refused_by_its_head_is_not_read(server: Server) -> None:
    with closing(connected(server)) as connection:
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 5000000\r\n\r\n{"
        )
        answer = rest(connection)
    assert b"401" in answer.partition(b"\r\n")[0]


async def test_who_sends_all_before_reading_can_read_why_it_was_refused(server: Server) -> None:
    """If the connection were closed at once, it would be reset, and the answer, which this client reads last,
    would be lost."""
    body = b" " * 12_000_000  # more than the buffers of both ends hold
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_SECONDS) as http:
        answer = await http.post("/graphql", content=body)
    assert answer.status_code == 401


@pytest.mark.parametrize("line", [b"X-Long: " + b"x" * 100_000, b"X-Many: 1\r\n" * 10_000])
def test_a_long_head_is_refused(server: Server, line: bytes) -> None:
    with closing(connected(server)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + line)
        try:
            connection.sendall(b"\r\n\r\n")
            answer = rest(connection)
        except OSError:  # closed before all was sent
            return
    assert b"431 Request Header" in answer


def test_silent_connections_of_one_address_leave_room_for_others(server: Server) -> None:
    def be_silent() -> None:
        with ExitStack() as opened:
            silent = [opened.enter_context(closing(connected(server))) for _ in range(230)]
            refused = [connection for connection in silent if _is_refused(connection)]
        assert 20 <= len(refused) <= 40

    server.withstands(be_silent)


def _is_refused(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return b"503" in connection.recv(65_536)
    except TimeoutError:
        return False


@contextmanager
def embedded(folder: Path, descriptors: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`recollect serve` with its default settings and this many file descriptors."""
    port = free_port()
    process = subprocess.Popen(
        ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *RECOLLECT, "serve"],
        env={"RECOLLECT_DATA_DIR": str(folder), "RECOLLECT_PORT": str(port), "PATH": ""},
        stderr=(folder / "log").open("wb"),
        executable="/bin/sh",
    )
    try:
        until_ready(port, process, folder / "log")
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_a_process_out_of_descriptors_refuses_and_lives_on(tmp_path: Path) -> None:
    with embedded(tmp_path, 256) as (port, process):
        url = f"http://127.0.0.1:{port}"
        with ExitStack() as opened:
            for _ in range(300):
                opened.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            for number in range(10):
                # A new connection takes the place of a silent one.
                document = f'mutation {{ recordConversation(input: {{query: "{number}"}}) {{ __typename }} }}'
                answer = httpx.post(f"{url}/graphql", json={"query": document}, timeout=60)
                assert answer.json()["data"]
                time.sleep(0.2)
        assert process.poll() is None, (tmp_path / "log").read_text()
        assert httpx.get(f"{url}/readyz", timeout=60).is_success
