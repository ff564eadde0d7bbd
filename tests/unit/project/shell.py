"""The fenced blocks of the documents, and the commands of a shell block."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*/*.md")),
]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^ *```$", re.M | re.S)
ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)
SUBSTITUTED = "substituted"


@dataclass(frozen=True)
class Block:
    """A fenced block: its first line, its language, and its text without the indent."""

    line: int
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """A simple command: the variables set for it alone, its program and its arguments."""

    variables: dict[str, str]
    program: str
    arguments: Sequence[str]


def blocks(document: Path) -> list[Block]:
    """Every fenced block of a document."""
    text = document.read_text()
    return [
        Block(
            text.count("\n", 0, found.start()) + 1,
            found["language"],
            re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
        )
        for found in FENCE.finditer(text)
    ]


def commands(script: str) -> Iterator[Command]:
    """The simple commands of a script, including those within `$(…)`, which come first."""
    script, inner = _without_substitutions(re.sub(r"(^|\s)#.*", r"\1", script, flags=re.MULTILINE))
    for text in inner:
        yield from commands(text)
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars=";|&\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t", "", True
    words: list[str] = []
    for token in [*lexer, "\n"]:
        if set(token) <= set(";|&\n"):
            if words:
                yield _command(words)
            words = []
        else:
            words.append(token)


def _command(words: list[str]) -> Command:
    variables = {}
    while words and (found := ASSIGNMENT.fullmatch(words[0])):
        variables[found[1]] = found[2]
        words = words[1:]
    program, *arguments = words or ["export"]
    return Command(variables, program, arguments)


def _without_substitutions(script: str) -> tuple[str, list[str]]:
    """The script with a word in place of each `$(…)`, and the contents of these."""
    inner = []
    while (start := script.find("$(")) >= 0:
        depth, end = 1, start + 2
        while depth:
            depth += {"(": 1, ")": -1}.get(script[end], 0)
            end += 1
        inner.append(script[start + 2 : end - 1])
        script = script[:start] + SUBSTITUTED + script[end:]
    return script, inner
