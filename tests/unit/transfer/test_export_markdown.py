"""Exports as Markdown: no text breaks out of its place in the document."""

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from resolvers.transfer.archive import ArchiveEntry
from resolvers.transfer.exporting.formats import ExportFormat
from resolvers.transfer.exporting.formats.markdown import quoted
from tests.unit.transfer.archives import HEADER, markdown, session, texts, turn, written

unhurried = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outline(text: str) -> list[str]:
    """The top-level blocks; headings have their text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    found = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.level == 0 and token.nesting != -1:
            heading = after.content if after and token.type == "heading_open" else ""
            found.append(f"{token.type} {heading}".strip())
    return found


def raw_html(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    return [t.content for t in (*tokens, *inline) if t.type in ("html_block", "html_inline")]


@unhurried
@given(markdown, markdown)
def test_no_text_changes_the_structure_of_a_markdown_document(query: str, response: str) -> None:
    entries: list[ArchiveEntry] = [
        HEADER,
        session(title="T"),
        turn(query, response or "r"),
        turn("q", "r"),
    ]
    text = written(ExportFormat.MARKDOWN, entries)
    asked = ["paragraph_open", "blockquote_open", "paragraph_open", "blockquote_open"]
    when = "heading_open 2026-01-02 03:04:05 UTC"
    assert outline(text) == [
        *("heading_open Chats", "paragraph_open", "heading_open T", "paragraph_open"),
        *(when, *asked, when, *asked),
    ]
    assert raw_html(text) == []


@unhurried
@given(texts)
def test_no_title_or_tag_changes_it_either(text: str) -> None:
    chat = session(title=" ".join(text.split()) or "x", tags=[text, "# x", "<b>"])
    document = written(ExportFormat.MARKDOWN, [HEADER, chat])
    kinds = [block.partition(" ")[0] for block in outline(document)]
    assert kinds == ["heading_open", "paragraph_open", "heading_open", "paragraph_open"]
    assert raw_html(document) == []


def test_a_quoted_answer_shows_as_it_was_written() -> None:
    code = "Use:\n\n```python\nif a < b and c <d>:\n    pass\n```\n\n**bold** < 3 <b>"
    html = MarkdownIt("commonmark").render(quoted(code))
    assert "if a &lt; b and c &lt;d&gt;:" in html
    assert "<strong>bold</strong> &lt; 3 &lt;b&gt;" in html


@pytest.mark.parametrize(
    "text",
    [
        "Use `<div>` and ``a ` <b>`` here",
        "- item\n\n  ```html\n  <b>\n  ```\n- `<i>`",
        "    <indented>",
        "See <https://a.example/?a=1&b=2> or <me@a.example>.",
        "| `<b>` | <https://a.example> |\n|---|---|\n| x | `<i>` |",
        "> ```\n> <b>\n> ```",
        "1 < 2 and <3",
    ],
)
def test_code_and_links_stay_as_they_are_wherever_they_stand(text: str) -> None:
    assert quoted(text) == "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`unclosed <b>", "`unclosed &lt;b>"),
        ("<div>\n`<b>`", "&lt;div>\n> `<b>`"),
        ("\\`<b>`", "\\`&lt;b>`"),
        ("```\n<b>\n```\n<i>", "```\n> <b>\n> ```\n> &lt;i>"),
        ("x" * 20_000 + "`<b>`", "x" * 20_000 + "`&lt;b>`"),
    ],
)
def test_html_outside_of_code_shows_as_text(text: str, shown: str) -> None:
    assert quoted(text) == f"> {shown}"
    assert raw_html(quoted(text)) == []
