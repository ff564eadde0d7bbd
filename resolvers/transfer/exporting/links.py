"""Download links: short-lived, and valid without any other credential.

A link states what may be read, whose data it is and until when, signed with a keyed digest. Whoever has the
link can use it. The server stores nothing about it.
"""

import base64
import zlib

from pydantic import BaseModel, ConfigDict

from resolvers.digests import Digests
from resolvers.lifetimes import MINUTE
from resolvers.sessions.session_lists import SessionFilter
from resolvers.transfer.exporting.formats import ExportFormat

DOWNLOADS = "/downloads/"
"""The path on the API's host; the encoded link follows it."""
VALID = 5 * MINUTE
"""How long after its creation a link may be used to start a download. A download that has started
may take longer."""


class Selection(BaseModel):
    """What a document must contain, and its format."""

    model_config = ConfigDict(frozen=True)

    format: ExportFormat
    all_branches: bool = False
    """Whether the readable formats have all branches, in place of only the shown path."""
    everything: bool = False
    """Everything stored about the user; otherwise only their chats, narrowed by the other fields."""
    session_ids: tuple[str, ...] | None = None
    filter: SessionFilter | None = None
    """Its times apply to the latest activity; its order is ignored."""


class Link(BaseModel):
    """Allows one user to download a selection."""

    model_config = ConfigDict(frozen=True)

    uid: str
    selection: Selection
    issued_at: int
    """In microseconds since 1970."""
    erasure: int
    """The `update_time` of the user's last erasure when the link was made; 0 if there was none."""

    @property
    def expires_at(self) -> int:
        """When it expires, in microseconds since 1970."""
        return self.issued_at + VALID


class BadLink(Exception):
    """The link was not made here, or was changed."""


class ExpiredLink(Exception):
    """The link has expired."""


def encode(link: Link, digests: Digests) -> str:
    """The link, encoded as one word for a URL."""
    packed = zlib.compress(link.model_dump_json(exclude_none=True).encode())
    claims = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return f"{claims}.{digests.link_tag(claims)}"


def decode(word: str, digests: Digests) -> Link:
    """The link that was encoded; raises `BadLink`. It may have expired."""
    claims, _, tag = word.partition(".")
    if not word.isascii() or not digests.is_link_tag(tag, claims):
        raise BadLink
    packed = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
    return Link.model_validate_json(zlib.decompress(packed))
