"""The pictures in the documents, and answers that quote the documents."""

import re
from pathlib import Path

from client.answerers import Answer, Question, Style
from client.answerers.documentation import DocumentationAnswerer

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
IMAGES = ROOT / "docs/images"
PICTURE = re.compile(r"!\[(.*?)\]\((.*?)\)")
MOST_BYTES = 200_000


def pictures() -> list[tuple[str, Path]]:
    """The alternative text and the file of each picture in the documents."""
    return [
        (words, (document.parent / place).resolve())
        for document in DOCUMENTS
        for words, place in PICTURE.findall(document.read_text("utf-8"))
    ]


def test_every_picture_is_used_said_in_words_and_small() -> None:
    used = pictures()

    assert {file for _, file in used} == set(IMAGES.iterdir())
    assert all(words for words, _ in used)
    assert all(file.stat().st_size < MOST_BYTES for _, file in used)


def test_an_answer_from_the_documents_quotes_no_picture() -> None:
    answerer = DocumentationAnswerer(DOCUMENTS)
    styles: list[Style] = ["concise", "detailed", "technical"]
    for words, _ in pictures():
        for style in styles:
            *_, whole = answerer.answer(Question(words, "user", style=style))
            assert isinstance(whole, Answer)
            assert "![" not in whole.text
