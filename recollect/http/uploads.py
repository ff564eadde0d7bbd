"""POST /imports: takes a file of chats as the body, and answers with the result of the import."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import IO, Any, BinaryIO, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from recollect.http.admission import Admission
from recollect.http.bodies import BadRequest, BodyParts
from recollect.http.body_memory import BodyMemory
from recollect.http.errors import INTERNAL_MESSAGE, UNAVAILABLE_MESSAGE, is_passing, where
from recollect.http.middleware import IDS
from recollect.http.negotiation import accepts, parse_media_type
from recollect.http.responses import RequestRefused, answer, refusal, refused
from resolvers.context import Context, Viewer
from resolvers.errors import Busy, Code, Refused
from resolvers.import_slots import TooManyImports
from resolvers.transfer.importing.importer import import_chats, imported
from resolvers.transfer.importing.readers.entries import Format
from resolvers.transfer.importing.report import ImportReport
from schema import import_report
from stores.errors import StoreError

log = logging.getLogger(__name__)

LINES = "application/x-ndjson"
FORM = "multipart/form-data"
IN_MEMORY = 1024 * 1024
"""Bytes beyond which a file is kept on disk."""
RETRY_SECONDS = "30"
"""When to ask again whether an import has ended: a large one takes minutes."""
_SWITCHES = {"true": True, "false": False}


class Imports:
    """Takes files of at most `max_bytes`; whoever may use the API may import."""

    def __init__(
        self,
        admission: Admission,
        context_of: Callable[[Viewer], Context],
        max_bytes: int,
        room: BodyMemory,
    ) -> None:
        self._admission = admission
        self._context_of = context_of
        self._max_bytes = max_bytes
        self._room = room

    async def post(self, request: Request) -> Response:
        """200 with the report as JSON or, for callers who accept application/x-ndjson, with lines of progress
        and, as the last line, the report or the error."""
        try:
            viewer, _ = await self._admission.admit(request.scope)
            form, dry_run = _options(request)
            ctx = self._context_of(viewer)
            with ExitStack() as opened:
                opened.enter_context(ctx.importing.hold(viewer.uid))
                take = opened.enter_context(self._room.hold(viewer.uid))
                file = opened.enter_context(await self._received(request, take))
                steps = import_chats(ctx, cast(BinaryIO, file), form, dry_run=dry_run)
                if _wants_lines(request):
                    return _Lines(_lines(request, file, steps), opened.pop_all())
                return answer(_report_json(await imported(steps)), 200)
        except RequestRefused as why:
            return refused(why)
        except TooManyImports as many:
            message = many.problems[0].message
            return refusal(429, "RATE_LIMITED", message, retry_after=RETRY_SECONDS)
        except (Refused, Busy, StoreError) as error:
            status, code, message = _failure(request, error)
            retry = {"retry_after": "5"} if status == 503 else {}
            return refusal(status, code, message, **retry)

    async def _received(self, request: Request, take: Callable[[int], None]) -> IO[bytes]:
        """The body in a file, from its start; `take` is called with the number of bytes of each part that
        stay in memory. Raises `BadRequest` and `QueueFull`."""
        in_memory = 0
        with ExitStack() as opened:
            file = opened.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
            message = f"The file exceeds {self._max_bytes} bytes; import it in parts."
            parts = BodyParts(request.receive, self._max_bytes, message)
            while parts.more:
                part = await parts.next()
                if more := min(len(part), IN_MEMORY - in_memory):
                    take(more)
                    in_memory += more
                await asyncio.to_thread(file.write, part)
            file.seek(0)
            opened.pop_all()
            return file


class _Lines(StreamingResponse):
    """A streamed answer; the resources opened for it are closed when it ends, however it ends."""

    def __init__(self, lines: AsyncIterator[bytes], opened: ExitStack) -> None:
        super().__init__(lines, media_type=LINES)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._opened:
            await super().__call__(scope, receive, send)


def _options(request: Request) -> tuple[Format | None, bool]:
    """The format, if one is named, and whether to write nothing; raises `BadRequest`."""
    given = request.query_params
    if parse_media_type(request.headers.get("content-type", ""))[0] == FORM:
        raise BadRequest(415, "Send the file itself as the body, not in a form.")
    if unknown := set(given) - {"format", "dryRun"}:
        raise BadRequest(400, f"{min(unknown)[:50]!r} is no parameter; send format or dryRun.")
    dry_run = _SWITCHES.get(given.get("dryRun", "false"))
    if dry_run is None:
        raise BadRequest(400, "dryRun must be true or false.")
    named = given.get("format")
    formats = {each.value: each for each in Format}
    if named is not None and named not in formats:
        raise BadRequest(400, f"format must be one of {', '.join(formats)}.")
    return formats.get(named or ""), dry_run


def _wants_lines(request: Request) -> bool:
    return accepts(",".join(request.headers.getlist("accept")), LINES)


async def _lines(
    request: Request, file: IO[bytes], steps: AsyncIterator[ImportReport]
) -> AsyncIterator[bytes]:
    """Lines of progress, then the report or the error."""
    last: dict[str, Any] = {}
    try:
        async for report in steps:
            taken = {"sessions": report.sessions.added, "turns": report.turns.added}
            yield _line({"progress": {"bytes": file.tell(), **taken}})
        last = {"report": _report_json(report)}
    except (Refused, Busy, StoreError) as error:
        _, code, message = _failure(request, error)
        last = {"error": {"code": code, "message": message}}
    yield _line(last)


def _report_json(report: ImportReport) -> Any:
    return import_report.as_json(import_report.ImportReport.of(report))


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value) + b"\n"


def _failure(request: Request, error: Refused | Busy | StoreError) -> tuple[int, str, str]:
    """Status, code and message of an import that ended without a report."""
    if isinstance(error, Refused):
        code = error.problems[0].code
        message = " ".join(problem.message for problem in error.problems)
        return 409 if code is Code.ACCOUNT_ERASING else 400, code.value, message
    log.warning("import broken off", extra={**where(error), **request.scope[IDS].log_fields})
    stays = "What was imported stays, and is not imported twice."
    if is_passing(error):
        return 503, "UNAVAILABLE", f"{UNAVAILABLE_MESSAGE} {stays}"
    return 500, "INTERNAL", f"{INTERNAL_MESSAGE} {stays}"
