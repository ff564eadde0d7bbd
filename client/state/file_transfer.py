"""Downloads exported documents and uploads files to import."""

import json
import os
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import httpx

from client.api.enums import ImportFormat
from client.api.fragments import Export, ExportDownload, ImportResult
from client.state.browser_tab import Tab
from client.transport import UNEXPECTED, UNREACHABLE, ApiError
from client.wording import _

CHUNK = 256 * 1024
TIMEOUT = httpx.Timeout(300, connect=10)
FORMATS = {each.value.replace("_", "").lower(): each for each in ImportFormat}
"""The formats, by their names in a report of `POST /imports`."""


def offered(export: Export) -> ExportDownload:
    """The document that an export offers; raises `ApiError` if it was refused."""
    if export.download is None:
        raise ApiError(" ".join(error.message for error in export.user_errors) or _(UNEXPECTED))
    return export.download


def public_address(document: ExportDownload) -> str | None:
    """The address at which the browser can get a document itself; None if the API's public address
    is not set."""
    api = os.environ.get("RECOLLECT_PUBLIC_API_URL")
    return urljoin(api, document.url) if api else None


def download(tab: Tab, document: ExportDownload) -> bytes:
    """The whole document, in this process's memory; raises `ApiError`."""
    try:
        response = httpx.get(tab.url + urlsplit(document.url).path, timeout=TIMEOUT)
    except httpx.HTTPError:
        raise ApiError(_(UNREACHABLE)) from None
    if response.status_code != httpx.codes.OK:
        raise ApiError(_(UNEXPECTED))
    return response.content


def upload(
    tab: Tab, file: IO[bytes], size: int, *, dry_run: bool, reached: Callable[[float], object]
) -> ImportResult:
    """Import a file, or do a dry run. `reached` is called with the fraction that is done. Raises
    `ApiError`."""
    file.seek(0)
    if not dry_run:
        tab.api.forget()
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
        raise ApiError(_(UNREACHABLE)) from None
    except (ValueError, AttributeError):
        raise ApiError(_(UNEXPECTED)) from None
    if "report" not in last:
        error = last.get("error") or (last.get("errors") or [{}])[0]
        raise ApiError(error.get("message") or _(UNEXPECTED))
    report = last["report"]
    return ImportResult.model_validate({**report, "format": FORMATS.get(report["format"])})
