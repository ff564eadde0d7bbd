"""Ports for servers that a test starts, and for those that it wants nobody to answer at."""

import socket

_RESERVED: list[socket.socket] = []


def free_port() -> int:
    """A port nothing listens on, and that no other process is given until this one ends.

    A socket that stays bound to it keeps it from whoever asks for any port, such as another test's server
    or a connection that is opened. A server that asks for this one gets it, for all of ours set SO_REUSEADDR;
    until then a connection is refused.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    _RESERVED.append(reserved)
    port: int = reserved.getsockname()[1]
    return port
