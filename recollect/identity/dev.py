"""The identity for a developer's own machine: callers are whoever they say."""

import re
import unicodedata
from collections.abc import Mapping

from recollect.identity.base import Unauthenticated, bearer_token
from recollect.identity.key import normalise_email
from recollect.identity.viewers import Viewers
from resolvers.context import Viewer

HEADER = "x-recollect-dev-user"
DEFAULT_USER = "you@example.com"
MAX_EMAIL_LENGTH = 254
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]+")


class DevAuthenticator:
    """Believes the header X-Recollect-Dev-User."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer with the address in the header, or the default one.

        A bearer token, which nobody here can verify, is refused rather than overlooked.
        """
        if bearer_token(headers) is not None:
            raise Unauthenticated(
                "The token can't be verified. With the dev identity send the header "
                "X-Recollect-Dev-User and no bearer token."
            )
        email = normalise_email(headers.get(HEADER, DEFAULT_USER))
        if not _is_address(email):
            raise Unauthenticated(
                f"X-Recollect-Dev-User should be one e-mail address of at most {MAX_EMAIL_LENGTH} "
                "characters."
            )
        return self._viewers.of_email(email, claims={})


def _is_address(text: str) -> bool:
    return (
        len(text) <= MAX_EMAIL_LENGTH
        and _ADDRESS.fullmatch(text) is not None
        and not any(unicodedata.category(character).startswith("C") for character in text)
    )
