"""The product's rules, which the operator of an installation can change."""

from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from stores.choices import ResponseStyle

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class SessionManagement(_Rules):
    """How many sessions a user may have, and what happens to them over time."""

    max_sessions_per_user: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=50,
        description="Most active sessions per user. One more archives the least recently active.",
    )
    max_stored_mb_per_user: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=1000,
        description="Megabytes that the sessions of a user may take, those in the trash too, each "
        "rounded up to 256 KiB; beyond that turns and sessions are refused.",
    )
    session_timeout_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=30,
        description="Days without activity after which a session accepts no turns until it is restored.",
    )
    conversation_retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=90,
        description="Most days that a turn is kept. Users may choose fewer.",
    )
    auto_archive_inactive_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=7,
        description="Days without activity after which a session is archived.",
    )
    trash_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7,
        description="Days during which a deleted session can be restored before it is purged.",
    )
    temporary_session_hours: Annotated[int, Field(ge=1, le=720)] = Field(
        default=24,
        description="Hours after which a temporary session is gone.",
    )
    guest_retention_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=1,
        description="Most days that a guest's turns are kept.",
    )


class UserPreferences(_Rules):
    """Users' defaults, and what users may do."""

    default_response_style: ResponseStyle = Field(
        default="detailed",
        description="Response style of users who have not chosen one: concise, detailed or technical.",
    )
    allow_data_export: bool = Field(
        default=True,
        description="Whether users may export their conversations.",
    )
    max_export_conversations: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=1000,
        description="Most turns in one export.",
    )


WEEKDAYS = get_args(Weekday)


class Notifications(_Rules):
    """When users get mails, in their own time zone, and how early they are reminded."""

    hour: Annotated[int, Field(ge=0, le=23)] = Field(
        default=8,
        description="The hour of the day at which mails are due, in the user's time zone.",
    )
    weekday: Weekday = Field(
        default="monday", description="The day on which weekly summaries are due."
    )
    reminder_days: Annotated[int, Field(ge=1, le=30)] = Field(
        default=2,
        description="Days before a session is archived or closed, or turns expire, at which the user is "
        "reminded.",
    )
    time_zone: str = Field(
        default="UTC",
        description="The zone in IANA's database, such as `Europe/Berlin`, of users who chose none.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("should be a name such as Europe/Berlin") from None
        return name


class TokenPrice(_Rules):
    """The price of a million tokens of a model."""

    input: Annotated[float, Field(ge=0, le=1_000_000)]
    output: Annotated[float, Field(ge=0, le=1_000_000)]


class Prices(_Rules):
    """The prices used to show administrators the cost of answers."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        default="USD", description="The currency of the prices, by its three letters."
    )
    models: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=200)], TokenPrice],
        Field(max_length=1000),
    ] = Field(
        default={},
        description="The price of a million tokens that a model reads (`input`) and writes (`output`), by "
        "the model's name as the answer service gives it; in the environment, as JSON.",
    )


class Configuration(_Rules):
    """The rules that all use cases follow. A user's preferences only narrow or refine them."""

    session_management: SessionManagement = SessionManagement()
    user_preferences: UserPreferences = UserPreferences()
    notifications: Notifications = Notifications()
    prices: Prices = Prices()
