"""Keyed digests: what must be the same for the same input, and guessable by nobody."""

import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""The same text for equal values, for good: what is stored was made from it."""


def new_id() -> str:
    """A random id of 128 bits."""
    return secrets.token_hex(16)


class Digests:
    """HMAC-SHA256 under the deployment's id key, one domain a purpose."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def _digest(self, purpose: str, value: Any) -> str:
        return hmac.digest(self._key, _encode([purpose, value]).encode(), "sha256").hex()

    def session_id(self, uid: str, conversation_id: str) -> str:
        """The id of the session that a first turn opens, the same each time that turn is sent."""
        return self._digest("session", [uid, conversation_id])[:32]

    def user_key(self, uid: str) -> str:
        """What analysts see in place of a user's id, which can't be told from it."""
        return self._digest("analyst", uid)[:32]

    def imported_id(self, uid: str, path: Sequence[str | int]) -> str:
        """The id of a record that an import takes from another system, the same each time."""
        return self._digest("import", [uid, *path])[:32]

    def fingerprint(self, request: Any) -> str:
        """What a repeated request is recognised by; it tells nothing about the request's text."""
        return self._digest("request", request)

    def cursor_tag(self, scope: str, position: Any) -> str:
        """What binds a cursor to the list that it was made for (48 bits)."""
        return self._digest("cursor", [scope, position])[:12]

    def link_tag(self, claims: str) -> str:
        """What proves that a download link was made here, for just these claims (256 bits)."""
        return self._digest("link", claims)
