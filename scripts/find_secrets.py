"""Looks for secrets in the files that git tracks, and ends with status 1 if it finds any.

    python scripts/find_secrets.py

It recognises credentials by their form; it can't tell random text of another form from a hash. Test values
are allowed if they are marked: a line with `not a secret` in it is skipped.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALLOWED = "not a secret"
LARGEST = 2_000_000
"""Larger files are pictures and the like."""

FORMS: Mapping[str, re.Pattern[str]] = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}"),
    "Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "Google OAuth secret": re.compile(r"\bGOCSPX-[0-9A-Za-z_-]{28}\b"),
    "Google refresh token": re.compile(r"\b1//0[0-9A-Za-z_-]{40,}"),
    "service account": re.compile(r'"private_key_id"\s*:\s*"[0-9a-f]{40}"'),
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{50,})"),
    "GitLab token": re.compile(r"\bglpat-[0-9A-Za-z_-]{20}\b"),
    "OpenAI or Anthropic key": re.compile(r"\bsk-(?:proj-|ant-)?[0-9A-Za-z_-]{32,}"),
    "Slack token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{20,}"),
    "npm or PyPI token": re.compile(r"\b(?:npm_[0-9A-Za-z]{36}|pypi-[0-9A-Za-z_-]{60,})"),
    "password in a URL": re.compile(r"https?://[^/\s:@'\"{}$]+:[^/\s:@'\"{}$]{6,}@[a-z0-9.-]+"),
}


def found(text: str) -> Iterator[tuple[int, str]]:
    """The line and the form of each secret in a text."""
    for form, pattern in FORMS.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if ALLOWED not in text.splitlines()[line - 1]:
                yield line, form


def main() -> None:
    """Search all tracked files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    problems = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and path.stat().st_size <= LARGEST:
            text = path.read_text(encoding="utf-8", errors="ignore")
            problems += [f"{name}:{line}: looks like a {form}" for line, form in found(text)]
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
