"""Every setting and every rule is documented with its default."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic.fields import FieldInfo

from recollect.settings.config_file import CONFIG_VARIABLE, DEFAULT_CONFIG
from recollect.settings.settings import Settings, variables
from resolvers.configuration import Configuration
from tests.unit.recollect.given_settings import field_at

ROOT = Path(__file__).parents[3]


def test_the_committed_file_has_every_rule_with_its_default_and_a_comment() -> None:
    text = (ROOT / "config.yaml").read_text()

    assert yaml.safe_load(text) == Configuration().model_dump()
    rules = re.findall(r"(?m)^( *#.*)?\n  (\w+):", text)
    assert len(rules) == sum(len(group) for group in yaml.safe_load(text).values())
    assert all(comment for comment, _ in rules)


def test_every_setting_is_documented_with_its_default_and_nothing_else_is() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    documented = [line for line in text.splitlines() if line.startswith("| `")]

    assert documented == list(_documentation())


def _documentation() -> Iterator[str]:
    yield (
        f"| `{CONFIG_VARIABLE}` | a path | `{DEFAULT_CONFIG}`, if it is there "
        "| The file that settings are read from. |"
    )
    for variable, path in variables().items():
        field = field_at(Settings, path)
        default = field.default
        values = default if isinstance(default, tuple) else () if default is None else (default,)
        texts = (str(each).lower() if isinstance(each, bool) else str(each) for each in values)
        shown = ", ".join(f"`{text}`" for text in texts)
        yield f"| `{variable}` | {_values(field)} | {shown} | {field.description} |"


def _values(field: FieldInfo) -> str:
    bounds = {
        name: bound
        for item in [*field.metadata, *getattr(field.annotation, "__metadata__", ())]
        for part in [item, *getattr(item, "metadata", ())]
        for name in ("ge", "le")
        if (bound := getattr(part, name, None)) is not None
    }
    if bounds:
        return f"{bounds['ge']} to {bounds['le']}"
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is Literal:
            return ", ".join(f"`{choice}`" for choice in get_args(kind))
    kinds: dict[Any, str] = {bool: "`true`, `false`", Path: "a path", Path | None: "a path"}
    return kinds.get(field.annotation, "text")
