"""Files on their way out and in: what an export link leads to, and what an import is told."""

import json
import tempfile
from collections.abc import Callable
from typing import IO, Any, BinaryIO, cast

import httpx

from client.api.fragments import Export, ImportResult
from client.tab import Tab
from client.transport import UNEXPECTED, UNREACHABLE, ApiError

CHUNK = 256 * 1024
TIMEOUT = httpx.Timeout(300, connect=10)


def download(tab: Tab, export: Export) -> BinaryIO:
    """The document an export made, in a temporary file at its start; raises `ApiError`."""
    if export.download is None:
        raise ApiError(" ".join(error.message for error in export.user_errors) or UNEXPECTED)
    # The file is closed by whoever reads it, or with the tab.
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    try:
        with httpx.stream("GET", tab.url + export.download.url, timeout=TIMEOUT) as response:
            if response.status_code != httpx.codes.OK:
                raise ApiError(UNEXPECTED)
            for chunk in response.iter_bytes(CHUNK):
                file.write(chunk)
    except httpx.HTTPError:
        file.close()
        raise ApiError(UNREACHABLE) from None
    file.seek(0)
    return file


def upload(
    tab: Tab, file: IO[bytes], size: int, *, dry_run: bool, reached: Callable[[float], object]
) -> ImportResult:
    """Import a file, or try to; `reached` hears which part of it is done. Raises `ApiError`."""
    file.seek(0)
    last: dict[str, Any] = {}
    try:
        with httpx.stream(
            "POST",
            f"{tab.url}/imports",
            params={"dryRun": str(dry_run).lower()},
            content=iter(lambda: file.read(CHUNK), b""),
            headers={
                **tab.person.headers,
                "Content-Type": "application/octet-stream",
                "Accept": "application/x-ndjson",
            },
            timeout=TIMEOUT,
        ) as response:
            for line in response.iter_lines():
                last = json.loads(line)
                if progress := last.get("progress"):
                    reached(min(1.0, progress["bytes"] / max(1, size)))
    except httpx.HTTPError:
        raise ApiError(UNREACHABLE) from None
    except (ValueError, AttributeError):
        raise ApiError(UNEXPECTED) from None
    if "report" not in last:
        error = last.get("error") or (last.get("errors") or [{}])[0]
        raise ApiError(error.get("message") or UNEXPECTED)
    return ImportResult.model_validate(last["report"])
