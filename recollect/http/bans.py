"""Remembers users who have to wait, so that their requests are refused before any other work is done."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from recollect.http.budgets import OverBudget

K = TypeVar("K")
V = TypeVar("V")

CREDENTIALS = ("authorization", "x-goog-iap-jwt-assertion", "x-recollect-dev-user")
"""The headers that can identify the caller."""
TOLERATED = 50
"""Requests that a user who has to wait may still send: clients send several at once."""
BANNED = "You are banned, because you went on though you were told to wait."
FIRST_SECONDS = 60.0
"""The length of a user's first ban."""
REMEMBERED = 10_000
"""The most users, and the most credentials, kept: about 5 MB. The least recently used are forgotten."""


@dataclass(slots=True)
class _Wait:
    """The wait of one user, until a time of the clock."""

    until: float
    why: str
    bannable: bool
    early: int = 0
    """Requests that came before that time."""
    banned: float = 0.0
    """The length of the user's last ban in seconds; 0 if there was none."""


class Bans:
    """The users of one process who have to wait.

    A user who has used up a budget is told how long to wait. If more than `TOLERATED` requests of the user
    come before then, the user is banned, each time for twice as long, but at most `longest` seconds; 0 means
    that nobody is banned. Bans are forgotten `longest` seconds after the end of the last one.

    Users are known by their ids, and by digests of credentials that were verified when they were told to
    wait. Nothing is kept about networks: nobody is banned for what their neighbours do. `clock` counts
    seconds and never goes back.
    """

    def __init__(
        self,
        longest: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        remembered: int = REMEMBERED,
    ) -> None:
        self._longest = longest
        self._clock = clock
        self._remembered = remembered
        self._waits: OrderedDict[str, _Wait] = OrderedDict()
        self._users: OrderedDict[bytes, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waits) + len(self._users)

    def tell(
        self, user: str, over: OverBudget, headers: Mapping[str, str], *, bannable: bool
    ) -> None:
        """Remember that a user, proven by these headers, is told to wait. Guests are not `bannable`, because
        others on their network use up the same budget."""
        now = self._clock()
        last = self._waits.pop(user, None)
        recent = last is not None and now < last.until + self._longest
        banned = last.banned if last is not None and recent else 0.0
        self._keep(self._waits, user, _Wait(now + over.seconds, over.why, bannable, banned=banned))
        self._know(user, headers)

    def check(self, user: str, headers: Mapping[str, str]) -> None:
        """Count a request of a user, proven by these headers; raises `OverBudget` if they have to wait."""
        if user in self._waits:
            try:
                self._check(user)
            except OverBudget:
                self._know(user, headers)
                raise

    def check_credential(self, credential: bytes) -> None:
        """Count a request with an unverified credential, given by its digest; raises `OverBudget` if it is
        known to belong to a user who has to wait."""
        if (user := self._users.get(credential)) is not None:
            self._users.move_to_end(credential)
            self._check(user)

    def _check(self, user: str) -> None:
        wait, now = self._waits.get(user), self._clock()
        if wait is None or now >= wait.until:
            return
        self._waits.move_to_end(user)
        wait.early += 1
        if wait.early == TOLERATED + 1 and wait.bannable and self._longest:
            wait.banned = min(max(FIRST_SECONDS, 2 * wait.banned), self._longest)
            wait.until = max(wait.until, now + wait.banned)
            wait.why = BANNED
        raise OverBudget(wait.why, wait.until - now)

    def _know(self, user: str, headers: Mapping[str, str]) -> None:
        if (credential := digest(headers)) is not None:
            self._keep(self._users, credential, user)

    def _keep(self, table: OrderedDict[K, V], key: K, value: V) -> None:
        table[key] = value
        table.move_to_end(key)
        if len(table) > self._remembered:
            table.popitem(last=False)


def digest(headers: Mapping[str, str]) -> bytes | None:
    """A digest of the credential in a request's headers, so that the credential itself is not kept; None if
    there is none."""
    given = [headers.get(name, "") for name in CREDENTIALS]
    if not any(given):
        return None
    return hashlib.blake2b("\n".join(given).encode(), digest_size=16).digest()
