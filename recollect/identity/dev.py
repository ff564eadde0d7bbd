"""The identity for a developer's own machine: callers are whoever they say."""

import re
import unicodedata
from collections.abc import Mapping

from recollect.identity.base import Unauthenticated
from recollect.identity.key import normalise_email, uid_of_email
from resolvers.context import Viewer

HEADER = "x-recollect-dev-user"
DEFAULT_USER = "you@example.com"
MAX_EMAIL_LENGTH = 254
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]+")


class DevAuthenticator:
    """Believes the header X-Recollect-Dev-User."""

    def __init__(self, id_key: bytes) -> None:
        self._id_key = id_key

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer with the address in the header, or the default one."""
        email = normalise_email(headers.get(HEADER, DEFAULT_USER))
        if not _is_address(email):
            raise Unauthenticated(
                f"X-Recollect-Dev-User should be one e-mail address of at most {MAX_EMAIL_LENGTH} "
                "characters."
            )
        return Viewer(uid=uid_of_email(self._id_key, email), email=email)


def _is_address(text: str) -> bool:
    return (
        len(text) <= MAX_EMAIL_LENGTH
        and _ADDRESS.fullmatch(text) is not None
        and not any(unicodedata.category(character).startswith("C") for character in text)
    )
