"""Keeps the names of the schema from strangers: an error tells no name that its request does not."""

import json
import re
from typing import Any

from graphql import GraphQLError

_SUGGESTION = re.compile(r" Did you mean .*\?$", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'")
_WORD = re.compile(r"\w+")


def hide_names(
    errors: list[GraphQLError], document: str | None, variables: dict[str, Any] | None
) -> None:
    """Take suggestions, and quoted names that the request does not have, out of `errors`."""
    try:
        given = json.dumps(variables, ensure_ascii=False)
    except RecursionError:  # they are nested too deeply to be written down
        given = ""
    known = set(_WORD.findall(f"{document} {given}"))

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if known.issuperset(_WORD.findall(quoted[0])) else "'…'"

    for error in errors:
        error.message = _QUOTED.sub(shown, _SUGGESTION.sub("", error.message))
