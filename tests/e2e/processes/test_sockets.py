import socket
import time
from collections.abc import Iterator

import pytest

from tests.e2e.stack import Stack

ASKED = 60
QUICK_ACKS = 30
"""The first acknowledgements of a connection are never delayed, so its first answers show nothing."""
DELAYED_ACK_SECONDS = 0.04
"""The shortest delay of a delayed acknowledgement in Linux."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    with stack.running():
        yield stack


def times(port: int, path: str) -> list[float]:
    """The seconds until two small answers to simultaneous requests arrived, measured repeatedly over one
    connection. Each answer takes several packets if the server sends headers and body separately."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        received = connection.makefile("rb")
        for _ in range(ASKED):
            began = time.perf_counter()
            connection.sendall(2 * request)
            for _ in range(2):
                headers = b"".join(iter(received.readline, b"\r\n")).lower()
                received.read(int(headers.partition(b"content-length:")[2].split()[0]))
            found.append(time.perf_counter() - began)
    return found


@pytest.mark.parametrize(("part", "path"), [("api", "/healthz"), ("client", "/_stcore/health")])
def test_no_packet_of_an_answer_waits_for_the_acknowledgement_of_another(
    stack: Stack, part: str, path: str
) -> None:
    port = stack.api_port if part == "api" else stack.client_port
    # If there were a delay, no answer would be faster on any machine.
    assert min(times(port, path)[QUICK_ACKS:]) < DELAYED_ACK_SECONDS / 2
