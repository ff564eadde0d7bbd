"""Compresses answers for callers who accept it, by Zstandard or gzip."""

from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from recollect.http.negotiation import EVENTS, GRAPHQL

MINIMUM_BYTES = 4096
"""Smaller answers go as they are: they fit into a few packets, which leave at the same time."""

add_compress_type(GRAPHQL)
# A compressor for each of the connections that stay would take a megabyte of memory.
remove_compress_type(EVENTS)


class Compression(CompressMiddleware):
    """Compresses as fast as it can: the event loop waits for it."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=MINIMUM_BYTES, zstd_level=1, gzip_level=1, brotli=False)
