"""The installation's key, and the user ids derived from it."""

import base64
import hmac
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from recollect.settings.errors import SettingsError
from recollect.settings.identity import FROM_ID_KEY, ID_KEY_LENGTH
from recollect.settings.settings import Settings

FILE = "id_key"
UID_BYTES = 20
REMEMBERED = 4096
"""User ids of addresses that are cached: callers usually call again."""


@lru_cache(REMEMBERED)
def uid_of_email(id_key: bytes, email: str) -> str:
    """The user id of an address's owner; `email` is normalised."""
    return _uid(id_key, f"email:{email}")


def uid_of_subject(id_key: bytes, issuer: str, subject: str) -> str:
    """The user id of an issuer's subject without an address."""
    return _uid(id_key, f"subject:{issuer}\0{subject}")


def uid_of_guest(id_key: bytes, subject: str) -> str:
    """The user id of a guest; `subject` is the random subject of their token."""
    return _uid(id_key, f"guest:{subject}")


def _uid(id_key: bytes, identity: str) -> str:
    digest = hmac.digest(id_key, identity.encode(), "sha256")
    return base64.b32encode(digest[:UID_BYTES]).decode().lower()


def load_id_key(settings: Settings) -> bytes:
    """The configured key, or else the one in the data folder, which is generated on first use.

    Processes that start at the same time agree on one key. Raises `SettingsError` if the file is damaged.
    """
    if settings.id_key is not None:
        return settings.id_key.get_secret_value().encode()
    path = settings.data_dir / FILE
    if not path.exists():
        _generate(path)
    key = path.read_bytes().strip()
    if len(key) < ID_KEY_LENGTH:
        raise SettingsError(
            [f"{path}: is damaged; restore it, because the users' ids depend on it"]
        )
    return key


def load_signing_keys(settings: Settings, id_key: bytes) -> tuple[bytes, ...]:
    """The keys for guest tokens, cursors and links: the first signs, and all are accepted."""
    given = [key.get_secret_value() for key in settings.signing_keys] or [FROM_ID_KEY]
    return tuple(id_key if key == FROM_ID_KEY else key.encode() for key in given)


def _generate(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(ID_KEY_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # Another process was first; its key counts.
            os.link(draft, path)
    finally:
        draft.unlink()
