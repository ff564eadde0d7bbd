"""The text of answers is shown, and can do nothing else."""

import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode as Node

from client.formatting.answer_text import Code, drawn, pieces

MARKDOWN = MarkdownIt("commonmark").enable("table")
MARKDOWN.validateLink = lambda url: True  # type: ignore[method-assign]
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
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
    """The languages that Streamlit, which reads a block's class, would take for Mermaid."""
    fences = (token.info.split() for token in MARKDOWN.parse(markdown) if token.type == "fence")
    languages = [f"language-{html.unescape(info[0])}" for info in fences if info]
    found = (re.search(r"language-(\w+)", each, re.ASCII) for each in languages)
    return [each[1] for each in found if each and each[1].lower() == "mermaid"]


def carriers(markdown: str) -> list[str]:
    """The addresses, as a browser reads them, of links that contain their content or lead to a file."""
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
    assert images(drawn(markdown)) == 0
    assert "https://a.example" in drawn(markdown)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_text_makes_an_image_a_diagram_or_a_link_that_carries_its_content(markdown: str) -> None:
    shown = drawn(markdown)

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
    assert diagrams(drawn(block)) == []
    assert 'a@{img: "https://a.example/"}' in drawn(block).replace("\\", "")


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
    assert carriers(drawn(link)) == []


def shape(nodes: Sequence[Node]) -> list[Any]:
    """The structure of a document, block by block, with its texts as they are displayed."""
    found: list[Any] = []
    for node in nodes:
        if node.type in {"text", "softbreak", "hardbreak"}:
            text = node.content or "\n"
            joined = found and isinstance(found[-1], str)
            found[-1:] = [found[-1] + text] if joined else [*found[-1:], text]
        elif node.type in {"fence", "code_block"}:
            found.append(("code", node.content.removesuffix("\n")))
        elif node.type == "code_inline":
            found.append(("code", node.content))
        else:
            found.append((node.type, shape(node.children), node.attrs.get("href")))
    return [" ".join(each.split()) if isinstance(each, str) else each for each in found]


WORDS = [
    "a",
    "b ",
    " *i* ",
    " **b** ",
    " _u_ ",
    "`c`",
    " [l](http://x.y) ",
    "1",
    "é",
    "(",
    ".",
    ":",
]
BLOCKS = [
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "2) ",
    "> ",
    "    ",
    "# ",
    "```",
    "|",
    "\n|-|\n|",
    "\n---\n",
    "  \n",
]


@given(st.lists(st.sampled_from([*WORDS, *BLOCKS]), max_size=25).map("".join))
def test_what_commonmark_makes_of_an_answer_stays(markdown: str) -> None:
    meant = Node(PARSER.parse(markdown))
    assume(all(node.children for node in meant.walk() if node.type == "list_item"))

    seen = Node(PARSER.parse(drawn(markdown).replace(":small[]", "")))

    assert shape(seen.children) == shape(meant.children)


@pytest.mark.parametrize("long", ["![" * 300_000, "$1 " * 100_000, "> " * 100_000, "|" * 200_000])
def test_a_very_long_text_is_shown_as_text(long: str) -> None:
    assert drawn(long).replace("\\", "").strip() == long.strip()


def test_a_text_is_parsed_once_for_all_reruns() -> None:
    assert drawn("Some *text*.") is drawn("Some *text*.")


@pytest.mark.worst_case
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "long",
    [
        "$" + "a" * 120_000 + "$",
        "\\(" * 60_000,
        "$$\n" * 40_000,
        "$$\nx\n\n" * 20_000,
        "a" + " " * 120_000 + "b",
        ":a" * 60_000,
        "$1 " * 40_000,
        "> " * 60_000,
    ],
)
def test_a_long_text_takes_no_long_time(long: str) -> None:
    assert drawn(long)


def test_code_that_streamlit_would_alter_is_a_piece_of_its_own() -> None:
    answer = "So\n\n```python\nicon = ':material/home:'\n```\n\n- *Done*"
    assert pieces(answer) == ["So", Code("icon = ':material/home:'", "python"), "- *Done*"]
    assert pieces(answer.replace("/", "")) == [drawn(answer.replace("/", ""))]
