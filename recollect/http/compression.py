"""Compresses the responses of the GraphQL endpoint with Zstandard or gzip, for callers who accept it.

Downloads are not compressed: a compressor would hold back data while the rest is still being read.
"""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type

from recollect.http.negotiation import GRAPHQL

MINIMUM_BYTES = 4096
"""Smaller responses are not compressed: they fit into a few packets that are sent together."""

_VARY = (b"vary", b"Accept-Encoding")

add_compress_type(GRAPHQL)


def compressed(response: Response, headers: Mapping[str, str]) -> ASGIApp:
    """The response to a request with these headers, compressed if it is long and the caller accepts that. At
    the fastest level, because the event loop waits for it."""
    if len(response.body) < MINIMUM_BYTES:
        return response
    if "accept-encoding" in headers:
        return CompressMiddleware(
            response, minimum_size=MINIMUM_BYTES, zstd_level=1, gzip_level=1, brotli=False
        )
    response.raw_headers.append(_VARY)
    return response
