"""Decides how an answer is drawn: as CommonMark with tables and TeX, as its writer meant it.

Streamlit's Markdown has more syntax: colours, icons and emoji between colons, arrows, single tildes, and
formulas that catch amounts of money. So an answer is parsed here and rewritten in Streamlit's Markdown with
all text escaped. Viewing an answer loads nothing: images become links.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode as Node

from client.formatting.tex import DISPLAY, INLINE, read_tex

LINKED = {"http", "https", "mailto", "tel"}
"""The URL schemes that become links; others lead nowhere, or should not be opened from here."""
PARSED_CHARACTERS = 131_072
"""A longer answer is shown as plain text: parsing it would block the page for seconds."""
KEPT_CHARACTERS = 16_384
"""Answers up to this length are parsed once and cached for all reruns of the page."""

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("html_block")
read_tex(_PARSER)

# Some of Streamlit's filters see text after escapes are resolved. After this directive, which draws
# nothing, they find no match.
_END_OF_TEXT = ":small[]"
_FILTERED = re.compile(r":(?=[\w+-]+:)|(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_OTHER_SPACE = re.compile(r"[^\S ]")
# Stands for a line break; the parser leaves no such character in a text.
_BREAK = "\0"
_TEXT = {"text", "text_special", "html_inline"}
_TASK = re.compile(r"\A\\\[([ xX])\\\] ")
# Streamlit replaces this everywhere, even in code and addresses.
_ICON = ":material/"
# Streamlit draws code in this language as a diagram, which may load pictures.
_DIAGRAM = "mermaid"
_CLOUD_STORAGE = "https://storage.cloud.google.com/"


def plain(text: str) -> str:
    """One line of Markdown that shows `text` as it is."""
    pieces: list[str] = []
    end = 0
    for found in _FILTERED.finditer(text):
        split = [*found[0], ""] if found[0] == ":" else [*found[0]]
        pieces += [_escaped(text[end : found.start()]), _END_OF_TEXT.join(map(_escaped, split))]
        end = found.end()
    return "".join([*pieces, _escaped(text[end:])])


class Code(NamedTuple):
    """A block of code that Streamlit's Markdown would alter."""

    text: str
    language: str | None


def pieces(markdown: str) -> list[str | Code]:
    """An answer in order: its Streamlit Markdown, and between it blocks of code to draw on their own.

    Only blocks within a list or a quotation are still altered.
    """
    if _ICON not in markdown or len(markdown) > PARSED_CHARACTERS:
        return [drawn(markdown)]
    found: list[str | Code] = []
    for altered, nodes in groupby(Node(_PARSER.parse(markdown)).children, _is_altered):
        if altered:
            found += [Code(node.content.removesuffix("\n"), _language(node)) for node in nodes]
        else:
            found.append(_blocks(nodes))
    return found


def drawn(markdown: str) -> str:
    """The Streamlit Markdown for an answer. Anything left open, such as a code block, is closed."""
    if len(markdown) > PARSED_CHARACTERS:
        return "\\\n".join(map(plain, markdown.splitlines()))
    return _kept(markdown) if len(markdown) <= KEPT_CHARACTERS else _drawn(markdown)


def link(name: str, address: str) -> str:
    """A link as Markdown, or only its name if the address can't be followed. `gs:` addresses can."""
    scheme = urlsplit(address).scheme.lower() if _is_address(address) else ""
    if scheme == "gs":
        address = _CLOUD_STORAGE + quote(address[len("gs://") :], safe="/%")
    elif scheme not in LINKED:
        return name
    return f"[{name}](<{_written(address)}>)"


