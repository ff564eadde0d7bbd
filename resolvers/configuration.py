"""The product's rules, as the operator of an installation sets them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stores.records import ResponseStyle


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class SessionManagement(_Rules):
    """How many sessions a user has and what becomes of them with time."""

    max_sessions_per_user: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=50,
        description="Active sessions a user may have; one more archives the least recently active.",
    )
    max_stored_mb_per_user: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=1000,
        description="Megabytes that the sessions of a user may take, those in the trash too, each "
        "rounded up to 256 KiB; beyond that turns and sessions are refused.",
    )
    session_timeout_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=30,
        description="Days without activity after which a session takes no turns until restored.",
    )
    conversation_retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=90,
        description="Days a turn is kept at most; a user may choose fewer.",
    )
    auto_archive_inactive_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=7,
        description="Days without activity after which a session is archived.",
    )
    trash_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7,
        description="Days a deleted session can be brought back before it is purged.",
    )
    temporary_session_hours: Annotated[int, Field(ge=1, le=720)] = Field(
        default=24,
        description="Hours after which a temporary session is gone.",
    )
    guest_retention_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=1,
        description="Days a guest's turns are kept at most.",
    )


class UserPreferences(_Rules):
    """What users start with and may do."""

    default_response_style: ResponseStyle = Field(
        default="detailed",
        description="Response style of whoever chose none: concise, detailed or technical.",
    )
    allow_data_export: bool = Field(
        default=True,
        description="Whether users may export their conversations.",
    )
    max_export_conversations: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=1000,
        description="Turns one export holds at most.",
    )


class Configuration(_Rules):
    """The rules every use case follows; a user's preferences only narrow or refine them."""

    session_management: SessionManagement = SessionManagement()
    user_preferences: UserPreferences = UserPreferences()
