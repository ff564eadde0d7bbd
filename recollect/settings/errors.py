"""Describes problems with the settings, in words that help to fix them."""

import difflib
import os
from collections.abc import Iterable, Mapping
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
_WANTED: Mapping[str, str] = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "model_type": "a group of settings, `name: value`",
    "model_attributes_type": "a group of settings, `name: value`",
}
_URL = "a URL without a path, such as http://127.0.0.1:9050"
_ADDRESS = "host:port, such as 127.0.0.1:8080"
_PROJECT = (
    "a project's id, such as my-project-1: lower-case letters, digits and -.: between them, beginning "
    "with a letter, at most 100 characters"
)
FORMS: Mapping[str, str] = {
    "RECOLLECT_PROJECT": _PROJECT,
    "RECOLLECT_BIGQUERY_PROJECT": _PROJECT,
    "RECOLLECT_FIRESTORE_DATABASE": "(default), or 4 to 63 lower-case letters, digits and hyphens, "
    "beginning with a letter",
    "RECOLLECT_LOCATION": "a location of BigQuery, such as EU or europe-west3",
    "RECOLLECT_VERTEX_LOCATION": "a region of Vertex AI, such as europe-west3",
    "RECOLLECT_VERTEX_ENDPOINT": _URL,
    "RECOLLECT_DATASET": "letters, digits and underscores, at most 1024",
    "RECOLLECT_ANALYSTS_DATASET": "letters, digits and underscores, at most 1024",
    "RECOLLECT_BIGQUERY_ENDPOINT": _URL,
    "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": _ADDRESS,
    "FIRESTORE_EMULATOR_HOST": _ADDRESS,
    "RECOLLECT_API_URL": _URL,
    "RECOLLECT_PUBLIC_API_URL": _URL,
    "RECOLLECT_CLIENT_URL": "an http or https URL, such as https://chat.example",
    "RECOLLECT_MAIL_FROM": "an address, such as recollect@chat.example or Recollect "
    "<recollect@chat.example>",
    "RECOLLECT_SMTP_HOST": "a host name, without a port",
    "RECOLLECT_ANSWER_URL": "an http or https URL, such as https://models.example/v1",
    "RECOLLECT_IAP_AUDIENCE": "the proxy's audience, such as "
    "/projects/NUMBER/global/backendServices/ID",
    "RECOLLECT_PRICES__CURRENCY": "three capital letters, such as EUR",
    "RECOLLECT_ADMIN_CLAIM": "name=value, such as roles=admin",
}
"""Descriptions of the patterns that settings must match."""


class SettingsError(Exception):
    """The settings can't be used. The message lists every problem, but no value that may be secret."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The settings are not usable:\n" + "\n".join(f"- {p}" for p in problems))


def describe(
    detail: ErrorDetails,
    variables: Mapping[str, tuple[str, ...]],
    file: Mapping[str, Any],
    file_name: str,
) -> str:
    """One problem, with the setting's name in the place where it was set.

    `variables` has the environment variable of each setting and its place in `file`.
    """
    path = tuple(str(part) for part in detail["loc"])
    variable = next((v for v, place in variables.items() if path in (place, (v,))), None)
    in_file = _has(file, path) and not (variable and os.environ.get(variable))
    name = f"{'.'.join(path)} in {file_name}" if in_file else variable or path[0]
    if detail["type"] == "extra_forbidden":
        known = _names(variables.values()) if in_file else list(variables)
        near = difflib.get_close_matches(".".join(path), known, n=1, cutoff=0.75)
        return f"{name}: is not a setting" + (f"; did you mean {near[0]}?" if near else "")
    if cause := detail.get("ctx", {}).get("error"):
        return f"{name}: {cause}"
    kind = _KINDS.get(type(detail["input"]), "of another kind")
    wanted = _WANTED.get(detail["type"])
    if detail["type"] == "string_pattern_mismatch":
        wanted = FORMS[variable] if variable else None
    said = f"should be {wanted}" if wanted else detail["msg"].removeprefix("Input ")
    return f"{name}: {said} (it is {kind})"


def _names(places: Iterable[tuple[str, ...]]) -> list[str]:
    """The settings and their groups as config.yaml names them."""
    return [".".join(place[:length]) for place in places for length in range(1, len(place) + 1)]


def _has(file: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    head, *rest = path
    if head not in file:
        return False
    return not rest or (isinstance(file[head], dict) and _has(file[head], tuple(rest)))
