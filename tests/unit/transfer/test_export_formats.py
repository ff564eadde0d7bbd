"""The formats of exports: two that lose nothing, three for people that no text can break out of."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from resolvers.transfer.archive import Archive, ArchiveEntry
from resolvers.transfer.archive_schema import archive_schema
from resolvers.transfer.exporting.formats import FORMATS, ExportFormat
from resolvers.transfer.exporting.formats.csv import COLUMNS, harmless
from resolvers.transfer.exporting.formats.markdown import quoted
from tests.unit.transfer.archives import HEADER, documents, session, texts, turn

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = DOCS / "archive.schema.json"
CURRENT = json.loads(archive_schema())
unhurried = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(unhurried, max_examples=25)


def written(form: ExportFormat, entries: Sequence[ArchiveEntry]) -> str:
    writer = FORMATS[form].writer()
    return "".join([*map(writer.write, entries), writer.finish()])


def validator(schema: Any) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def test_the_committed_schema_is_current() -> None:
    assert SCHEMA.read_text() == archive_schema() + "\n", "run `make schema`"


@few
@given(documents)
def test_json_gives_back_every_entry_and_is_as_the_schema_says(entries: list[ArchiveEntry]) -> None:
    text = written(ExportFormat.JSON, entries)
    validator(CURRENT).validate(json.loads(text))
    archive = Archive.model_validate_json(text)
    flat: list[ArchiveEntry] = [archive, *([archive.account] if archive.account else [])]
    for chat in archive.sessions:
        flat += [chat, *chat.turns]
    kinds = [type(entry) for entry in entries]
    again = [
        kind.model_validate(f.model_dump(include=set(kind.model_fields)))
        for kind, f in zip(kinds, flat, strict=True)
    ]
    assert again == entries


@few
@given(documents)
def test_a_line_of_ndjson_gives_back_its_entry_and_is_as_the_schema_says(
    entries: list[ArchiveEntry],
) -> None:
    lines = written(ExportFormat.NDJSON, entries).encode().removesuffix(b"\n").split(b"\n")
    check = validator({**CURRENT, "$ref": "#/$defs/Line"})
    for line, entry in zip(lines, entries, strict=True):
        check.validate(json.loads(line))
        assert type(entry).model_validate_json(line) == entry


def test_the_schema_refuses_what_is_no_archive() -> None:
    check = validator(CURRENT)
    good = json.loads(written(ExportFormat.JSON, [HEADER, session(), turn()]))
    assert check.is_valid(good)
    assert not check.is_valid({**good, "format": "other"})
    assert not check.is_valid({key: good[key] for key in good if key != "version"})
    good["sessions"][0]["turns"][0]["feedback"] = {"score": 5}
    assert not check.is_valid(good)


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), strict=True))


@few
@given(documents)
def test_csv_has_one_row_of_all_columns_for_each_turn(entries: list[ArchiveEntry]) -> None:
    head, *body = rows(written(ExportFormat.CSV, entries))
    assert tuple(head) == COLUMNS
    turns = [entry for entry in entries if entry.kind == "turn"]
    assert [dict(zip(head, row, strict=True))["conversation_id"] for row in body] == [
        entry.id for entry in turns
    ]


def test_csv_has_the_text_the_session_and_all_that_is_known_of_a_turn() -> None:
    asked = turn(
        'say "hi",\nplease',
        "",
        response_time_ms=12,
        first_token_ms=3,
        model="gpt-4o",
        input_tokens=100,
        output_tokens=20,
        finish_reason="stop",
        feedback={"score": 0, "comment": "no"},
        citations=[{"uri": "https://a.example"}],
        metadata={"k": 1},
    )
    chat = session(title=None, derived_title="Greeting", tags=["a", "b"], status="archived")
    head, row = rows(written(ExportFormat.CSV, [HEADER, chat, asked]))
    assert dict(zip(head, row, strict=True)) == {
        "session_id": "chat",
        "session_title": "Greeting",
        "session_status": "archived",
        "session_tags": "a, b",
        "session_created_at": "2026-01-02T03:04:05.678901+00:00",
        "conversation_id": "turn",
        "timestamp": "2026-01-02T03:04:05.678901+00:00",
        "recorded_at": "2026-01-02T03:04:05.678901+00:00",
        "query": 'say "hi",\nplease',
        "response": "",
        "answered": "true",
        "response_time_ms": "12",
        "first_token_ms": "3",
        "model": "gpt-4o",
        "input_tokens": "100",
        "output_tokens": "20",
        "finish_reason": "stop",
        "feedback_score": "0",
        "feedback_comment": "no",
        "citations": '[{"uri": "https://a.example"}]',
        "metadata": '{"k": 1}',
        **dict.fromkeys(("branch", "version", "versions", "on_shown_path"), ""),
    }


def test_no_separator_splits_a_cell() -> None:
    text = written(ExportFormat.CSV, [HEADER, session(), turn("a;b\tc,d", "e\nf")])
    for line in text.removeprefix("\ufeff").split("\r\n")[:-1]:
        assert line[0] == line[-1] == '"'
    assert '"a;b\tc,d","e\nf"' in text


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_a_cell_has_no_more_than_excel_holds(character: str) -> None:
    long = character * 40_000
    _, row = rows(written(ExportFormat.CSV, [HEADER, session(), turn(long, "fits" * 8_000)]))
    cells = [cell for cell in row if len(cell) > 1000]
    units = len(long.encode("utf-16-le")) // 2
    assert cells[0].endswith(f" [… {units} characters]")
    assert 32_000 < len(cells[0].encode("utf-16-le")) // 2 <= 32_767
    assert cells[1] == "fits" * 8_000


def test_every_column_is_documented() -> None:
    text = (DOCS / "exporting.md").read_text()
    assert [column for column in COLUMNS if f"`{column}`" not in text] == []


SIGNS = [*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\u2212"]
SKIPPED = ["", " ", "\u00a0", '"', "'", ' " ', "\u200b", "\ufeff", "\x00", "\r\n\t"]
SKIPPED += [
    ",",
    ";",
    "|",
    " ; ",
    "\u00ad",
    "\u061c",
    "\u200e",
    "\u202e",
    "\u2066",
    "\ufe0f",
    "\ufff9",
]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", SKIPPED)
def test_a_cell_that_a_spreadsheet_would_execute_is_made_harmless(before: str, sign: str) -> None:
    text = f"{before}{sign}cmd|'/c calc'!A0"
    judged = turn(text, text, feedback={"score": 1, "comment": text})
    head, row = rows(written(ExportFormat.CSV, [HEADER, session(title=text, tags=[text]), judged]))
    cells = dict(zip(head, row, strict=True))
    for column in ("session_title", "session_tags", "query", "response", "feedback_comment"):
        assert cells[column] == f"'{text}"


@pytest.mark.parametrize("control", ["\t", "\r", "\n"])
def test_a_cell_that_begins_with_a_control_character_is_made_harmless(control: str) -> None:
    assert harmless(f"{control}text") == f"'{control}text"


@pytest.mark.parametrize("between", [";", "; ", ";\u00ad", " ;;\t", ';"'])
def test_a_formula_after_a_semicolon_is_made_harmless_too(between: str) -> None:
    assert harmless(f"a{between}=1+1") == f"a{between}'=1+1"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a; b = c",
        "a, -b",
        "x\n- y",
        "a; 'b'",
        "a = b",
        "1+1",
        "mail@example.com",
        "{}",
        "",
        "日本",
    ],
)
def test_an_ordinary_cell_is_as_it_was(text: str) -> None:
    assert harmless(text) == text


HOSTILE = (
    "# A heading",
    "Setext\n======",
    "```\nnever closed",
    "~~~~ python\n# code",
    "- list\n  ```\n<!-- never closed",
    "1. a\n\n   ```html\n<script>alert(1)</script>",
    "<!-- never closed",
    "<script>alert(1)</script>",
    "`` ` ``\n---\n***\n> quote",
    "> ```\n<textarea>",
    "line\rline\r\n\r\n# heading",
    "| a | b |\n|---|---|\n| c | d |",
    "``` `\n<b>",
    "    ```\n<b>",
    "```\n    ```\n```\n<plaintext>",
)
markdown = st.lists(
    st.sampled_from(
        [*HOSTILE, "```", "~~~", "````", "  ```", "   ~~~ x", "- ", "> ", "<b", "<!--", "", "x"]
    )
    | texts,
    max_size=6,
).map("\n".join)


def outline(text: str) -> list[str]:
    """The blocks that lie in nothing else, headings with their text."""
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


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


DRAWN = {
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
"""What an answer may be made of."""
NAMED = {"class", "dir", "href", "lang", "rel", "start", "style", "title"}


@unhurried
@given(markdown | texts)
def test_no_text_changes_the_structure_of_a_page(text: str) -> None:
    def page(told: str, answer: str) -> Page:
        chat = session(title=told, tags=[told])
        asked = turn(told, answer, feedback={"score": 1, "comment": told}, citations=[told])
        return Page(written(ExportFormat.HTML, [HEADER, chat, asked]))

    assert page(f"x{text}", "x").tags == page("x", "x").tags
    assert page(f"x{text}", "x").attributes == page("x", "x").attributes
    bare, answered = page("x", ""), page("x", text)
    drawn = Counter(answered.tags) - Counter(bare.tags)
    assert set(drawn) <= DRAWN
    assert Counter(bare.tags) <= Counter(answered.tags)
    added = Counter(answered.attributes) - Counter(bare.attributes)
    assert {name for name, _ in added} <= NAMED
    assert not [
        value
        for name, value in added
        if name == "href"
        and ":" in str(value).split("/")[0]
        and str(value).partition(":")[0].lower() not in ("http", "https", "mailto")
    ]


@pytest.mark.parametrize(
    ("answer", "html"),
    [
        ("**bold** and `<b>`", "<strong>bold</strong> and <code>&lt;b&gt;</code>"),
        ("# Big", '<h3 dir="auto">Big</h3>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](https://a.example)", '<a href="https://a.example" rel="noreferrer">x</a>'),
        (
            "![a sea](https://a.example/x.png)",
            '<a href="https://a.example/x.png" rel="noreferrer">a sea</a>',
        ),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("- one\n- two", "<ul"),
        ("|a|\n|-|\n|b|", "<table"),
    ],
)
def test_an_answer_is_drawn_as_the_markdown_that_it_is(answer: str, html: str) -> None:
    page = written(ExportFormat.HTML, [HEADER, session(), turn("q", answer, model="gpt-4o")])
    assert html in page
    assert "UTC · gpt-4o</p>" in page


def test_a_page_shows_every_text_in_its_own_direction_and_runs_nothing() -> None:
    hostile = "</div><script>alert(1)</script><img src=x onerror=alert(1)> مرحبا"
    text = written(ExportFormat.HTML, [HEADER, session(title=hostile), turn(hostile, hostile)])
    page = Page(text)
    assert page.texts.count(hostile) == 3
    assert not {"script", "img", "iframe", "link", "a"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.attributes.count(("dir", "auto")) == 5
    assert ("lang", "en") in page.attributes
    contents = [value or "" for name, value in page.attributes if name == "content"]
    assert any("default-src 'none'" in content for content in contents)
    policy = FORMATS[ExportFormat.HTML].content_policy
    assert "sandbox" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("form", [ExportFormat.MARKDOWN, ExportFormat.HTML])
def test_what_is_not_there_is_said(form: ExportFormat) -> None:
    awaited = written(form, [HEADER, session(), turn("q", None)])
    unsaved = written(form, [HEADER, session(), turn(None, None, text_saved=False)])
    assert "awaited" in awaited or "Not answered" in awaited
    assert "not saved" in unsaved
