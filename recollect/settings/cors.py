"""Which pages of other origins may use the API, and what they may send."""

import re
from typing import Annotated

from pydantic import AfterValidator

from recollect.settings.types import Listed

_SCHEMES = "https?|capacitor|ionic|tauri|(chrome|moz|safari-web)-extension"
"""The URL schemes of pages in browsers and in apps that show them, and of extensions."""
_ORIGIN = re.compile(rf"({_SCHEMES})://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{{1,5}})?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")

TRACING_HEADERS = ("traceparent", "tracestate", "baggage", "sentry-trace", "x-request-id")
APOLLO_HEADERS = (
    "apollographql-client-name",
    "apollographql-client-version",
    "apollo-require-preflight",
    "x-apollo-operation-id",
    "x-apollo-operation-name",
    "x-apollo-operation-type",
)


def _origins(urls: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(_ORIGIN.fullmatch, urls)):
        raise ValueError(
            "should be exact origins such as https://chat.example or capacitor://localhost, in lower "
            "case, without a path and without *, separated by commas"
        )
    return urls


def _headers(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(_HEADER.fullmatch, names)) or "*" in names:
        raise ValueError("should be names of headers, separated by commas, without *")
    return names


Origins = Annotated[Listed, AfterValidator(_origins)]
Headers = Annotated[Listed, AfterValidator(_headers)]
