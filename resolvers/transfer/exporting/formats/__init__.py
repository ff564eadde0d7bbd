"""The export formats. Each writes the entries of an archive as text, one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from resolvers.transfer.archive import ArchiveEntry
from resolvers.transfer.exporting.formats.csv import CSVWriter
from resolvers.transfer.exporting.formats.html import CONTENT_POLICY, HTMLWriter
from resolvers.transfer.exporting.formats.json import JSONWriter
from resolvers.transfer.exporting.formats.markdown import MarkdownWriter
from resolvers.transfer.exporting.formats.ndjson import NDJSONWriter


class Writer(Protocol):
    """Writes one document. It gets the header, then each session followed by its turns."""

    def write(self, entry: ArchiveEntry) -> str:
        """The document's next part."""

    def finish(self) -> str:
        """The document's end; without it the document is incomplete."""


class ExportFormat(Enum):
    """The formats of an exported document."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Format:
    """How documents of a format are written, and their media type and extension."""

    writer: Callable[[], Writer]
    media_type: str
    extension: str
    content_policy: str = "default-src 'none'; sandbox"
    """What a browser may load or run when it shows the document."""
    parses: bool = False
    """Whether Markdown is parsed to write it, which takes time for long texts."""


FORMATS = {
    ExportFormat.JSON: Format(JSONWriter, "application/json", "json"),
    ExportFormat.NDJSON: Format(NDJSONWriter, "application/x-ndjson", "ndjson"),
    ExportFormat.CSV: Format(CSVWriter, "text/csv; charset=utf-8; header=present", "csv"),
    ExportFormat.MARKDOWN: Format(
        MarkdownWriter, "text/markdown; charset=utf-8", "md", parses=True
    ),
    ExportFormat.HTML: Format(
        HTMLWriter, "text/html; charset=utf-8", "html", CONTENT_POLICY, parses=True
    ),
}

__all__ = ["FORMATS", "ExportFormat", "Format", "Writer"]
