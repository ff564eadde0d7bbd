"""The mutation that imports chats."""

import io

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.deadline import take_long
from resolvers.import_slots import IMPORTS
from resolvers.input_limits import Checks
from resolvers.transfer.importing.importer import import_chats, imported
from resolvers.transfer.importing.readers.entries import Format
from schema.errors import refusable
from schema.import_report import ImportReport
from schema.mutations.payload import Payload

CONTENT_BYTES = 4 * 1024 * 1024


@strawberry.input(description="A file of chats.")
class ImportSessionsInput:
    content: str = strawberry.field(
        description="The content of the file: at most 4 MiB. Send a larger file to `POST /imports`."
    )
    format: Format | None = strawberry.field(
        default=None, description="What the file was written by; told by its content if not given."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Whether only to report what the import would do."
    )


@strawberry.type(description="The outcome of an import.")
class ImportSessionsPayload(Payload):
    report: ImportReport | None = strawberry.field(
        default=None, description="What was imported, and what was not and why; null if refused."
    )


@strawberry.type
class ImportMutations:
    @strawberry.mutation(
        description="Take the chats of a file. It can be sent again: what is there already is not "
        f"added twice, and what was deleted since stays deleted. {IMPORTS} imports of a user run at once, "
        "of whatever kind; one more is refused (LIMIT_EXCEEDED)."
    )
    @refusable(ImportSessionsPayload)
    async def import_sessions(
        self, info: Info[Context, None], input: ImportSessionsInput
    ) -> ImportSessionsPayload:
        with Checks() as checks:
            checks.text(input.content, CONTENT_BYTES, "content", blank=False)
        take_long()
        ctx = info.context
        with ctx.importing.hold(ctx.uid), io.BytesIO(input.content.encode()) as file:
            steps = import_chats(ctx, file, input.format, dry_run=input.dry_run)
            return ImportSessionsPayload(report=ImportReport.of(await imported(steps)))
