"""The headers of a request or of a WebSocket's handshake, read once."""

from starlette.types import Scope

_READ = "recollect.headers"
"""The key of the headers that were read in a request's scope."""


def request_headers(scope: Scope) -> dict[str, str]:
    """The first value of each header, by its name in lower case. Not to be changed."""
    found: dict[str, str] | None = scope.get(_READ)
    if found is None:
        found = scope[_READ] = {}
        for name, value in reversed(list(scope["headers"])):
            found[name.decode("latin-1")] = value.decode("latin-1")
    return found


def all_values(scope: Scope, name: bytes) -> str:
    """All values of a header that may be repeated, with commas between them."""
    return b",".join([value for each, value in scope["headers"] if each == name]).decode("latin-1")
