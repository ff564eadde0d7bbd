"""Limits connections: in total, per address, and those that only wait."""

import ipaddress
from collections import Counter
from typing import Protocol

from recollect.http.rate_limit import network

FULL = "The server has reached its limit of connections; try again shortly."
FULL_OF_YOURS = "Your network has reached its limit of connections; close some first."


class Idle(Protocol):
    """A connection that waits for a request."""

    def give_way(self) -> None:
        """Close, to make room for a connection with a request."""


class Proxies:
    """The proxies that forward requests for others: `allowed` is FORWARDED_ALLOW_IPS, addresses and networks
    separated by commas, or `*` for everybody."""

    def __init__(self, allowed: str) -> None:
        names = [name.strip() for name in allowed.split(",")]
        self.everybody = "*" in names
        self._networks = [
            ipaddress.ip_network(name, strict=False) for name in names if name not in ("*", "")
        ]

    def __contains__(self, host: str) -> bool:
        if self.everybody:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in each for each in self._networks)


class Gate:
    """The connections of one process: at most `most`, and `most_of_network` from one network, unless it is a
    proxy's.

    When there is no room, the connection that has waited longest for a request is closed for a new one.
    """

    def __init__(self, most: int, most_of_network: int, proxies: Proxies) -> None:
        self._most = most
        self._most_of_network = most_of_network
        self._proxies = proxies
        self._open: dict[object, str] = {}
        self._of_network: Counter[str] = Counter()
        self._idle: dict[Idle, None] = {}

    def enter(self, connection: object, host: str) -> str | None:
        """Accept a connection from `host`, or return why not."""
        name = "" if host in self._proxies else network(host)
        if name and self._of_network[name] >= self._most_of_network:
            return FULL_OF_YOURS
        if len(self._open) >= self._most:
            if not self._idle:
                return FULL
            longest = next(iter(self._idle))
            del self._idle[longest]
            longest.give_way()
        self._open[connection] = name
        self._of_network[name] += 1
        return None

    def leave(self, connection: object) -> None:
        """Forget a closed connection."""
        if (name := self._open.pop(connection, None)) is not None:
            self._of_network -= Counter([name])

    def waits(self, connection: Idle) -> None:
        """A connection now waits for a request."""
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def works(self, connection: Idle) -> None:
        """A connection has a request, or has ended."""
        self._idle.pop(connection, None)
