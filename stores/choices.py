"""Users' choices: every field is None if the user chose nothing."""

from typing import Annotated, Literal

from annotated_types import Interval, MaxLen
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from stores.fields import Label

ResponseStyle = Literal["concise", "detailed", "technical"]
Theme = Literal["dark", "light", "system"]
FontSize = Literal["small", "medium", "large"]
SummaryFrequency = Literal["off", "daily", "weekly"]


class _Choices(BaseModel):
    """Preferences that somebody chose. None means: not chosen here, so inherited.

    The aliases are the names in archives; stored documents use the fields' own names.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class UISettings(_Choices):
    """How a client looks."""

    theme: Theme | None = None
    font_size: FontSize | None = None
    show_citations: bool | None = None


class PrivacySettings(_Choices):
    """What may be kept, for how long, and for whom."""

    save_conversations: bool | None = None
    analytics_opt_in: bool | None = None
    data_retention_days: Annotated[int, Interval(ge=1, le=3650)] | None = None


class NotificationSettings(_Choices):
    """What a person wants to be notified of."""

    email_summaries: bool | None = None
    """Stored by an earlier release; true meant weekly. `summary_frequency` takes precedence over it."""
    summary_frequency: SummaryFrequency | None = None
    session_reminders: bool | None = None
    time_zone: Annotated[str, MaxLen(64)] | None = None
    """The time zone for the hours of mails, by its name in IANA's database."""


class PreferenceOverrides(_Choices):
    """What a user chose for all of their sessions."""

    response_style: ResponseStyle | None = None
    language_preference: Label | None = None
    ui_settings: UISettings = UISettings()
    privacy_settings: PrivacySettings = PrivacySettings()
    notification_settings: NotificationSettings = NotificationSettings()


class SessionPreferenceOverrides(_Choices):
    """What a user chose for one session. `save_conversations` can only be turned off here."""

    response_style: ResponseStyle | None = None
    language_preference: Label | None = None
    ui_settings: UISettings = UISettings()
    save_conversations: Literal[False] | None = None
