"""The audit log: who exported, erased or read what of everybody's, and who could not sign in.

Each entry names its event and the user by id. There is no text, no address and no credential in it.
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
# It is kept whatever the level of the other logs.
_log.setLevel(logging.INFO)


def audit(event: Event, uid: str | None, **details: str | int | bool) -> None:
    """Note an event of a user's; `uid` is None where nobody was known."""
    _log.info(event, extra={"uid": uid, **details})
