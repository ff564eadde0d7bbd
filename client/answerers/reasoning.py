"""Separates a model's reasoning, between `<think>` and `</think>`, from its answer."""

BEGIN, END = "<think>", "</think>"


class Reasoning:
    """Takes a text in pieces, which may be cut anywhere. Reasoning comes first."""

    def __init__(self) -> None:
        self.answer = ""
        self._thought = ""
        self._held = ""
        self._state = "before"
        self._after_thought = False

    def add_thought(self, piece: str) -> None:
        """Add what the service itself marks as reasoning."""
        self._thought += piece

    def add(self, piece: str) -> str:
        """Add a piece; returns what it adds to the answer."""
        if self._state == "answering":
            if self._after_thought and not self.answer:
                piece = piece.lstrip()
            self.answer += piece
            return piece
        self._held += piece
        if self._state == "before":
            begun = self._held.lstrip()
            if not begun or (len(begun) < len(BEGIN) and BEGIN.startswith(begun)):
                return ""
            if not begun.startswith(BEGIN):
                return self._answer(self._held)
            self._state, self._held = "thinking", begun.removeprefix(BEGIN)
            self._after_thought = True
        thought, end, rest = self._held.partition(END)
        if not end:
            return ""
        self._thought += thought
        return self._answer(rest.lstrip())

    def finished(self) -> tuple[str, str]:
        """The whole answer and the reasoning. A template may have begun the reasoning without a tag."""
        if self._state == "thinking":
            return "", (self._thought + self._held).strip()
        answer = self.answer or self._held
        thought, end, rest = answer.partition(END)
        if end and BEGIN not in thought:
            return rest.lstrip(), (self._thought + thought).strip()
        return answer, self._thought.strip()

    def _answer(self, text: str) -> str:
        self._state, self._held = "answering", ""
        self.answer += text
        return text
