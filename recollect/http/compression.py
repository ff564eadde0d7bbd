"""Compresses the responses of the GraphQL endpoint with Zstandard or gzip, for callers who accept it.

Downloads are not compressed: a compressor would hold back data while the rest is still being read.
"""

from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from recollect.http.negotiation import EVENTS, GRAPHQL

MINIMUM_BYTES = 4096
"""Smaller responses are not compressed: they fit into a few packets that are sent together."""

add_compress_type(GRAPHQL)
# Not for event streams: a compressor for each would take a megabyte of memory.
remove_compress_type(EVENTS)


class Compression(CompressMiddleware):
    """Compresses at the fastest level, because the event loop waits for it."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=MINIMUM_BYTES, zstd_level=1, gzip_level=1, brotli=False)
