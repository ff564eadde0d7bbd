"""Rules for the Markdown parser that distinguish TeX in an answer from amounts of money."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

INLINE, DISPLAY = "tex_inline", "tex_display"
"""The types of the tokens; `content` is the TeX without its delimiters."""

FORMULA_CHARACTERS, FORMULA_LINES = 4_000, 200
"""How far ahead the end of a formula is searched, in characters."""
_DELIMITERS = {
    "$": ("$", INLINE),
    "$$": ("$$", DISPLAY),
    "\\(": ("\\)", INLINE),
    "\\[": ("\\]", DISPLAY),
}
_COMMAND = re.compile(r"\\[a-zA-Z]+|\\[{}|,;!]")
_PROSE = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}|[€£¥`]|\$\$")
_SYMBOL = re.compile(r"(?:[^\W_]|\d+(?:[.,]\d+)?)'*")
_OPERATOR = re.compile(r"[=^_<>+*/|(){}\[\]!-]")
_OPEN_END = re.compile(r"[=^_<+*/(\[,:;-]$")


def read_tex(parser: MarkdownIt) -> None:
    r"""Make a parser read `$…$`, `$$…$$`, `\(…\)` and `\[…\]` if their content is TeX."""
    parser.inline.ruler.before("escape", "tex", _inline)
    parser.block.ruler.before(
        "fence", "tex", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def is_tex(content: str, opener: str) -> bool:
    """Whether it looks like TeX and not like text that happens to be between two signs.

    A TeX command always does. Otherwise a formula has operators or is a single symbol, and has no two words
    in a row.
    """
    inner = content.strip()
    if not inner or len(inner) > FORMULA_CHARACTERS or "$" in inner.replace("\\$", ""):
        return False
    if _COMMAND.search(inner):
        return True
    if _PROSE.search(inner) or _OPEN_END.search(inner) or (opener == "$" and inner != content):
        return False
    if _SYMBOL.fullmatch(inner):
        return opener != "\\["
    return bool(_OPERATOR.search(inner))


def _inline(state: StateInline, silent: bool) -> bool:
    start, text = state.pos, state.src
    opener = text[start : start + 2]
    if opener not in _DELIMITERS:
        opener = text[start]
    elif opener == "$$" and (text[start : start + 3] == "$$$" or text[start - 1 : start] == "$"):
        return False
    if opener not in _DELIMITERS or (opener == "$" and text[start - 1 : start].isalnum()):
        return False
    closer, kind = _DELIMITERS[opener]
    begin = start + len(opener)
    end = _closed(text, begin, closer, state.posMax)
    after = text[end + len(closer) : end + len(closer) + 1]
    if end < 0 or (closer[0] == "$" and (after.isalnum() or after == "$")):
        return False
    if not is_tex(text[begin:end], opener):
        return False
    if not silent:
        token = state.push(kind, "", 0)
        token.content = " ".join(text[begin:end].split())
    state.pos = end + len(closer)
    return True


def _closed(text: str, begin: int, closer: str, limit: int) -> int:
    """The position of the closing delimiter; -1 if there is none."""
    limit = min(limit, begin + FORMULA_CHARACTERS)
    end = text.find(closer, begin, limit)
    while end > 0 and closer == "$" and text[end - 1] == "\\":
        end = text.find(closer, end + 1, limit)
    return end


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    start = state.bMarks[first] + state.tShift[first]
    opener = state.src[start : start + 2]
    if opener not in ("$$", "\\["):
        return False
    closer = _DELIMITERS[opener][0]
    for line in range(first, min(last, first + FORMULA_LINES)):
        if line > first and state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return False
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
        if text.removeprefix(opener if line == first else "").endswith(closer):
            break
    else:
        return False
    block = state.getLines(first, line + 1, state.blkIndent, False).strip()
    content = block.removeprefix(opener).removesuffix(closer)
    alone = content[:1] == "\n"
    if closer in content or not content.strip() or not (alone or is_tex(content, opener)):
        return False
    if silent:
        return True
    state.line = line + 1
    token = state.push(DISPLAY, "", 0)
    token.block, token.content, token.map = True, content.strip(), [first, state.line]
    return True
