"""The report of ChatGPT's deep research, which is stored in a widget's state."""

from typing import Any

from resolvers.transfer.importing.readers.json_values import BadValue, parse
from resolvers.transfer.importing.readers.messages import list_of, object_of, text_of


def report_of(metadata: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """A report's text and the metadata with its references; None if there is none."""
    state = text_of(object_of(metadata.get("chatgpt_sdk")).get("widget_state"))
    if state is None:
        return None
    try:
        report = object_of(object_of(parse(state.encode())).get("report_message"))
    except BadValue:
        return None
    parts = list_of(object_of(report.get("content")).get("parts"))
    text = "\n".join(part for part in parts if isinstance(part, str))
    return (text, object_of(report.get("metadata"))) if text else None
