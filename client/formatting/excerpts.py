"""Turns an excerpt of Markdown, which may begin and end anywhere, into plain text."""

import re
from collections.abc import Sequence
from itertools import groupby

from client.api.fragments import SnippetPiece

_ADDRESS = r"[^()\s…]*(?:\([^()\s…]*\)[^()\s…]*)*"
# The groups match markup. Emphasis is matched with a lookahead, so that more can be found inside
# it.
_MARKUP = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^[ \t]*((?:`{3,}|~{3,})[^`\n]*)$",
        r"^[ \t]*((?:#{1,6}|>+)[ \t]+)",
        r"^([ \t|:*_-]*(?:-[ \t]*-[ \t]*-|\*[ \t]*\*[ \t]*\*|_[ \t]*_[ \t]*_)[ \t|:*_-]*)$",
        rf"(!?\[|\A)[^\[\]\n]*(\]\({_ADDRESS}(?:[ \t]+\"[^\"\n]*\")?(?:\)|(?=…?\Z)))",
        r"(`+)",
        r"(?<![a-zA-Z0-9*_~])(\*{1,3}|_{1,3}|~~)(?![\s*_~])"
        r"(?=[^\n]*?(?<![\s*_~])(\1)(?![a-zA-Z0-9*_~]))",
        r"(?<![a-zA-Z0-9*])(\*\*)(?![\s*])[^*\n]*…\Z",
        r"\A…[^*\n]*(?<![\s*])(\*\*)(?![a-zA-Z0-9*])",
    )
]


def readable(pieces: Sequence[SnippetPiece]) -> list[tuple[str, bool]]:
    """The excerpt without Markdown markup, in pieces, each with whether it is highlighted.

    Markup that contains a highlight stays, such as the address of a link that matched.
    """
    text = "".join(piece.text for piece in pieces)
    highlighted = [piece.highlighted for piece in pieces for _ in piece.text]
    marks: set[int] = set()
    for pattern in _MARKUP:
        for match in pattern.finditer(text):
            found = [
                at for group in range(1, pattern.groups + 1) for at in range(*match.span(group))
            ]
            if not any(highlighted[at] for at in found):
                marks.update(found)
    kept = [at for at in range(len(text)) if at not in marks]
    return [
        ("".join(text[at] for at in run), lit)
        for lit, run in groupby(kept, lambda at: highlighted[at])
    ]
