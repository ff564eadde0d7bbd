"""Keyed digests: the same for the same input, and impossible to guess."""

import hmac
import json
import os
from collections.abc import Sequence
from typing import Any

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""Equal values must give the same text forever, because stored digests were made from it."""


CURSOR_TAG = 12
"""Characters of a cursor's tag."""


def new_id() -> str:
    """A random id of 128 bits."""
    return os.urandom(16).hex()


def derived_key(key: bytes, purpose: str) -> bytes:
    """A key for one purpose; it reveals nothing about the keys for other purposes."""
    return hmac.digest(key, f"recollect {purpose}".encode(), "sha256")


class Digests:
    """HMAC-SHA256 with one domain per purpose. The installation's id key is used for stored values; keys
    derived from `signing_keys` are used for values that are handed out and come back. The first of these
    signs, and all of them are accepted; if there are none, the id key takes their place.
    """

    def __init__(self, key: bytes, signing_keys: Sequence[bytes] = ()) -> None:
        self._key = key
        self._signing_keys = tuple(signing_keys) or (key,)
        self._signers: dict[str, list[hmac.HMAC]] = {}

    def _digest(self, purpose: str, value: Any) -> str:
        return hmac.digest(self._key, _encode([purpose, value]).encode(), "sha256").hex()

    def session_id(self, uid: str, conversation_id: str) -> str:
        """The id of the session that a first turn opens: the same each time that turn is sent."""
        return self._digest("session", [uid, conversation_id])[:32]

    def user_key(self, uid: str) -> str:
        """The key that analysts see in place of a user's id. The id can't be derived from it."""
        return self._digest("analyst", uid)[:32]

    def imported_id(self, uid: str, path: Sequence[str | int]) -> str:
        """The id of a record imported from another system: the same each time."""
        return self._digest("import", [uid, *path])[:32]

    def fingerprint(self, request: Any) -> str:
        """The digest by which a repeated request is recognised. It reveals nothing of the request's text."""
        return self._digest("request", request)

    def notice_id(self, uid: str, notice: Sequence[str | int]) -> str:
        """The id of a notice: the same each time the notice is shown or mailed."""
        return self._digest("notice", [uid, *notice])[:32]

    def message_id(self, uid: str, mail_id: str) -> str:
        """The beginning of a mail's Message-ID: the same however often the mail is sent."""
        return self._digest("mail", [uid, mail_id])[:32]

    def unsubscribe_tag(self, claims: str) -> str:
        """The signature of a link that ends a kind of mail (256 bits)."""
        return self._tag("unsubscribe", claims)

    def is_unsubscribe_tag(self, tag: str, claims: str) -> bool:
        """Whether such a link was made here, for exactly these claims."""
        return any(_same(tag, each) for each in self._tags("unsubscribe", claims))

    def cursor_tag(self, scope: str, position: Any) -> str:
        """The tag that binds a cursor to its list (48 bits)."""
        return self._tag("cursor", [scope, position])[:CURSOR_TAG]

    def is_cursor_tag(self, tag: object, scope: str, position: Any) -> bool:
        """Whether a cursor was made here for this list."""
        tags = self._tags("cursor", [scope, position])
        return any(_same(tag, each[:CURSOR_TAG]) for each in tags)

    def link_tag(self, claims: str) -> str:
        """The signature of a download link's claims (256 bits)."""
        return self._tag("link", claims)

    def is_link_tag(self, tag: str, claims: str) -> bool:
        """Whether a download link was made here, for exactly these claims."""
        return any(_same(tag, each) for each in self._tags("link", claims))

    def _tag(self, purpose: str, value: Any) -> str:
        """The tag to hand out now."""
        return _signed(self._of(purpose)[0], _encode([purpose, value]))

    def _tags(self, purpose: str, value: Any) -> list[str]:
        """All tags that are accepted."""
        text = _encode([purpose, value])
        return [_signed(each, text) for each in self._of(purpose)]

    def _of(self, purpose: str) -> list[hmac.HMAC]:
        """The signers for a purpose, one per key; the first one signs new tags."""
        if purpose not in self._signers:
            keys = [derived_key(key, purpose) for key in self._signing_keys]
            if self._key in self._signing_keys:
                # An earlier release signed with the id key itself.
                keys.append(self._key)
            self._signers[purpose] = [hmac.new(key, digestmod="sha256") for key in keys]
        return self._signers[purpose]


def _signed(signer: hmac.HMAC, text: str) -> str:
    # For OpenSSL, loading a key takes longer than signing a cursor.
    mac = signer.copy()
    mac.update(text.encode())
    return mac.hexdigest()


def _same(given: object, tag: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), tag.encode())
