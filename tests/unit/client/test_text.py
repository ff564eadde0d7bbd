"""What answers say is shown and does nothing else."""

import html
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from client.formatting.text import imageless

MARKDOWN = MarkdownIt("commonmark").enable("table")
MARKDOWN.validateLink = lambda url: True  # type: ignore[method-assign]
CARRIERS = ("blob:", "data:", "file:", "filesystem:")
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
    *["data:", "DATA", ":", "&#100;ata", "&colon;", "&Tab;", "\t", "file:///etc", "blob:x", "+ "],
    *["mermaid", "Mermaid", "merm", "aid", "&#109;", "-language-", "x"],
]


def images(markdown: str) -> int:
    return sum(
        child.type == "image"
        for token in MARKDOWN.parse(markdown)
        for child in token.children or []
    )


def diagrams(markdown: str) -> list[str]:
    """The languages that Streamlit would take for Mermaid's, which it finds in a class of the block."""
    fences = (token.info.split() for token in MARKDOWN.parse(markdown) if token.type == "fence")
    languages = [f"language-{html.unescape(info[0])}" for info in fences if info]
    found = (re.search(r"language-(\w+)", each, re.ASCII) for each in languages)
    return [each[1] for each in found if each and each[1].lower() == "mermaid"]


def carriers(markdown: str) -> list[str]:
    """The addresses of links that carry what they show, or lead to a file, as a browser reads them."""
    tokens = [child for token in MARKDOWN.parse(markdown) for child in token.children or []]
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    addresses = (re.sub(r"[\x00-\x20]", "", unquote(link)).lower() for link in links)
    return [address for address in addresses if address.startswith(CARRIERS)]


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
def test_no_text_makes_an_image_a_diagram_or_a_link_that_carries_its_content(markdown: str) -> None:
    shown = imageless(markdown)

    assert images(shown) == 0
    assert diagrams(shown) == []
    assert carriers(shown) == []


@pytest.mark.parametrize(
    "fence",
    ["```mermaid", "~~~Mermaid", "> ````  MERMAID x", "```&#109;ermaid", "- ```-language-mermaid"],
)
def test_a_diagram_is_shown_as_its_source(fence: str) -> None:
    block = f'{fence}\nflowchart LR\n  a@{{img: "https://a.example/"}}\n'

    assert diagrams(block)
    assert diagrams(imageless(block)) == []
    assert 'a@{img: "https://a.example/"}' in imageless(block)


@pytest.mark.parametrize(
    "link",
    [
        "[a](data:text/html,x)",
        "[a](<DATA:text/html,x>)",
        "[a](&#100;ata:x)",
        "[a](data&colon;x)",
        "> [a](\n> data:x)",
        "[a]\n\n[a]: data:x",
        "<data:x>",
        "[a](file:///etc/passwd)",
        "[a](blob:https://a.example/1)",
    ],
)
def test_a_link_that_carries_its_content_or_leads_to_a_file_is_text(link: str) -> None:
    assert carriers(link)
    assert carriers(imageless(link)) == []


def test_everything_else_stays_as_it_was() -> None:
    code = "```rust\nlet a = vec![1, 2];\nassert![a[0] == 1];\n```\n\nSee [the book](https://a.example)!"
    assert imageless(code) == code
    assert imageless("Really![^1] No!") == "Really![^1] No!"
    links = "[a](https://a.example) <mailto:a@a.example> `/user/<int:id>` data: [b](#data:)"
    assert imageless(links) == links


def test_a_long_text_takes_no_long_time() -> None:
    long = "![" * 300_000
    assert imageless(long) == long
    assert imageless(f"{long}](x)") == f"{'! [' * 300_000}](x)"
