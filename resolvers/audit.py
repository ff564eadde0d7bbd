"""The audit log: exports, erasures, administrators' reads of all users' data, and failed sign-ins.

Each entry names its event and the user's id. It contains no text, no address and no credential.
"""

import logging
from typing import Literal, TypeAlias

LOGGER = "recollect.audit"
Event: TypeAlias = Literal[
    "export",
    "download",
    "erasure begun",
    "erasure finished",
    "administrator read",
    "sign-in failed",
]

_log = logging.getLogger(LOGGER)
# Written whatever the level of the other logs.
_log.setLevel(logging.INFO)


def audit(event: Event, uid: str | None, **details: str | int | bool) -> None:
    """Log an event of a user; `uid` is None if the user is unknown."""
    _log.info(event, extra={"uid": uid, **details})
