"""Finds the prose in a question: code, addresses, formulas and file names are not topics."""

import re

_BREAK = " . "
"""Replaces what is left out, so that no phrase spans the gap."""
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|\$\$.*?(?:\$\$|\Z)", re.DOTALL)
_LINE_OF_CODE = re.compile(
    r"(?m)^(?:(?: {4}|\t).*|.*[;{}]|\s*[-+*/=|_#]{3,}.*|[^,\n]*(?:,[^,\s]+){3,})\s*$"
)
"""It is indented, ends like a statement, or is a rule or a row of a table."""
_NO_WORD = re.compile(
    r"(?<!\S)(?:"
    r"\S*(?:[\\@_{}<>=|]|\w\(|//|\w/[\w.]+/)\S*"  # addresses, tags, calls, names_like_this, long/paths/
    r"|[~.]*/\S*|--?\w\S*"  # /paths, --options
    r"|['\"(\[]*[\w-]+(?:\.[\w-]+)*\.[A-Za-z]\S*"  # names.of, files.txt
    r"|[a-z]{2,}[A-Z][a-z]\S*"  # namesLikeThis
    r")"
)


def prose(text: str) -> str:
    """The prose of a text. It takes time proportional to the length of the text."""
    text = _CODE.sub(_BREAK, text)
    text = _LINE_OF_CODE.sub(_BREAK, text)
    return _NO_WORD.sub(_BREAK, text)
