"""What answers say is shown and does nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from client.text import imageless

MARKDOWN = MarkdownIt("commonmark").enable("table")
PIECES = [
    *[
        "![",
        "!",
        "[",
        "]",
        "](",
        "][",
        "]:",
        "(",
        ")",
        "http://a.example/",
        "a",
        " ",
        "\\",
        "<",
        ">",
        '"',
    ],
    *[
        "\n",
        "\n\n",
        "\r",
        "\n \n",
        "\n\u00a0\n",
        "```",
        "`",
        "~~~",
        "> ",
        "- ",
        "    ",
        "<div>",
        "|",
        "&#33;",
    ],
]


def images(markdown: str) -> int:
    return sum(
        child.type == "image"
        for token in MARKDOWN.parse(markdown)
        for child in token.children or []
    )


@pytest.mark.parametrize(
    "markdown",
    [
        "![chart](https://a.example/?said=secret)",
        "![](<https://a.example/>)",
        "Look: ![a *b*](https://a.example 'why') and ![c](https://a.example)",
        "\\\\![a](https://a.example)",
        "![chart][1]\n\n[1]: https://a.example",
        "[1]: https://a.example\n\n![1]",
        "<div>\n```\n\n![a](https://a.example)\n\n```",
        "| a |\n|---|\n| ![a](https://a.example) |",
        "![a\r\rb](https://a.example) ![a\nb](https://a.example)",
    ],
)
def test_an_image_is_a_link_wherever_it_stands(markdown: str) -> None:
    assert images(markdown)
    assert images(imageless(markdown)) == 0
    assert "https://a.example" in imageless(markdown)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_text_makes_an_image(markdown: str) -> None:
    assert images(imageless(markdown)) == 0


def test_everything_else_stays_as_it_was() -> None:
    code = "```rust\nlet a = vec![1, 2];\nassert![a[0] == 1];\n```\n\nSee [the book](https://a.example)!"
    assert imageless(code) == code
    assert imageless("Really![^1] No!") == "Really![^1] No!"


def test_a_long_text_takes_no_long_time() -> None:
    long = "![" * 300_000
    assert imageless(long) == long
    assert imageless(f"{long}](x)") == f"{'! [' * 300_000}](x)"
