"""A session's turns as a plain tree in memory, to compare with the stored session."""

from dataclasses import dataclass, field


@dataclass
class Line:
    """A branch: its own turns, and the turn that they follow, or None for the start."""

    number: int
    base: str | None = None
    turns: list[str] = field(default_factory=list)


class Tree:
    """The content of a session, in the terms of the issue: turns after turns, some beside each other."""

    def __init__(self) -> None:
        self.lines = [Line(0)]
        self.shown = 0

    @property
    def turns(self) -> list[str]:
        """All turns, line by line."""
        return [turn for line in self.lines for turn in line.turns]

    def line_of(self, turn: str) -> Line:
        """The line that a turn is in."""
        return next(line for line in self.lines if turn in line.turns)

    def before(self, turn: str) -> str | None:
        """The turn that another comes after."""
        line = self.line_of(turn)
        at = line.turns.index(turn)
        return line.turns[at - 1] if at else line.base

    def path(self, number: int) -> list[str]:
        """A branch's path."""
        line = self.lines[number]
        return [*(self._path_to(line.base) if line.base else ()), *line.turns]

    def _path_to(self, turn: str) -> list[str]:
        before = self.before(turn)
        return [*(self._path_to(before) if before else ()), turn]

    def beside(self, turn: str | None) -> list[str]:
        """The turns directly after a turn, or at the start: the alternatives, oldest line first."""
        return [each for each in self.turns if self.before(each) == turn]

    def append(self, turn: str, number: int) -> None:
        """Add a turn at the end of a branch."""
        self.lines[number].turns.append(turn)

    def replace(self, turn: str, replaced: str) -> None:
        """Add a turn beside another; the new one is shown from then on."""
        self.shown = len(self.lines)
        self.lines.append(Line(self.shown, self.before(replaced), [turn]))

    def choose(self, turn: str) -> None:
        """Show the newest path through a turn, unless the shown path contains it."""
        if turn not in self.path(self.shown):
            self.shown = self._newest(turn)

    def _newest(self, turn: str) -> int:
        paths = [
            line.number for line in self.lines if line.turns and turn in self.path(line.number)
        ]
        return max(paths)

    def delete(self, turn: str) -> None:
        """Delete one turn; the turns after it then follow the turn before it."""
        line, before = self.line_of(turn), self.before(turn)
        was_last = line.turns[-1] == turn
        for other in self.lines:
            if other.base == turn:
                other.base = before
        line.turns.remove(turn)
        beside = {self.line_of(each).number: each for each in self.beside(before)}
        if was_last and self.shown == line.number and beside:
            nearest = max((each for each in beside if each < line.number), default=min(beside))
            self.shown = self._newest(beside[nearest])
