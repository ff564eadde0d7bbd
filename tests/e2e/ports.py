"""Ports for servers that a test starts, and ports on which nothing must answer."""

import socket

_RESERVED: list[socket.socket] = []


def free_port() -> int:
    """A port that nothing listens on, and that no other process is given until this one ends.

    A socket that stays bound to the port keeps it from everything that asks for any free port, such as
    another test's server or an outgoing connection. A server that asks for this port gets it, because all of
    ours set SO_REUSEADDR; until then a connection is refused.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    _RESERVED.append(reserved)
    port: int = reserved.getsockname()[1]
    return port
