"""The default answerer, which needs no service: it finds answers in Recollect's own documentation.

A demonstration by retrieval alone: it quotes the passage that answers the question best, ranked by SQLite's
full-text index (BM25) and by how many of the question's words the passage has. Passages of the users' guide
come first if they rank nearly as high. If no passage has enough of the words, it says that it does not know.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from threading import Lock
from weakref import finalize

from client.answerers.base import Answer, Citation, Question, Waiting, Wish
from client.wording import N_, _

CHARACTERS = {"concise": 0, "detailed": 600, "technical": 1500}
"""After how many characters a quotation ends with its paragraph, by response style."""
NOTHING = N_(
    "I don't know: I answer from Recollect's documentation alone and found nothing there about this. Try "
    "asking how to search, export or erase chats, or how to run Recollect."
)
EXAMPLES = (
    "What is Recollect?",
    "How do I search my history?",
    "How do I export my chats?",
    "Who can see my chats?",
)

GUIDE = "guide.md"
GUIDE_WEIGHT = 1.5
ENOUGH = 0.6
"""The share of the question's words, weighted by their rarity, that a passage must have to answer it."""

_HEADING = re.compile(r"(?m)^#{1,4} +(.+)$")
_FENCE = re.compile(r"(?ms)^```.*?^```\n?")
_PICTURE = re.compile(r"(?m)^!\[.*\]\(.*\)\n*")
_LINK_TO_A_FILE = re.compile(r"\[([^\[\]]*)\]\((?!https?://)[^()\s]*\)")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an and are be can could do does for from get have how i in is it its make me my of on or s
        same set should t tell the there this to up use was what when where which who why will with
        would you your""",
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
        """The citation of this passage."""
        anchor = re.sub(r"[^\w\- ]", "", self.heading.lower()).strip().replace(" ", "-")
        return Citation(title=self.heading, uri=f"{self.file}#{anchor}")


class DocumentationAnswerer:
    """Answers from Markdown files."""

    notice: str | None = N_(
        "Demonstration: answers are passages of Recollect's documentation. Connect an answer service to "
        "chat about anything else."
    )
    examples: Sequence[str] = EXAMPLES
    follows: frozenset[Wish] = frozenset({"style"})
    keeps: str | None = None

    def __init__(self, files: Sequence[Path]) -> None:
        """Read the files; the first part of their common path is left out of citations."""
        self._passages = [passage for file in files for passage in _passages(file)]
        self._index = _indexed(self._passages)
        finalize(self, self._index.close)
        self._turn = Lock()
        """Held by the thread that uses the index: each tab asks in its own thread."""

    def models(self) -> Sequence[str]:
        """There are no models."""
        return ()

    def answer(self, question: Question) -> Iterator[str | Waiting | Answer]:
        """Quote the best passage, paragraph by paragraph."""
        passage = self._best(question.text)
        if passage is None:
            yield _(NOTHING)
            yield Answer(_(NOTHING))
            return
        text = passage.text if question.style == "technical" else _FENCE.sub("", passage.text)
        quoted: list[str] = []
        for paragraph in (text.strip() or passage.text).split("\n\n"):
            if sum(map(len, quoted)) > CHARACTERS[question.style] or (
                quoted and question.style == "concise"
            ):
                break
            quoted.append(paragraph)
            yield f"{paragraph}\n\n"
        yield Answer("\n\n".join(quoted), [passage.citation])

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Do nothing: Recollect keeps the feedback."""

    def _best(self, text: str) -> Passage | None:
        words = {word for word in re.findall(r"[^\W_]+", _words(text)) if word not in _STOP_WORDS}
        scores: dict[int, float] = defaultdict(float)
        covered: dict[int, float] = defaultdict(float)
        total = 0.0
        for word in words:
            found = self._found(word)
            rarity = log(1 + len(self._passages) / (1 + len(found)))
            total += rarity
            for number, score in found:
                scores[number] += score
                covered[number] += rarity
        enough = [number for number in scores if covered[number] >= ENOUGH * total]
        if not enough:
            return None
        return self._passages[max(enough, key=lambda n: self._rank(n, scores[n], covered[n]))]

    def _found(self, word: str) -> Sequence[tuple[int, float]]:
        """The numbers of the passages that have the word, and how well each matches it."""
        with self._turn:
            # A better match has a lower score, and all are below zero.
            return self._index.execute(
                "SELECT rowid, -bm25(passage, 4.0, 1.0) FROM passage WHERE passage MATCH ?",
                (f'"{word}"',),
            ).fetchall()

    def _rank(self, number: int, score: float, covered: float) -> float:
        return score * covered * (GUIDE_WEIGHT if self._passages[number].for_users else 1)


def _indexed(passages: Sequence[Passage]) -> sqlite3.Connection:
    """A full-text index, for one thread at a time."""
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.execute(
        "CREATE VIRTUAL TABLE passage USING fts5(heading, body, tokenize = 'porter unicode61')"
    )
    index.executemany(
        "INSERT INTO passage (rowid, heading, body) VALUES (?, ?, ?)",
        [(n, _words(p.heading), _words(p.text)) for n, p in enumerate(passages)],
    )
    return index


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
