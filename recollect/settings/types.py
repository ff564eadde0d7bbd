"""Kinds of values that settings have."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_trustworthy(url: str) -> bool:
    """Whether data from `url` can't be altered in transit: https, or http on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )


def split(value: object) -> object:
    """The comma-separated parts of a text; another value as it is."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
"""Texts; in an environment variable, separated by commas."""
Port = Annotated[int, Field(ge=1, le=65535)]
