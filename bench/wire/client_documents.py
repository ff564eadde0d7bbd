"""The client's operations, as it sends them."""

import json
import re
from pathlib import Path

_TRUSTED = Path(__file__).parents[2] / "client" / "trusted-documents.json"


def client_document(name: str) -> str:
    """One of the client's operations, with the fragments that it uses."""
    documents: dict[str, str] = json.loads(_TRUSTED.read_text())
    pattern = re.compile(rf"\b(query|mutation) {name}\b")
    return next(each for each in documents.values() if pattern.search(each))
