"""Exports as HTML: no text breaks out of its place in the page, and nothing runs."""

from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings

from resolvers.transfer.exporting.formats import FORMATS, ExportFormat
from tests.unit.transfer.archives import HEADER, markdown, session, texts, turn, written

unhurried = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
"""The tags that an answer may contain."""
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
