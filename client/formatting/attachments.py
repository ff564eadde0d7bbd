"""Text files that a question quotes: each in a fence below its name, after the question itself.

Answer services read them as part of the question, and exports contain them as part of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MARK = "Attached file: "
_FENCES = re.compile(r"`{3,}")
_ATTACHED = re.compile(
    rf"(?:\A|\n\n){MARK}([^\n]+)\n(`{{3,}})\n(.*?)\n\2(?=\n\n{MARK}|\Z)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file by its name."""

    name: str
    text: str


def with_attachments(question: str, files: Iterable[Attachment]) -> str:
    """The question with the files it is about."""
    parts = [question.strip()] if question.strip() else []
    return "\n\n".join([*parts, *map(_quoted, files)])


def split_attachments(question: str) -> tuple[str, list[Attachment]]:
    """The question itself, and the files that it quotes."""
    found = list(_ATTACHED.finditer(question))
    if not found or found[-1].end() != len(question):
        return question, []
    return question[: found[0].start()], [Attachment(each[1], each[3]) for each in found]


def _quoted(file: Attachment) -> str:
    # Longer than any run of backticks inside, so that the file can't end it.
    longest = max((len(run) for run in _FENCES.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    return f"{MARK}{' '.join(file.name.split())}\n{fence}\n{file.text}\n{fence}"
