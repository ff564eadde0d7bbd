"""Whatever values a file of a known format has in unexpected places, its reader returns findings."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.transfer.importing.readers.entries import Entry, Format
from resolvers.transfer.importing.readers.files import NotRecognised, read_file
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import gpt_chat, plain_chat, sharegpt_chat, webui_chat
from tests.integration.transfer.test_import_fuzz import STRANGE, places

OWNER = "anna@example.com"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILES: dict[str, Any] = {
    "chatgpt": [gpt_chat(1)],
    "chatgpt's marks": files.gpt_cited(),
    "chatgpt's canvas": files.gpt_canvas(),
    "chatgpt's research": files.gpt_research(),
    "claude": files.claude(),
    "deepseek": files.deepseek(),
    "gemini": files.gemini(),
    "grok": files.grok(),
    "librechat": files.librechat(tree=True),
    "openai": files.openai_chat(),
    "openwebui": [webui_chat(1)],
    "sharegpt": [sharegpt_chat(1)],
    "turns": [plain_chat(1)],
    "vertex": files.vertex(),
    "answerapp": files.answer_rows("anna@example.com", "ben@example.com"),
}


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_ends_in_findings(name: str, data: st.DataObject) -> None:
    file = json.loads(json.dumps(FILES[name]))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(places(file)))
        parent = file
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = data.draw(STRANGE)
    form = data.draw(st.sampled_from([None, *Format]))
    try:
        found = list(read_file(io.BytesIO(json.dumps(file).encode()), form, OWNER, NOW))
    except NotRecognised:
        return
    for each in found:
        if isinstance(each, Entry):
            each.record.model_dump_json()
