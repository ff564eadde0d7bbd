"""Converts the simple HTML in exports to Markdown, in one pass and without recursion."""

import re
from html.parser import HTMLParser

LINES = {"br": "\n", "hr": "\n\n---\n\n"}
BLOCKS = {"p", "div", "ul", "ol", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "del": "~~"}
_LONE_SPACE = re.compile(r"^ (?! )")
UNSEEN = {"script", "style", "head", "title", "template"}


def markdown(html: str) -> str:
    """The text of HTML with its headings, lists, emphasis, code and links."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._lists: list[int | None] = []
        self._links: list[str] = []
        self._unseen = 0
        self._code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen += 1
        elif tag in LINES:
            self._out.append(LINES[tag])
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
            self._out.append("\n" if len(self._lists) > 1 else "\n\n")
        elif tag == "li":
            self._item()
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._out.append("[" if self._links[-1] else "")
        elif tag == "pre":
            self._code = True
            self._out.append("\n\n```\n")
        elif tag in BLOCKS:
            level = int(tag[1]) if tag[0] == "h" else 0
            self._out.append("\n\n" + "#" * level + " " * bool(level))
        elif tag in MARKS and not self._code:
            self._out.append(MARKS[tag])
        elif tag in ("td", "th"):
            self._out.append(" | ")
        elif tag == "tr":
            self._out.append("\n")

    def _item(self) -> None:
        if not self._lists:
            self._lists.append(None)
        number = self._lists[-1]
        if number is not None:
            self._lists[-1] = number = number + 1
        indent = "  " * min(len(self._lists) - 1, 8)
        self._out.append(f"\n{indent}{'-' if number is None else f'{number}.'} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "pre":
            self._code = False
            self._out.append("\n```\n\n")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._out.append("" if self._lists else "\n\n")
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._out.append(f"]({address})" if address else "")
        elif tag in BLOCKS:
            self._out.append("\n\n")
        elif tag in MARKS and not self._code:
            self._out.append(MARKS[tag])

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._code:
            self._out.append(data)
            return
        words = " ".join(data.split())
        before, after = data[:1].isspace(), data[-1:].isspace() and bool(words)
        self._out.append(" " * before + words + " " * after)

    def text(self) -> str:
        """The Markdown, with one empty line between blocks."""
        lines: list[str] = []
        fenced = False
        for line in "".join(self._out).split("\n"):
            fenced ^= line.startswith("```")
            kept = line if fenced else _LONE_SPACE.sub("", line.rstrip())
            if kept or fenced or (lines and lines[-1]):
                lines.append(kept)
        return "\n".join(lines).strip()
