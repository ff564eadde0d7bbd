"""The turns of a session in the form of an archive: line by line, with the start of each branch."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from resolvers.input_limits import moment
from resolvers.lifetimes import Lifetimes
from resolvers.sessions.branches import beside, shows
from resolvers.transfer.archive import ArchivedTurn, MarkedTurn
from resolvers.transfer.exporting.formats import ExportFormat
from stores.branches import fork, position
from stores.records import Branch, Conversation, Session

WHOLE_TREE = {ExportFormat.JSON, ExportFormat.NDJSON}
"""Formats that always have all branches; the others have the shown path unless all are wanted."""


class Tree:
    """Takes a session's turns in the order of their places."""

    def __init__(self, session: Session, *, whole: bool, marked: bool) -> None:
        """With `whole`, all branches are exported; if also `marked`, each turn states its place."""
        self._session = session
        self._whole = whole or not session.branches
        self._begun = {0}
        self._branches = {branch.number: branch for branch in session.branches}
        self._forks: dict[int, list[Branch]] = {}
        for branch in session.branches:
            self._forks.setdefault(branch.parent, []).append(branch)
        self._groups = beside(session) if marked else None
        self._first: dict[str, datetime] = {}
        """For each group, by the id that it begins with: when the first of its turns was asked."""
        self._before: dict[int, str] = {}
        """For each branch: the last turn of its parent's line before the fork."""

    def has(self, turn: Conversation, until: Lifetimes) -> bool:
        """Whether a turn is to be exported."""
        if not until.shows(turn):
            return False
        return self._whole or shows(self._session, self._session.shown_branch, turn)

    def archived(self, turn: Conversation) -> ArchivedTurn:
        """A turn in the form of an archive."""
        line = turn.branch
        for branch in self._forks.get(line, ()):
            if position(turn) < fork(branch):
                self._before[branch.number] = turn.conversation_id
        begins = line not in self._begun
        self._begun.add(line)
        found = _turn(turn, begins=begins, after=self._after(line) if begins else None)
        return found if self._groups is None else self._marked(found, turn, self._groups)

    def _marked(
        self, found: ArchivedTurn, turn: Conversation, groups: Mapping[str, Sequence[str]]
    ) -> MarkedTurn:
        group = groups.get(turn.conversation_id, [turn.conversation_id])
        first = self._first.get(group[0])
        self._first.setdefault(group[0], found.timestamp)
        return MarkedTurn(
            **dict(found),
            branch=turn.branch,
            version=group.index(turn.conversation_id) + 1,
            versions=len(group),
            first_asked=first,
            on_shown_path=shows(self._session, self._session.shown_branch, turn),
        )

    def _after(self, line: int) -> str | None:
        while line and line not in self._before:
            line = self._branches[line].parent
        return self._before.get(line)


def shown_from(session: Session) -> str | None:
    """The first turn of the shown branch, or of the branch that it comes from if it is empty."""
    branches = {branch.number: branch for branch in session.branches}
    branch = branches.get(session.shown_branch)
    while branch is not None and branch.first is None:
        branch = branches.get(branch.parent)
    return branch.first if branch else None


def _turn(turn: Conversation, *, begins: bool, after: str | None) -> ArchivedTurn:
    return ArchivedTurn(
        session_id=turn.session_id,
        id=turn.conversation_id,
        query=turn.query,
        response=turn.response,
        answered=turn.answered,
        partial_response=turn.partial,
        failed=turn.failed,
        failure=turn.failure,
        text_saved=turn.text_saved,
        timestamp=moment(turn.timestamp),
        recorded_at=moment(turn.recorded_at),
        response_time_ms=turn.response_time_ms,
        first_token_ms=turn.first_token_ms,
        model=turn.model,
        input_tokens=turn.input_tokens,
        output_tokens=turn.output_tokens,
        finish_reason=turn.finish_reason,
        feedback=turn.feedback,
        judged_at=moment(turn.judged_at) if turn.judged_at is not None else None,
        response_style=turn.response_style,
        language=turn.language,
        citations=turn.citations,
        metadata=turn.metadata,
        answer_token=turn.answer_token,
        begins_branch=begins,
        after=after,
        replaces=turn.replaces,
    )
