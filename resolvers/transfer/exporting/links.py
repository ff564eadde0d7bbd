"""Download links: short-lived capabilities that need no other credential.

A link says what may be read, of whom and until when, and carries a keyed digest of that. The server
keeps nothing of it.
"""

import base64
import zlib

from pydantic import BaseModel, ConfigDict

from resolvers.digests import Digests
from resolvers.lifetimes import MINUTE
from resolvers.sessions.session_lists import SessionFilter
from resolvers.transfer.exporting.formats import ExportFormat

DOWNLOADS = "/downloads/"
"""Where on the API's own host a link is followed: the word of the link comes after it."""
VALID = 5 * MINUTE
"""How long a download may begin after its link was made; once begun it may take its time."""


class Selection(BaseModel):
    """What a document is to hold, and in which format."""

    model_config = ConfigDict(frozen=True)

    format: ExportFormat
    everything: bool = False
    """All that is held about the user; else their chats, which the rest narrows."""
    session_ids: tuple[str, ...] | None = None
    filter: SessionFilter | None = None
    """Its times are of the latest activity; its order is not read."""


class Link(BaseModel):
    """A promise to one user that a selection can be downloaded."""

    model_config = ConfigDict(frozen=True)

    uid: str
    selection: Selection
    issued_at: int
    """In microseconds since 1970."""
    erasure: int
    """The user's last erasure when the link was made, by its `update_time`; 0 if there was none."""

    @property
    def expires_at(self) -> int:
        """Until when it can be followed, in microseconds since 1970."""
        return self.issued_at + VALID


class BadLink(Exception):
    """Nobody made this link here, or somebody changed it."""


class ExpiredLink(Exception):
    """The time to follow this link is over."""


def encode(link: Link, digests: Digests) -> str:
    """The link as one word that can stand in a URL."""
    packed = zlib.compress(link.model_dump_json(exclude_none=True).encode())
    claims = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return f"{claims}.{digests.link_tag(claims)}"


def decode(word: str, digests: Digests) -> Link:
    """The link that `encode` made; raises `BadLink`. It may have expired."""
    claims, _, tag = word.partition(".")
    if not word.isascii() or not digests.is_link_tag(tag, claims):
        raise BadLink
    packed = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
    return Link.model_validate_json(zlib.decompress(packed))
