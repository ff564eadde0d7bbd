"""Keeps the schema's names from outsiders: an error only contains names that its request contains.

Errors quote parts of the request, so they are kept short, few and cheap, whatever it contains.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from graphql import GraphQLError

from schema.validation.document_limits import CHARACTERS

MESSAGE_CHARACTERS = 500
"""The most characters of an error about a request; longer ones are cut."""
NAMES = 1_000
"""How many keys and short strings among the variables count as names in the request."""
VISITED = 10_000
"""How many values are searched for these names."""
NAME_CHARACTERS = 100
_SUGGESTION = " Did you mean "
_QUOTED = re.compile(r"'[^']*(?:'|\Z)")
_WORD = re.compile(r"\w+")


def shorten(errors: list[GraphQLError]) -> None:
    """Cut the messages in `errors` that are too long."""
    for error in errors:
        if len(error.message) > MESSAGE_CHARACTERS:
            error.message = f"{error.message[: MESSAGE_CHARACTERS - 1]}…"


def hide_names(
    errors: list[GraphQLError], document: str | None, variables: dict[str, Any] | None
) -> None:
    """Remove from `errors` suggestions and quoted names that are not in the request."""

    @cache
    def known() -> set[str]:
        given = " ".join(islice(_names(variables), NAMES))
        return set(_WORD.findall(f"{(document or '')[:CHARACTERS]} {given}"))

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if known().issuperset(_WORD.findall(quoted[0])) else "'…'"

    for error in errors:
        message = error.message
        if message.endswith("?"):
            message, _, _ = message.partition(_SUGGESTION)
        error.message = _QUOTED.sub(shown, message[: 2 * MESSAGE_CHARACTERS])


def _names(value: Any) -> Iterator[str]:
    """The keys and short strings of a value, outermost first."""
    level, left = [value], VISITED
    while level and left:
        below: list[Any] = []
        left = max(0, left - len(level))
        for each in level:
            if isinstance(each, str):
                yield each[:NAME_CHARACTERS]
            elif isinstance(each, dict):
                yield from (str(key)[:NAME_CHARACTERS] for key in each)
                below += islice(each.values(), left)
            elif isinstance(each, list):
                below += each[:left]
        level = below
