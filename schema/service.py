"""The rules of an installation, so that clients can state them before a request is refused."""

import strawberry

from resolvers import input_limits
from resolvers.context import Context
from resolvers.pagination import PAGE_LIMIT
from schema.notifications import MailDelivery


@strawberry.type(
    description="The limits of a request. Bytes are counted in UTF-8, or in compact JSON."
)
class InputLimits:
    query_bytes: int = strawberry.field(description="Of a question.")
    response_bytes: int = strawberry.field(description="Of an answer.")
    citations_bytes: int = strawberry.field(description="Of an answer's sources.")
    metadata_bytes: int = strawberry.field(description="Of what a client keeps with something.")
    comment_bytes: int = strawberry.field(description="Of a comment on an answer.")
    title_characters: int = strawberry.field(description="Of a session's title.")
    tags: int = strawberry.field(description="Most labels of a session.")
    tag_characters: int = strawberry.field(description="Of a label.")
    search_characters: int = strawberry.field(description="Of the words of a search.")
    bulk_ids: int = strawberry.field(description="Most sessions that one request may change.")
    page_size: int = strawberry.field(description="Most records in one page.")


@strawberry.type(description="What this installation allows, and how long it keeps data.")
class ServiceInfo:
    export_allowed: bool = strawberry.field(
        description="Whether `exportSessions` is allowed; `exportMyData` always is."
    )
    max_export_conversations: int = strawberry.field(
        description="Most turns in a document of `exportSessions`."
    )
    max_sessions: int = strawberry.field(
        description="Most active sessions of a user; one more archives another."
    )
    auto_archive_days: int = strawberry.field(
        description="Days without activity after which a session is archived."
    )
    session_timeout_days: int = strawberry.field(
        description="Days without activity after which a session is closed until it is restored."
    )
    trash_days: int = strawberry.field(
        description="Days for which a deleted session can be restored."
    )
    temporary_session_hours: int = strawberry.field(
        description="Hours after which a temporary session is gone."
    )
    max_retention_days: int = strawberry.field(
        description="Most days for which turns are kept; users may choose fewer."
    )
    guest_retention_days: int = strawberry.field(
        description="Most days for which guests' turns are kept."
    )
    mails: MailDelivery = strawberry.field(
        description="Where summaries and reminders go that are sent by e-mail."
    )
    reminder_days: int = strawberry.field(
        description="Days before a session is archived or closed, or turns expire, at which users are "
        "reminded."
    )
    smallest_group: int = strawberry.field(
        description="The least number of users that a figure in `insights` of the whole service is about."
    )
    currency: str = strawberry.field(
        description="The currency of what `insights` of the whole service says that tokens cost, such as EUR."
    )
    limits: InputLimits = strawberry.field(description="The limits of a request.")

    @classmethod
    def of(cls, ctx: Context) -> "ServiceInfo":
        """The GraphQL form of the rules."""
        configuration = ctx.configuration
        management = configuration.session_management
        preferences = configuration.user_preferences
        return cls(
            export_allowed=preferences.allow_data_export,
            max_export_conversations=preferences.max_export_conversations,
            max_sessions=management.max_sessions_per_user,
            auto_archive_days=management.auto_archive_inactive_days,
            session_timeout_days=management.session_timeout_days,
            trash_days=management.trash_days,
            temporary_session_hours=management.temporary_session_hours,
            max_retention_days=management.conversation_retention_days,
            guest_retention_days=management.guest_retention_days,
            mails=MailDelivery(ctx.mails),
            reminder_days=configuration.notifications.reminder_days,
            smallest_group=ctx.smallest_group,
            currency=configuration.prices.currency,
            limits=InputLimits(
                query_bytes=input_limits.QUERY_BYTES,
                response_bytes=input_limits.RESPONSE_BYTES,
                citations_bytes=input_limits.CITATIONS_BYTES,
                metadata_bytes=input_limits.METADATA_BYTES,
                comment_bytes=input_limits.COMMENT_BYTES,
                title_characters=input_limits.TITLE_CHARACTERS,
                tags=input_limits.TAGS,
                tag_characters=input_limits.TAG_CHARACTERS,
                search_characters=input_limits.SEARCH_CHARACTERS,
                bulk_ids=input_limits.BULK_IDS,
                page_size=PAGE_LIMIT,
            ),
        )
