"""The order of messages in lists whose messages may name the one before them."""

from typing import Any

from resolvers.transfer.importing.readers.messages import text_of


def parents(
    listed: list[Any], key: str, parent: str
) -> tuple[dict[str, dict[str, Any]], dict[str, str | None]]:
    """The messages of a list by their ids, and the id of the one before each.

    If no message names another one, each follows the one before it in the list.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(listed, 1):
        if isinstance(each, dict):
            own = str(each.get(key) or number)
            found[own if own not in found else f"{own}\n{number}"] = each
    named = {own: text_of(each.get(parent)) for own, each in found.items()}
    if any(before in found for before in named.values()):
        return found, named
    return found, dict(zip(found, [None, *found], strict=False))
