"""Reads JSON lines: one value per line, ignoring empty lines."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from resolvers.transfer.importing.readers.json_values import BOM, BadValue, parse

LINE_BYTES = 8 * 1024 * 1024
"""The longest line that is parsed, in bytes: the longest turn with every character escaped."""


def lines(stream: BinaryIO) -> Iterator[tuple[int, Any | BadValue]]:
    """The lines of a file, numbered from 1, each with its value or the reason why it has none."""
    number = 0
    while line := stream.readline(LINE_BYTES + 1):
        number += 1
        too_long = len(line) > LINE_BYTES
        while line and not line.endswith(b"\n") and too_long:
            line = stream.readline(LINE_BYTES)
        if too_long:
            yield number, BadValue(f"the line is longer than {LINE_BYTES} bytes")
            continue
        if number == 1:
            line = line.removeprefix(BOM)
        if line.strip():
            try:
                yield number, parse(line)
            except BadValue as bad:
                yield number, bad
