"""How long things are kept: retention, trash, time-out, temporary sessions. Evaluated on every
read, so expired data is hidden even before a sweep removes it."""

from typing import NamedTuple, TypeVar

from resolvers.configuration import Configuration
from resolvers.preferences.effective import retention_days
from stores.records import Conversation, Profile, SessionListRow

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
REMOVALS_KEPT = 7 * DAY
"""How long a purged session is remembered, so that clients that were away still learn of it."""


S = TypeVar("S", bound=SessionListRow)


class Lifetimes(NamedTuple):
    """The time limits of one user's data at one moment. All times are in microseconds."""

    # A named tuple is made in half the time of a frozen dataclass, and every request needs one.
    now: int
    retention: int
    """Whatever was recorded before this has expired."""
    idle: int
    """An unpinned session last touched before this is archived."""
    closed: int
    """An unpinned session last touched before this accepts no turns."""
    trash: int
    """A session deleted before this can't be restored."""
    temporary: int
    """A session that has been temporary since before this has expired."""

    def keeps(self, session: SessionListRow) -> bool:
        """Whether a session, live or in the trash, has not expired."""
        if session.deleted_at is not None and session.deleted_at < self.trash:
            return False
        if session.temporary and session.temporary_since < self.temporary:
            return False
        return session.touched_at >= self.retention

    def kept(self, session: S | None) -> S | None:
        """The session; None if there is none any more."""
        return session if session is not None and self.keeps(session) else None

    def shows(self, turn: Conversation) -> bool:
        """Whether a turn is neither deleted nor expired; its session is checked by `keeps`."""
        return turn.deleted_at is None and turn.recorded_at >= self.retention

    def takes_turns(self, session: SessionListRow) -> bool:
        """Whether turns can be added to a session without restoring it."""
        return session.pinned or session.touched_at >= self.closed

    def title(self, session: SessionListRow) -> str | None:
        """The user's own title, or the derived one while the turn it comes from is kept."""
        derived = session.derived_title if session.title_from >= self.retention else None
        return session.custom_title or derived


def lifetimes(configuration: Configuration, profile: Profile | None, now: int) -> Lifetimes:
    """The time limits for a user now."""
    rules = configuration.session_management
    days = retention_days(configuration, profile)
    return Lifetimes(
        now=now,
        retention=now - days * DAY,
        idle=now - rules.auto_archive_inactive_days * DAY,
        closed=now - rules.session_timeout_days * DAY,
        trash=now - rules.trash_days * DAY,
        temporary=now - rules.temporary_session_hours * HOUR,
    )
