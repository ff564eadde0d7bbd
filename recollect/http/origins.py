"""Detects requests that another site's page sends in a user's name (CSRF).

Browsers say where a request comes from, in `Sec-Fetch-Site` and for most requests in `Origin`.
Other callers send neither and have no ambient credential to abuse.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit


def from_another_site(headers: Mapping[str, str], allowed: Collection[str]) -> bool:
    """Whether a request comes from a page of another site that is not `allowed` (exact origins)."""
    origin = headers.get("origin")
    if origin in allowed:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        # "none" is the user: a typed address or a bookmark.
        return site not in ("same-origin", "none")
    return origin is not None and not _same_host(origin, headers.get("host", ""))


def _same_host(origin: str, host: str) -> bool:
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