def _is_address(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False


def _written(address: str) -> str:
    whole = re.sub(r"[<>\\\s]", lambda found: quote(found[0]), address)
    return whole.replace(_ICON, "%3Amaterial/").replace("&", "&amp;")


def _escaped(text: str) -> str:
    one_line = text.replace("\r", " ").replace("\n", " ")
    escaped = _PUNCTUATION.sub(r"\\\1", one_line)
    return _OTHER_SPACE.sub(lambda found: f"&#{ord(found[0])};", escaped)


def _drawn(markdown: str) -> str:
    return _blocks(Node(_PARSER.parse(markdown)).children)


_kept = lru_cache(maxsize=512)(_drawn)


def _blocks(nodes: Iterable[Node], between: str = "\n\n") -> str:
    return between.join(filter(None, map(_block, nodes)))


def _block(node: Node) -> str:
    match node.type:
        case "paragraph":
            return _paragraph(node)
        case "heading":
            return f"{'#' * int(node.tag[1])} {_inline(node)}"
        case "fence" | "code_block":
            return _code(node)
        case "blockquote":
            return _prefixed(_blocks(node.children), "> ")
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "table":
            return _table(node)
        case "hr":
            return "___"
        case _:
            return f"$$\n{node.content}\n$$"


def _paragraph(node: Node) -> str:
    shown = _inline(node, flow=True)
    first_of_item = (
        node.previous_sibling is None and node.parent and node.parent.type == "list_item"
    )
    return _TASK.sub(r"[\1] ", shown) if first_of_item else shown


def _code(node: Node) -> str:
    fence = _longer_than("`", node.content, 3)
    body = node.content and node.content.removesuffix("\n") + "\n"
    return f"{fence}{_language(node) or ''}\n{body}{fence}"


def _is_altered(node: Node) -> bool:
    return node.type in ("fence", "code_block") and _ICON in node.content


def _language(node: Node) -> str | None:
    """The language of a block of code, unless it has none or is drawn as a diagram."""
    named = re.match(r"[\w+#.-]*", node.info.strip(), re.ASCII) if node.type == "fence" else None
    return named[0] if named and named[0] and _DIAGRAM not in named[0].lower() else None


def _list(node: Node) -> str:
    tight = all(
        child.hidden
        for item in node.children
        for child in item.children
        if child.type == "paragraph"
    )
    between = "\n" if tight else "\n\n"
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    items: list[str] = []
    for place, item in enumerate(node.children):
        marker = f"{node.markup if number is None else f'{number + place}{node.markup}'} "
        text = _prefixed(_blocks(item.children, between), " " * len(marker))
        items.append(marker + text[len(marker) :] if text else marker.rstrip())
    return between.join(items)


def _table(node: Node) -> str:
    rows = [row for part in node.children for row in part.children]
    sides = {"text-align:left": ":--", "text-align:center": ":-:", "text-align:right": "--:"}
    lines = [[_inline(cell, in_table=True) for cell in row.children] for row in rows]
    rule = [sides.get(str(cell.attrs.get("style")), "---") for cell in rows[0].children]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [lines[0], rule, *lines[1:]])


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join(prefix + line if line else prefix.rstrip() for line in text.split("\n"))


def _inline(node: Node, *, flow: bool = False, in_table: bool = False) -> str:
    """The text of a block. If `flow`, formulas may have lines of their own."""
    text = _spans(node.children[0].children, flow=flow, in_table=in_table, in_link=False)
    if flow:
        return re.sub(r"(?<! ) *\n *", "\n", text).strip().replace(_BREAK, "\\")
    return re.sub(f"(?<! ) *{_BREAK}?\n *", " ", text).strip()


def _spans(nodes: Sequence[Node], *, flow: bool, in_table: bool, in_link: bool) -> str:
    pieces: list[str] = []
    for is_text, run in groupby(nodes, lambda node: node.type in _TEXT):
        if is_text:
            pieces.append(plain("".join(node.content for node in run)))
            continue
        pieces += [_span(node, flow=flow, in_table=in_table, in_link=in_link) for node in run]
    return "".join(pieces)


def _span(node: Node, *, flow: bool, in_table: bool, in_link: bool) -> str:
    match node.type:
        case "softbreak":
            return "\n"
        case "hardbreak":
            return _BREAK + "\n"
        case "code_inline":
            return _code_span(node.content, in_table=in_table)
        case t if t in (INLINE, DISPLAY):
            return _formula(node, flow=flow, in_table=in_table)
    linked = in_link or node.type in {"link", "image"}
    inner = _spans(node.children, flow=False, in_table=in_table, in_link=linked)
    if node.type in {"em", "strong", "s"}:
        start, end = ("&#32;" if inner[at : at + 1] == " " else "" for at in (0, len(inner) - 1))
        return (
            f"{node.markup}{start}{inner[bool(start) : len(inner) - bool(end)]}{end}{node.markup}"
        )
    address = str(node.attrs.get("src" if node.type == "image" else "href", ""))
    name = inner if inner.strip() else plain(address)
    return name if in_link else link(name, address)


def _code_span(code: str, *, in_table: bool) -> str:
    if in_table:
        code = code.replace("|", "\\|")
    return _END_OF_TEXT.join(map(_backticked, re.split("(?<=:)(?=material/)", code)))


def _backticked(code: str) -> str:
    ticks = _longer_than("`", code, 1)
    padded = code[:1] == "`" or code[-1:] == "`" or (code[:1] == code[-1:] == " " and code.strip())
    return f"{ticks} {code} {ticks}" if padded else f"{ticks}{code}{ticks}"


def _formula(node: Node, *, flow: bool, in_table: bool) -> str:
    tex = node.content
    if node.type == DISPLAY:
        if flow:
            return f"\n$$\n{tex}\n$$\n"
        tex = f"\\displaystyle {tex}"
    if in_table:
        tex = tex.replace("|", "{\\vert}")
    return f"$$ {tex} $$" if "$" in (tex[0], tex[-1]) else f"$${tex}$$"


def _longer_than(character: str, text: str, least: int) -> str:
    """A run of the character longer than any in the text."""
    runs = re.findall(f"{re.escape(character)}+", text)
    return character * max([least, *(len(run) + 1 for run in runs)])
