"""The default answerer, which needs no service: it finds answers in Recollect's own documentation.

A demonstration by retrieval alone: it quotes the passages that share most words with the question, ranked by
SQLite's full-text index (BM25). Passages of the users' guide come first if they rank nearly as high. An
answer never mixes passages for users with passages for developers.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from client.answerers.base import Answer, Citation, Question, Waiting, Wish

PASSAGES = {"concise": 1, "detailed": 3, "technical": 3}
"""How many passages are quoted, by response style."""
NOTHING = (
    "I answer from Recollect's documentation alone and found nothing there about this. Try asking how to "
    "search, export or erase chats, or how to run Recollect."
)

GUIDE = "guide.md"
GUIDE_WEIGHT = 1.5
NEARLY_AS_GOOD = 0.5
"""The share of the best passage's score that another passage needs to be quoted too."""

_HEADING = re.compile(r"(?m)^#{1,4} +(.+)$")
_FENCE = re.compile(r"(?ms)^```.*?^```\n?")
_PICTURE = re.compile(r"(?m)^!\[.*\]\(.*\)\n*")
_LINK_TO_A_FILE = re.compile(r"\[([^\[\]]*)\]\((?!https?://)[^()\s]*\)")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an and are be can could do does for from have how i in is it its me my of on or should
        tell the this to was what when where which who why will with would you your""",
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a document."""

    file: str
    heading: str
    text: str

    @property
    def for_users(self) -> bool:
        """Whether it is for people who chat, not for people who run or develop Recollect."""
        return self.file == GUIDE

    @property
    def citation(self) -> Citation:
        """Where it stands."""
        anchor = re.sub(r"[^\w\- ]", "", self.heading.lower()).strip().replace(" ", "-")
        return Citation(title=self.heading, uri=f"{self.file}#{anchor}")


class DocumentationAnswerer:
    """Answers from Markdown files."""

    notice: str | None = (
        "Demonstration: answers are passages of Recollect's documentation. Connect an answer service to "
        "chat about anything else."
    )
    follows: frozenset[Wish] = frozenset({"style"})
    keeps: str | None = None

    def __init__(self, files: Sequence[Path]) -> None:
        """Read the files; the first part of their common path is left out of citations."""
        self._passages = [passage for file in files for passage in _passages(file)]

    def models(self) -> Sequence[str]:
        """There is none."""
        return ()

    def answer(self, question: Question) -> Iterator[str | Waiting | Answer]:
        """Quote the best passages, paragraph by paragraph."""
        found = self._search(question.text)[: PASSAGES[question.style]]
        if not found:
            yield NOTHING
            yield Answer(NOTHING)
            return
        pieces: list[str] = []
        for passage in found:
            text = passage.text if question.style == "technical" else _FENCE.sub("", passage.text)
            text = text.strip() or passage.text
            if question.style == "concise":
                text = text.split("\n\n")[0]
            heading = "" if question.style == "concise" else f"**{passage.heading}**\n\n"
            pieces.append(heading + text)
            yield pieces[-1] + "\n\n"
        yield Answer("\n\n".join(pieces), [passage.citation for passage in found])

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Nothing to pass on; Recollect keeps it."""

    def _search(self, text: str) -> list[Passage]:
        words = [word for word in re.findall(r"\w+", _words(text)) if word not in _STOP_WORDS]
        if not words:
            return []
        # Created for each question: a connection belongs to one thread, and passages are few.
        index = sqlite3.connect(":memory:")
        try:
            index.execute(
                "CREATE VIRTUAL TABLE passage USING fts5(heading, body, weight UNINDEXED,"
                " tokenize = 'porter unicode61')"
            )
            index.executemany(
                "INSERT INTO passage (rowid, heading, body, weight) VALUES (?, ?, ?, ?)",
                [
                    (n, _words(p.heading), _words(p.text), GUIDE_WEIGHT if p.for_users else 1)
                    for n, p in enumerate(self._passages)
                ],
            )
            rows = index.execute(
                "SELECT rowid, weight * bm25(passage, 4.0, 1.0) AS score FROM passage"
                " WHERE passage MATCH ? ORDER BY score",
                (" OR ".join(f'"{word}"' for word in words),),
            ).fetchall()
        finally:
            index.close()
        # A better match has a lower score, and all are below zero.
        found = [self._passages[n] for n, score in rows if score <= NEARLY_AS_GOOD * rows[0][1]]
        return [passage for passage in found if passage.for_users == found[0].for_users]


def _words(text: str) -> str:
    """A text in lower case, with names such as `eraseMyData` split into words."""
    return _CAMEL_CASE.sub(" ", text).lower()


def _passages(file: Path) -> Iterator[Passage]:
    # Pictures can't be quoted, and links to other files would lead nowhere.
    text = _LINK_TO_A_FILE.sub(r"\1", _PICTURE.sub("", file.read_text("utf-8")))
    # A comment in a code block looks like a heading.
    fences = [fence.span() for fence in _FENCE.finditer(text)]
    headings = [
        heading
        for heading in _HEADING.finditer(text)
        if not any(start <= heading.start() < end for start, end in fences)
    ]
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        body = text[heading.end() : following.start() if following else None].strip()
        if body:
            yield Passage(file.name, heading[1].strip(), body)
