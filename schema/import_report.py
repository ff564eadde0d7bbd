"""What an import tells, in the API's form."""

import dataclasses
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from pydantic.alias_generators import to_camel

from resolvers.transfer.importing import report as reports
from resolvers.transfer.importing.readers.entries import Format, Omitted
from resolvers.transfer.importing.report import Outcome
from schema.descriptions import publish
from schema.ids import global_id
from schema.scalars import utc_text

publish(
    Format,
    "ImportFormat",
    "What a file of chats was written by.",
    {
        Format.RECOLLECT: "Recollect: an archive, as JSON or NDJSON.",
        Format.CHATGPT: "ChatGPT: `conversations.json`.",
        Format.CLAUDE: "Claude: `conversations.json`.",
        Format.DEEPSEEK: "DeepSeek: `conversations.json`.",
        Format.GEMINI: "Gemini: `MyActivity.json` from Google Takeout.",
        Format.GROK: "Grok: the export of an account.",
        Format.LIBRECHAT: "LibreChat: the export of one chat as JSON.",
        Format.OPEN_WEBUI: "Open WebUI: its export of chats.",
        Format.OPENAI: "Any that writes messages as OpenAI's API has them, with `role` and `content`.",
        Format.SHAREGPT: "Any that writes ShareGPT's JSON, as an array or one chat a line.",
        Format.VERTEX: "Vertex AI Search: its list of sessions, with the details of answers.",
        Format.ANSWER_APP: "The answer app: its rows in BigQuery, answers and feedback.",
        Format.TURNS: 'Any: chats of `{"id", "turns": [{"query", "response"}]}`, one a line.',
    },
)
OMITTED = {
    Omitted.HIDDEN_MESSAGE: "Messages of systems and tools, which people never saw.",
    Omitted.NO_PROMPT: "Entries of an activity that were no prompts.",
    Omitted.OTHER_FILE: "Files in a .zip that hold no chats.",
    Omitted.OTHER_BRANCH: "Turns on other branches of a chat than the one that was shown last.",
    Omitted.UNREADABLE_MESSAGE: "Messages that could not be read.",
    Omitted.UNREADABLE_ENTRY: "Other entries of an archive that could not be read.",
    Omitted.ANSWER_WITHOUT_QUESTION: "Answers that no question comes before.",
    Omitted.SHORTENED_TEXT: "Texts over a limit: they came in shortened, and say so.",
    Omitted.OVER_LIMIT: "Titles, tags, metadata and sources over a limit.",
    Omitted.UNMATCHED_FEEDBACK: "Judgements of answers that are not in the file: give answers and "
    "feedback in one file.",
    Omitted.OTHER_USER: "Rows of other users, or of none.",
    Omitted.DIFFERENT_ANSWER: "Answers to questions that have another answer here.",
}
publish(
    Omitted,
    "ImportLeftOutKind",
    "A kind of things in files that do not come in, or not as they are.",
    OMITTED,
)
publish(
    Outcome,
    "ImportOutcome",
    "What became of a session of a file.",
    {
        Outcome.ADDED: "It was added.",
        Outcome.PRESENT: "It was there already; turns may have been added to it.",
        Outcome.DELETED: "It was deleted here since, and stays deleted.",
        Outcome.REFUSED: "It was not taken; a remark says why.",
    },
)


@strawberry.type(description="How many sessions or turns there were, by what became of them.")
class ImportCounts:
    added: int = strawberry.field(description="They were added.")
    present: int = strawberry.field(description="They were there already.")
    deleted: int = strawberry.field(
        description="They were deleted here since, or have expired, and stay so."
    )
    refused: int = strawberry.field(description="They were not taken; remarks say why.")

    @classmethod
    def of(cls, counts: reports.Counts) -> "ImportCounts":
        """The API's form of counts."""
        return cls(**dataclasses.asdict(counts))


@strawberry.type(description="What became of one session of a file.")
class ImportedSession:
    place: str = strawberry.field(description="Where it stands in the file: `chat 3`, `line 12`.")
    session_id: strawberry.ID | None = strawberry.field(
        description="The session's id here; null if it was refused before it had one."
    )
    outcome: Outcome = strawberry.field(description="What became of it.")
    turns: ImportCounts = strawberry.field(description="What became of its turns.")
    title: str | None = strawberry.field(
        description="Its title in the file, or its first question."
    )
    created_at: datetime | None = strawberry.field(
        description="When it began; null where the file does not tell."
    )

    @classmethod
    def of(cls, told: reports.ImportedSession) -> "ImportedSession":
        """The API's form of what is told."""
        return cls(
            place=told.place,
            session_id=_session_id(told.session_id) if told.session_id else None,
            outcome=told.outcome,
            turns=ImportCounts.of(told.turns),
            title=told.title,
            created_at=told.created_at,
        )


