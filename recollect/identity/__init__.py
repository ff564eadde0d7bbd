"""Identifies callers: one authenticator for each identity that an installation can be set to."""

from recollect.identity.base import Authenticator, IdentityUnavailable, Unauthenticated
from recollect.identity.build import build_authenticator, build_guest_tokens
from recollect.identity.key import load_id_key, load_signing_keys

__all__ = [
    "Authenticator",
    "IdentityUnavailable",
    "Unauthenticated",
    "build_authenticator",
    "build_guest_tokens",
    "load_id_key",
    "load_signing_keys",
]
