"""Decides which e-mail addresses belong to the same person.

An issuer that verified an address vouches for one spelling of it. So two spellings count as one only if no
issuer distinguishes any of their differences: the case of ASCII letters, the case of the domain, and how an
accent is composed.
"""

import re
import unicodedata
from functools import lru_cache

MAX_EMAIL_LENGTH = 254
MAX_LOCAL_LENGTH = 64
"""Both in characters (RFC 5321, section 4.5.3.1)."""
REMEMBERED = 4096
"""Addresses whose normal form is cached, about 2 MB: callers usually call again."""

# Unquoted addresses of RFC 5322, section 3.4.1, with the additions of RFC 6532.
_ADDRESS = re.compile(
    rf"[\w!#$%&'*+/=?^`{{|}}~.\-\x80-\U0010ffff]{{1,{MAX_LOCAL_LENGTH}}}@[\w.\-\x80-\U0010ffff]+"
)
_ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


class NotAnAddress(ValueError):
    """The text is not an address that can identify a person. The message does not contain it."""

    def __init__(self) -> None:
        super().__init__(
            f"should be one e-mail address of at most {MAX_EMAIL_LENGTH} characters, at most "
            f"{MAX_LOCAL_LENGTH} of them before the @, without spaces and look-alike characters"
        )


@lru_cache(REMEMBERED)
def normalise_email(email: str) -> str:
    """The normal form of an address; raises `NotAnAddress`.

    Characters that stand for others, such as the Kelvin sign for K, are refused: RFC 8264 (section 9.17)
    keeps them out of identifiers.
    """
    email = email.strip(" \t\r\n")
    if len(email) > MAX_EMAIL_LENGTH or not all(map(_may_stand, email)):
        raise NotAnAddress
    composed = unicodedata.normalize("NFC", email)
    if _ADDRESS.fullmatch(composed) is None:
        raise NotAnAddress
    local, _, domain = composed.partition("@")
    return f"{local.translate(_ASCII_LOWER)}@{unicodedata.normalize('NFC', domain.lower())}"


def _may_stand(character: str) -> bool:
    """Whether a character can be part of an address and is not another way to write a different one."""
    if character.isascii():
        return character.isprintable()
    category = unicodedata.category(character)
    return category[0] not in "CZ" and unicodedata.normalize("NFKC", character) == character
