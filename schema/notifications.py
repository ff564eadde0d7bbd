"""Notifications about what will soon happen to the viewer's sessions, and mail figures for administrators."""

from enum import Enum

import strawberry

from resolvers.notifications import outgoing_mail
from schema.ids import global_id
from schema.scalars import Moment
from stores import mail_records


@strawberry.enum(description="What is about to happen to a session.")
class NotificationKind(Enum):
    ARCHIVE = strawberry.enum_value(
        "archive", description="It is archived; pinning it prevents that."
    )
    CLOSE = strawberry.enum_value(
        "close", description="It is closed to new turns; pinning or restoring it prevents that."
    )
    EXPIRE = strawberry.enum_value(
        "expire", description="Its oldest turns expire; an export keeps them."
    )


@strawberry.enum(description="Where mails go.")
class MailDelivery(Enum):
    SMTP = strawberry.enum_value("smtp", description="To a mail server.")
    FOLDER = strawberry.enum_value("folder", description="Into a folder of the server.")
    NONE = strawberry.enum_value("none", description="Nowhere: no mail is sent.")


@strawberry.type(description="Something that is about to happen to one of the viewer's sessions.")
class Notification:
    id: strawberry.ID = strawberry.field(description="The id to dismiss it by; it is no node's.")
    kind: NotificationKind = strawberry.field(description="What is about to happen.")
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    title: str | None = strawberry.field(description="The session's title; null without one.")
    at: Moment = strawberry.field(description="When it happens.")

    @classmethod
    def of(cls, notice: outgoing_mail.Notice) -> "Notification":
        """The GraphQL form of a notice."""
        return cls(
            id=strawberry.ID(global_id("Notification", notice.notice_id)),
            kind=NotificationKind(notice.kind),
            session_id=strawberry.ID(global_id("Session", notice.session_id)),
            title=notice.title,
            at=Moment(notice.at),
        )


@strawberry.type(description="What became of the mails to all users, since the first one.")
class MailFigures:
    sent: float = strawberry.field(description="Taken by the mail server.")
    refused: float = strawberry.field(
        description="Given up: the mail server refused the address, or put the mail off for too long."
    )
    put_off: float = strawberry.field(description="Attempts that the mail server put off.")
    withdrawn: float = strawberry.field(
        description="Taken back after a failed attempt: there was nothing to tell any more."
    )
    doubtful: float = strawberry.field(
        description="Sent a second time, with the same Message-ID, because nobody knows if the first "
        "arrived."
    )
    last_run_at: Moment | None = strawberry.field(
        description="When a run over all due mails last ended; null before the first."
    )
    server_reachable: bool = strawberry.field(
        description="Whether the mail server took mails in the last run; false while it can't be reached "
        "or refuses all."
    )

    @classmethod
    def of(cls, found: mail_records.MailFigures) -> "MailFigures":
        """The GraphQL form of the figures."""
        return cls(
            sent=found.sent,
            refused=found.refused,
            put_off=found.waiting,
            withdrawn=found.withdrawn,
            doubtful=found.doubtful,
            last_run_at=Moment(found.last_run_at) if found.last_run_at else None,
            server_reachable=not found.problem,
        )