@strawberry.type(description="How much of one kind was left out, or did not come as it is.")
class ImportLeftOut:
    kind: Omitted = strawberry.field(description="What it is.")
    description: str = strawberry.field(description="What it is, in words for people.")
    count: int = strawberry.field(description="How many there were.")
    lost: bool = strawberry.field(
        description="Whether people saw it where it comes from and will miss it here."
    )


@strawberry.type(description="Something of a file that was not taken, or not as it stands there.")
class ImportRemark:
    place: str = strawberry.field(
        description="Where it stands in the file: `chat 3, message 7`, `line 12`."
    )
    message: str = strawberry.field(description="What is wrong, and the limit if it is over one.")
    field: str | None = strawberry.field(
        description="The field at fault; null if no single one is."
    )


@strawberry.type(description="All that an import did or, when it was a dry run, would do.")
class ImportReport:
    format: Format = strawberry.field(
        description="What the file was read as or, where a .zip has several, the first of them."
    )
    dry_run: bool = strawberry.field(description="Whether nothing was written.")
    complete: bool = strawberry.field(
        description="Whether the file was read to its end; the last remark says why not."
    )
    sessions: ImportCounts = strawberry.field(description="What became of the sessions.")
    turns: ImportCounts = strawberry.field(description="What became of the turns.")
    parts_named: int = strawberry.field(
        description="Parts of messages that are no text, such as images: the text names each in its "
        "place."
    )
    hidden_messages: int = strawberry.field(
        description="Messages that were left out because people never saw them: of systems and tools."
    )
    left_out: list[ImportLeftOut] = strawberry.field(
        description="What was left out, or did not come as it is, by kind; remarks have the places."
    )
    answers_added: int = strawberry.field(
        description="Turns that were there without an answer, and have it now."
    )
    retention_days: int = strawberry.field(
        description="For how many days from now what is imported is kept."
    )
    without_text: int = strawberry.field(
        description="Turns that were added without their text, because conversations are not saved."
    )
    archived: int = strawberry.field(
        description="Sessions that were archived at the end, the least recently active ones, so that "
        "no more are active than may be."
    )
    preferences_restored: bool = strawberry.field(
        description="Whether preferences of the archived account were chosen here."
    )
    imported_sessions: list[ImportedSession] = strawberry.field(
        description="The first 1,000 sessions of the file."
    )
    archived_session_ids: list[strawberry.ID] = strawberry.field(
        description="The first 1,000 sessions that were archived."
    )
    remarks: list[ImportRemark] = strawberry.field(
        description="The first 1,000 things that were not taken as they stand in the file."
    )
    remarks_left_out: int = strawberry.field(description="How many further remarks there were.")

    @classmethod
    def of(cls, report: reports.ImportReport) -> "ImportReport":
        """The API's form of a report at its end."""
        assert report.format is not None  # noqa: S101
        return cls(
            format=report.format,
            dry_run=report.dry_run,
            complete=report.complete,
            sessions=ImportCounts.of(report.sessions),
            turns=ImportCounts.of(report.turns),
            parts_named=report.parts_named,
            hidden_messages=report.left_out[Omitted.HIDDEN_MESSAGE],
            left_out=[
                ImportLeftOut(kind=kind, description=OMITTED[kind], count=count, lost=kind.is_loss)
                for kind, count in report.left_out.items()
            ],
            answers_added=report.answers_added,
            retention_days=report.retention_days,
            without_text=report.without_text,
            archived=report.archived,
            preferences_restored=report.preferences_restored,
            imported_sessions=[ImportedSession.of(told) for told in report.imported_sessions],
            archived_session_ids=[_session_id(each) for each in report.archived_sessions],
            remarks=[
                ImportRemark(place=each.place, message=each.message, field=each.field)
                for each in report.remarks
            ],
            remarks_left_out=report.remarks_left_out,
        )


def _session_id(session_id: str) -> strawberry.ID:
    return strawberry.ID(global_id("Session", session_id))


def as_json(value: Any) -> Any:
    """A report as JSON, with the names that it has in the API."""
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {to_camel(name): as_json(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return utc_text(value)
    return value.value if isinstance(value, Enum) else value
