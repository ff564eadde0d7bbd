"""Mutations that export chats."""

from enum import Enum

import strawberry
from strawberry import Info, Maybe

from resolvers.context import Context
from resolvers.input_limits import bulk_ids
from resolvers.transfer.exporting import export, links
from resolvers.transfer.exporting.formats import FORMATS
from resolvers.transfer.exporting.formats import ExportFormat as Format
from resolvers.transfer.exporting.links import DOWNLOADS, Selection
from schema.errors import refusable
from schema.ids import session_id
from schema.mutations.payload import Payload
from schema.scalars import Moment
from schema.session_lists import SessionFilter, SessionOrder


@strawberry.enum(description="The format of an exported document.")
class ExportFormat(Enum):
    JSON = strawberry.enum_value(
        Format.JSON, description="One object with everything; it can be imported again."
    )
    NDJSON = strawberry.enum_value(
        Format.NDJSON, description="The same as lines of JSON, for programs and large documents."
    )
    CSV = strawberry.enum_value(
        Format.CSV, description="A table with a row for each turn, for spreadsheets."
    )
    MARKDOWN = strawberry.enum_value(Format.MARKDOWN, description="Text to read and to edit.")
    HTML = strawberry.enum_value(Format.HTML, description="A page to read and to print.")


@strawberry.enum(description="The format of a complete document.")
class ArchiveFormat(Enum):
    JSON = strawberry.enum_value(Format.JSON, description="One object with everything in it.")
    NDJSON = strawberry.enum_value(Format.NDJSON, description="The same as lines of JSON.")


@strawberry.input(
    one_of=True, description="Sessions, by id or by what they have in common: one of both."
)
class SessionSelection:
    session_ids: Maybe[list[strawberry.ID]] = strawberry.field(
        description="The ids of 1 to 100 sessions outside the trash."
    )
    filter: Maybe[SessionFilter] = strawberry.field(
        description="Active and archived sessions that match. Its times apply to the latest activity."
    )


@strawberry.input(description="Which sessions to export, and how.")
class ExportSessionsInput:
    sessions: SessionSelection | None = strawberry.field(
        default=None, description="Which sessions; all active and archived ones if not given."
    )
    format: ExportFormat = strawberry.field(
        default=ExportFormat.JSON, description="The format of the document."
    )
    all_branches: bool = strawberry.field(
        default=False,
        description="Whether `CSV`, `MARKDOWN` and `HTML` have the turns of all branches, each marked "
        "with its version, such as 2 of 3; else they have the shown path. `JSON` and `NDJSON` always "
        "have all.",
    )


@strawberry.input(description="How to export everything.")
class ExportMyDataInput:
    format: ArchiveFormat = strawberry.field(
        default=ArchiveFormat.JSON, description="The format of the document."
    )


@strawberry.type(description="Where the document can be downloaded, by anyone who has the link.")
class Download:
    url: str = strawberry.field(
        description="Needs no credential: keep it secret. A path on the API's host, or a whole address "
        "where the API knows the one that browsers reach it by."
    )
    expires_at: Moment = strawberry.field(
        description="Until when a download can be started: five minutes after the link was made."
    )
    media_type: str = strawberry.field(description="The media type of the document.")
    file_name: str = strawberry.field(description="The name to save it under.")


@strawberry.type(description="The outcome of an export.")
class ExportPayload(Payload):
    download: Download | None = strawberry.field(
        default=None, description="The download; null if the input was refused."
    )
    session_count: int | None = strawberry.field(
        default=None,
        description="How many sessions it contains now; null if the input was refused.",
    )
    conversation_count: int | None = strawberry.field(
        default=None,
        description="How many turns its sessions have now by their counters, exact after a sweep; "
        "null if the input was refused.",
    )


async def _export(ctx: Context, selection: Selection) -> ExportPayload:
    made = await export.export(ctx, selection)
    return ExportPayload(
        download=Download(
            url=f"{ctx.public_url}{DOWNLOADS}{links.encode(made.link, ctx.digests)}",
            expires_at=Moment(made.link.expires_at),
            media_type=FORMATS[selection.format].media_type,
            file_name=export.file_name(made.link),
        ),
        session_count=made.sessions,
        conversation_count=made.conversations,
    )


@strawberry.type
class TransferMutations:
    @strawberry.mutation(
        description="Export one, several or all sessions as a document to download. The service "
        "may not allow it (FORBIDDEN), and limits the turns of one document (LIMIT_EXCEEDED)."
    )
    @refusable(ExportPayload)
    async def export_sessions(
        self, info: Info[Context, None], input: ExportSessionsInput
    ) -> ExportPayload:
        path = ("sessions", "sessionIds")
        ids = input.sessions and input.sessions.session_ids
        wanted = input.sessions and input.sessions.filter
        selection = Selection(
            format=input.format.value,
            all_branches=input.all_branches,
            session_ids=tuple(session_id(each, *path) for each in bulk_ids(ids.value, *path))
            if ids
            else None,
            filter=wanted.value.wanted(SessionOrder.LAST_ACTIVE) if wanted else None,
        )
        return await _export(info.context, selection)

    @strawberry.mutation(
        description="Export everything that is stored about the viewer: preferences and all "
        "sessions, including those in the trash and temporary ones. This is always allowed "
        "and has no limit."
    )
    @refusable(ExportPayload)
    async def export_my_data(
        self, info: Info[Context, None], input: ExportMyDataInput
    ) -> ExportPayload:
        return await _export(info.context, Selection(format=input.format.value, everything=True))
