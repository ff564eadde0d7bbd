"""The report of an import, as GraphQL types."""

import dataclasses
from enum import Enum
from typing import Any

import strawberry
from pydantic.alias_generators import to_camel

from resolvers.input_limits import microseconds
from resolvers.transfer.importing import report as reports
from resolvers.transfer.importing.readers.entries import Format, Omitted
from resolvers.transfer.importing.report import Outcome
from schema.descriptions import publish
from schema.ids import global_id
from schema.scalars import Moment, utc_text

publish(
    Format,
    "ImportFormat",
    "The format of a file of chats.",
    {
        Format.RECOLLECT: "Recollect: an archive, as JSON or NDJSON.",
        Format.CHATGPT: "ChatGPT: `conversations.json`.",
        Format.CLAUDE: "Claude: `conversations.json`.",
        Format.DEEPSEEK: "DeepSeek: `conversations.json`.",
        Format.GEMINI: "Gemini: `MyActivity.json` from Google Takeout.",
        Format.GROK: "Grok: the export of an account.",
        Format.LIBRECHAT: "LibreChat: the export of one chat as JSON.",
        Format.OPEN_WEBUI: "Open WebUI: its export of chats.",
        Format.OPENAI: "Any that writes messages as OpenAI's API has them, with `role` and "
        "`content`.",
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
    Omitted.OTHER_BRANCH: "Turns on other branches, beyond the most that a chat can have.",
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
    "What happened to a session of a file.",
    {
        Outcome.ADDED: "It was added.",
        Outcome.PRESENT: "It already existed; turns may have been added to it.",
        Outcome.DELETED: "It has been deleted here since, and stays deleted.",
        Outcome.REFUSED: "It was not imported; a remark says why.",
    },
)


@strawberry.type(description="How many sessions or turns there were, by what happened to them.")
class ImportCounts:
    added: int = strawberry.field(description="They were added.")
    present: int = strawberry.field(description="They already existed.")
    deleted: int = strawberry.field(
        description="They have been deleted here or have expired, and stay deleted."
    )
    refused: int = strawberry.field(description="They were not imported; remarks say why.")

    @classmethod
    def of(cls, counts: reports.Counts) -> "ImportCounts":
        """The GraphQL form of counts."""
        return cls(**dataclasses.asdict(counts))


@strawberry.type(description="What happened to one session of a file.")
class ImportedSession:
    place: str = strawberry.field(description="Where it is in the file: `chat 3`, `line 12`.")
    session_id: strawberry.ID | None = strawberry.field(
        description="The session's id here; null if it was refused before an id was assigned."
    )
    outcome: Outcome = strawberry.field(description="What happened to it.")
    turns: ImportCounts = strawberry.field(description="What happened to its turns.")
    title: str | None = strawberry.field(
        description="Its title in the file, or its first question."
    )
    created_at: Moment | None = strawberry.field(
        description="When it began; null if the file does not say."
    )

    @classmethod
    def of(cls, told: reports.ImportedSession) -> "ImportedSession":
        """The GraphQL form of an imported session."""
        return cls(
            place=told.place,
            session_id=_session_id(told.session_id) if told.session_id else None,
            outcome=told.outcome,
            turns=ImportCounts.of(told.turns),
            title=told.title,
            created_at=None if told.created_at is None else Moment(microseconds(told.created_at)),
        )


@strawberry.type(description="How much of one kind was left out or changed by the import.")
class ImportLeftOut:
    kind: Omitted = strawberry.field(description="What it is.")
    description: str = strawberry.field(description="What it is, in words meant for people.")
    count: int = strawberry.field(description="How many there were.")
    lost: bool = strawberry.field(
        description="Whether people could see it in the original application and will miss it here."
    )


@strawberry.type(description="Something in a file that was not imported, or not exactly as it was.")
class ImportRemark:
    place: str = strawberry.field(
        description="Where it is in the file: `chat 3, message 7`, `line 12`."
    )
    message: str = strawberry.field(description="What is wrong, and the limit if one was exceeded.")
    field: str | None = strawberry.field(
        description="The field that is wrong; null if it is not a single field."
    )


@strawberry.type(description="Everything that an import did or, in a dry run, would do.")
class ImportReport:
    format: Format = strawberry.field(
        description="The format that the file was read as; for a .zip with several formats, the "
        "first of them."
    )
    dry_run: bool = strawberry.field(description="Whether nothing was written.")
    complete: bool = strawberry.field(
        description="Whether the file was read to its end; if not, the last remark says why."
    )
    sessions: ImportCounts = strawberry.field(description="What happened to the sessions.")
    turns: ImportCounts = strawberry.field(description="What happened to the turns.")
    parts_named: int = strawberry.field(
        description="Parts of messages that are not text, such as images: the text mentions each "
        "where it was."
    )
    hidden_messages: int = strawberry.field(
        description="Messages left out because people never saw them: those of systems and tools."
    )
    left_out: list[ImportLeftOut] = strawberry.field(
        description="What was left out or changed, by kind; the remarks say where."
    )
    answers_added: int = strawberry.field(
        description="Turns that existed without an answer and have been given it."
    )
    retention_days: int = strawberry.field(
        description="For how many days from now the imported data is kept."
    )
    without_text: int = strawberry.field(
        description="Turns that were added without their text, because conversations are not saved."
    )
    archived: int = strawberry.field(
        description="Sessions archived at the end to stay within the limit of active sessions: the "
        "least recently active ones."
    )
    preferences_restored: bool = strawberry.field(
        description="Whether the preferences in the archive were applied here."
    )
    imported_sessions: list[ImportedSession] = strawberry.field(
        description="The first 1,000 sessions of the file."
    )
    archived_session_ids: list[strawberry.ID] = strawberry.field(
        description="The first 1,000 sessions that were archived."
    )
    remarks: list[ImportRemark] = strawberry.field(
        description="The first 1,000 things that were not imported exactly as they were in the "
        "file."
    )
    remarks_left_out: int = strawberry.field(description="How many more remarks there were.")

    @classmethod
    def of(cls, report: reports.ImportReport) -> "ImportReport":
        """The GraphQL form of a finished report."""
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
    """A report as JSON, with the API's field names."""
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {to_camel(name): as_json(getattr(value, name)) for name in names}
    if isinstance(value, Moment):
        return utc_text(value)
    return value.value if isinstance(value, Enum) else value
