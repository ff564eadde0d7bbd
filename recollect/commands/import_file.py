"""Sends a file of chats to the API's POST /imports and shows a progress bar."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import click
import httpx

from recollect.commands.import_content import content

CHUNK = 256 * 1024
SECONDS = 300
"""How long the API may send nothing."""


class ImportFailed(Exception):
    """The import ended without a report. What was imported stays, and the import can be repeated."""


def import_file(
    path: Path,
    url: str,
    user: str | None,
    token: str | None,
    *,
    form: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Import a file's chats and return the report; from a .zip over 16 MiB, only files that may
    hold chats are sent.

    `url` may end in /graphql. Raises `ImportFailed`.
    """
    headers = {"X-Recollect-Dev-User": user} if user else {}
    if token and not user:
        headers["Authorization"] = f"Bearer {token}"
    headers |= {"Accept": "application/x-ndjson", "Content-Type": "application/octet-stream"}
    params = {"dryRun": json.dumps(dry_run), **({"format": form} if form else {})}
    with (
        _client(url, headers, params) as client,
        content(path) as file,
        # Sending the file is one half of the progress, importing it the other.
        click.progressbar(length=2 * _size(file), label=path.name, file=sys.stderr) as bar,
    ):
        size = _size(file)

        def reached(position: int) -> None:
            bar.update(max(0, position - bar.pos))

        while True:
            wait, report = _send(client, file, size, reached)
            if report is not None:
                reached(2 * size)
                return report
            time.sleep(wait)


def _size(file: IO[bytes]) -> int:
    return file.seek(0, os.SEEK_END)


def _client(url: str, headers: dict[str, str], params: dict[str, str]) -> httpx.Client:
    base = url.rstrip("/").removesuffix("/graphql")
    try:
        return httpx.Client(base_url=base, headers=headers, params=params, timeout=SECONDS)
    except httpx.InvalidURL:
        raise ImportFailed(f"{url} is not the address of an API.") from None


def _send(
    client: httpx.Client, file: IO[bytes], size: int, reached: Callable[[int], None]
) -> tuple[int, dict[str, Any] | None]:
    """The report, or the number of seconds that the API asks to wait."""

    def chunks() -> Iterator[bytes]:
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
            reached(file.tell())

    try:
        with client.stream(
            "POST", "/imports", content=chunks(), headers={"Content-Length": str(size)}
        ) as response:
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                wait = response.headers.get("Retry-After", "")
                return int(wait) if wait.isdecimal() else 1, None
            lines = response.iter_lines()
            return 0, _report(response, lines, lambda position: reached(size + position))
    except httpx.HTTPError as error:
        raise ImportFailed(
            f"The API can't be reached at {client.base_url} ({type(error).__name__}); "
            "give its address with --url, or repeat the import later."
        ) from None


def _report(
    response: httpx.Response, lines: Iterator[str], reached: Callable[[int], None]
) -> dict[str, Any]:
    """The report in the last line of a response. The lines before it contain the progress."""
    try:
        for line in lines:
            said = json.loads(line)
            if "progress" in said:
                reached(said["progress"]["bytes"])
            elif "report" in said:
                report: dict[str, Any] = said["report"]
                return report
            elif "error" in said:
                raise ImportFailed(said["error"]["message"])
            else:
                raise ImportFailed(said["errors"][0]["message"])
    except (ValueError, LookupError, TypeError):
        raise ImportFailed(
            f"What answers at {response.url} (status {response.status_code}) is no Recollect API."
        ) from None
    raise ImportFailed("The response ended early; repeat the import, which adds nothing twice.")
