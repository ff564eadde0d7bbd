"""What is wrong with the settings, said so that it can be put right."""

import difflib
import os
from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_KINDS: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "empty",
}


class SettingsError(Exception):
    """The settings can't be used. The message lists every problem, and never a setting's value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The settings are not usable:\n" + "\n".join(f"- {p}" for p in problems))


def describe(
    detail: ErrorDetails,
    variables: Mapping[str, tuple[str, ...]],
    file: Mapping[str, Any],
    file_name: str,
) -> str:
    """One problem, by the name of the setting where it was set.

    `variables` has the environment variable of each setting and its place in `file`.
    """
    path = tuple(str(part) for part in detail["loc"])
    variable = next((v for v, place in variables.items() if path in (place, (v,))), None)
    in_file = _has(file, path) and not (variable and os.environ.get(variable))
    name = f"{'.'.join(path)} in {file_name}" if in_file else variable or path[0]
    if detail["type"] == "extra_forbidden":
        known = [".".join(place) for place in variables.values()] if in_file else list(variables)
        near = difflib.get_close_matches(".".join(path), known, n=1, cutoff=0.75)
        return f"{name}: is not a setting" + (f"; did you mean {near[0]}?" if near else "")
    if cause := detail.get("ctx", {}).get("error"):
        return f"{name}: {cause}"
    kind = _KINDS.get(type(detail["input"]), "of another kind")
    return f"{name}: {detail['msg'].removeprefix('Input ')} (it is {kind})"


def _has(file: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    head, *rest = path
    if head not in file:
        return False
    return not rest or (isinstance(file[head], dict) and _has(file[head], tuple(rest)))
