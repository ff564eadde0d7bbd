"""The store calls that each operation of the client may make."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple


class MaxCalls(NamedTuple):
    """The most calls that an operation may make."""

    statements: int
    """Statements of SQLite, including the begin and end of transactions."""
    requests: int
    """Requests to Firestore."""
    commits: int = 0
    """Commits of either store."""


_ONE_CHANGE = MaxCalls(7, 2, 1)
_TWO_CHANGES = MaxCalls(9, 2, 1)
_MOVED_UNDER_LOCK = MaxCalls(10, 4, 1)

TABLE: Mapping[str, MaxCalls] = {
    "ArchiveSession": _MOVED_UNDER_LOCK,
    # In these three the second session is unknown: it is looked up, and nothing is written.
    "ArchiveSessions": MaxCalls(14, 8, 1),
    "DeleteSessions": MaxCalls(14, 8, 1),
    "RestoreSessions": MaxCalls(11, 5, 1),
    "ChooseAlternative": MaxCalls(1, 1),
    "CompleteTurn": MaxCalls(11, 2, 1),
    "CreateSession": _ONE_CHANGE,
    "DeleteSession": _MOVED_UNDER_LOCK,
    "DeleteTurn": _TWO_CHANGES,
    "DismissNotification": MaxCalls(4, 4),
    "EarlierTurns": MaxCalls(2, 2),
    # For a user with 27 records and marks.
    "EraseMyData": MaxCalls(59, 15, 7),
    "ExportMyData": MaxCalls(8, 8),
    "ExportSessions": MaxCalls(2, 2),
    "ExtendTurn": MaxCalls(8, 2, 1),
    "GiveFeedback": _TWO_CHANGES,
    "ImportSessions": MaxCalls(4, 4),
    "KeepSession": _TWO_CHANGES,
    "LaterTurns": MaxCalls(2, 2),
    "MakeSessionTemporary": _MOVED_UNDER_LOCK,
    "Notifications": MaxCalls(4, 4),
    "Page": MaxCalls(4, 4),
    "PinSession": _ONE_CHANGE,
    "Privacy": MaxCalls(5, 5),
    "RecordTurn": MaxCalls(8, 2, 1),
    "RenameSession": _ONE_CHANGE,
    "ResetPreferences": _ONE_CHANGE,
    "RestoreSession": _MOVED_UNDER_LOCK,
    "Search": MaxCalls(6, 6),
    "Service": MaxCalls(0, 0),
    "ServiceInsights": MaxCalls(1, 1),
    # Up to the first event, including the first read of later changes, which may have begun by then.
    "SessionChanges": MaxCalls(11, 11),
    "SessionCounts": MaxCalls(1, 1),
    "SessionPreferences": MaxCalls(1, 1),
    "Sessions": MaxCalls(2, 2),
    "SetSessionMetadata": _ONE_CHANGE,
    "SetSessionTags": _ONE_CHANGE,
    "TagSessions": MaxCalls(8, 4, 1),
    "Trash": MaxCalls(2, 2),
    "TurnChanges": MaxCalls(5, 5),
    "UpdatePreferences": _ONE_CHANGE,
    "UpdateSessionPreferences": _ONE_CHANGE,
    "ViewerInsights": MaxCalls(7, 7),
    "ViewerPreferences": MaxCalls(1, 1),
}


FOLLOWING = {"SessionChanges", "TurnChanges"}


class Costs:
    """Records the store calls of each operation, from a list that grows with each call."""

    def __init__(self, calls: Sequence[str]) -> None:
        self._calls = calls
        self._asked: dict[str, list[Sequence[str]]] = {}

    @contextmanager
    def of(self, operation: str) -> Iterator[None]:
        """Count what is called within the block."""
        before = len(self._calls)
        try:
            yield
        finally:
            # Also for an operation that is refused.
            self._asked.setdefault(operation, []).append(list(self._calls[before:]))

    def check(self, store: str, operations: Collection[str]) -> None:
        """Assert that each of these operations ran, and none made more calls than the table allows."""
        for name in operations:
            times, most = self._asked[name], TABLE[name]
            allowed = most.statements if store == "sqlite" else most.requests
            for calls in times:
                verbs = [call.partition(" ")[0].upper() for call in calls]
                assert len(verbs) <= allowed, f"{name} asks the store for more: {verbs}"
                assert verbs.count("COMMIT") <= most.commits, f"{name} commits more often: {verbs}"
