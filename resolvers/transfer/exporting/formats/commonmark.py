"""Markdown, rendered as HTML or with its HTML shown as text. Nothing is run or loaded."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

PARSED_CHARACTERS = 20_000
"""Longer texts are shown as they are, because a crafted text can take the parser seconds."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_AUTOLINK = re.compile(r"<(?:(?:https?|mailto):[^\s<>]*|[A-Za-z0-9.+_-]+@[A-Za-z0-9.-]+)>")
_PIECE = re.compile(r"\\.|`+|<", re.DOTALL)
_ADDRESS = re.compile(r"(?:https?|mailto):|[^:]*\Z", re.IGNORECASE)


class _Renderer(RendererHTML):
    """Renders an image as a link to it: a document that is read must not load anything."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        address = escape(str(token.attrs.get("src", "")))
        return f'<a href="{address}" rel="noreferrer">{escape(token.content or address)}</a>'


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    parser.validateLink = lambda url: bool(_ADDRESS.match(url))  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
_READER = MarkdownIt("commonmark").enable("table")
"""Reads Markdown as other programs do, including HTML."""


def rendered(text: str) -> str:
    """Markdown as HTML, each block in its own direction; headings rank below those around it."""
    if len(text) > PARSED_CHARACTERS:
        return f'<div class="plain">{escape(text)}</div>'
    env: EnvType = {}
    tokens = _PARSER.parse(text, env)
    for token in tokens:
        if token.nesting == 1 and token.block:
            token.attrSet("dir", "auto")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noreferrer")
    return str(_PARSER.renderer.render(tokens, _PARSER.options, env))


def without_html(text: str) -> list[str] | None:
    """The lines of Markdown in which HTML shows as text; code and links are unchanged. None if
    the text is too long for that, or would still contain HTML when quoted."""
    if len(text) > PARSED_CHARACTERS:
        return None
    lines = _LINE_END.split(text)
    for first, last, code in _parts(lines):
        if not code:
            lines[first:last] = _escaped("\n".join(lines[first:last])).split("\n")
    return None if _has_html("\n".join(f"> {line}" for line in lines)) else lines


def _parts(lines: list[str]) -> Iterator[tuple[int, int, bool]]:
    """The parts of a text by their lines, and whether each part is code."""
    at = 0
    for token in _PARSER.parse("\n".join(lines)):
        if token.map is None or token.type not in ("fence", "code_block", "inline"):
            continue
        first, last = token.map
        if first >= at:
            yield from ((number, number + 1, False) for number in range(at, first))
            yield first, last, token.type != "inline"
            at = last
    yield from ((number, number + 1, False) for number in range(at, len(lines)))


def _escaped(text: str) -> str:
    """A run of text in which every tag outside of code spans is escaped."""
    runs: dict[int, deque[int]] = {}
    for run in re.finditer("`+", text):
        runs.setdefault(len(run[0]), deque()).append(run.start())
    kept: list[str] = []
    at = 0
    while piece := _PIECE.search(text, at):
        kept.append(text[at : piece.start()])
        end, shown = piece.end(), piece[0]
        if shown[0] == "`":
            starts = runs.get(len(shown), deque())
            while starts and starts[0] < end:
                starts.popleft()
            if starts:
                end = starts[0] + len(shown)
                shown = text[piece.start() : end]
        elif shown == "<":
            link = _AUTOLINK.match(text, piece.start())
            end = link.end() if link else end
            shown = link[0] if link else "&lt;" if _TAG.match(text, piece.start()) else "<"
        kept.append(shown)
        at = end
    return "".join([*kept, text[at:]])


def _has_html(text: str) -> bool:
    tokens = _READER.parse(text)
    inline = (child for token in tokens for child in token.children or ())
    return any(token.type in ("html_block", "html_inline") for token in (*tokens, *inline))
