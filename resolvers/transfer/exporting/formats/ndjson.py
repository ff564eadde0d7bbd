"""NDJSON: one entry per line, lossless."""

from resolvers.transfer.archive import ArchiveEntry


class NDJSONWriter:
    """Writes an archive as lines of JSON."""

    def write(self, entry: ArchiveEntry) -> str:
        """The entry's line."""
        return entry.model_dump_json(by_alias=True, exclude_none=True) + "\n"

    def finish(self) -> str:
        """Nothing: every line is complete."""
        return ""
