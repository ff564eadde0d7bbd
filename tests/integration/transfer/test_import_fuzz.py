"""Valid files that were then damaged cause a report or a refusal, never a server error; the import matches
the report of its dry run; and nothing is half written."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.conftest import Api
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import (
    archive_document,
    archive_lines,
    archived_session,
    archived_turn,
    as_lines,
    assert_exact,
    gpt_chat,
    plain_chat,
    post,
    sharegpt_chat,
    stored,
    webui_chat,
)

USERS = iter(range(1_000_000))
ACCOUNT = {
    "kind": "account",
    "createdAt": "2025-01-01T00:00:00Z",
    "preferences": {"uiSettings": {"theme": "light"}},
}
FOREIGN = [
    files.gpt_cited(),
    files.gpt_canvas(),
    files.gpt_research(),
    files.claude(),
    files.deepseek(),
    files.gemini(),
    files.grok(),
    files.librechat(tree=True),
    [files.openai_chat(1), files.openai_chat(2)],
    files.webui_message("Blue.", sources=[{"source": {"name": "Sky"}, "metadata": [{}]}]),
    files.vertex(),
]
ENTRIES = [archived_session("a"), archived_turn("t", "a"), archived_session("b", pinned=True)]
VALUES: list[tuple[Any, Callable[[Any], str]]] = [
    *((file, json.dumps) for file in FOREIGN),
    ([gpt_chat(1), gpt_chat(2)], json.dumps),
    ([webui_chat(1), webui_chat(2)], json.dumps),
    ([sharegpt_chat(1), sharegpt_chat(2)], lambda chats: as_lines(*chats)),
    ([plain_chat(1), plain_chat(2)], lambda chats: as_lines(*chats)),
    ([ACCOUNT, *ENTRIES], lambda entries: archive_lines(*entries)),
    (
        archive_document((ENTRIES[0], [ENTRIES[1]]), (ENTRIES[2], []), account=ACCOUNT),
        json.dumps,
    ),
]
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "\ud800", "__x__", "../a"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none(), max_size=3),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values nested in a value."""
    children: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    found = [path] if path else []
    return found + [deep for key, child in children for deep in places(child, (*path, key))]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A file with some values replaced, removed or duplicated, and some bytes wrong."""
    value, write = draw(st.sampled_from(VALUES))
    value = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(value)))
        parent = value
        for key in path[:-1]:
            parent = parent[key]
        match draw(st.sampled_from(["replace", "remove", "double"])):
            case "remove":
                del parent[path[-1]]
            case "double" if isinstance(parent, list):
                parent.append(json.loads(json.dumps(parent[path[-1]])))
            case _:
                parent[path[-1]] = draw(STRANGE)
        if not places(value):
            break
    file = bytearray(write(value).encode())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, max(0, len(file) - 1)))
        match draw(st.sampled_from(["cut", "wrong", "insert"])):
            case "cut":
                del file[at : at + draw(st.integers(1, 50))]
            case "wrong" if file:
                file[at] = draw(st.integers(0, 255))
            case _:
                file[at:at] = draw(st.binary(max_size=8))
    return bytes(file[: draw(st.none() | st.integers(0, len(file)))])


async def assert_sound(api: Api, file: bytes) -> None:
    """Import a file for a new user three times: as a dry run, for real, and once more."""
    user = f"user-{next(USERS)}@example.com"
    rehearsed = await post(api, file, user, dryRun="true")
    assert rehearsed.status_code in (200, 400), rehearsed.text
    assert await stored(api, user) == {}
    done = await post(api, file, user)
    assert done.status_code == rehearsed.status_code
    if done.status_code == 400:
        assert done.json() == rehearsed.json()
        return
    report = done.json()
    assert rehearsed.json() == {**report, "dryRun": True}
    sessions = await stored(api, user)
    assert len(sessions) == report["sessions"]["added"]
    assert sum(len(turns) for _, turns in sessions.values()) == report["turns"]["added"]
    if sessions:
        await assert_exact(api, user)
    again = (await post(api, file, user)).json()
    assert (again["sessions"]["added"], again["turns"]["added"]) == (0, 0)
    assert await stored(api, user) == sessions


FUZZ: dict[str, Any] = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@settings(max_examples=150, **FUZZ)
@given(file=spoilt())
async def test_a_spoilt_file_is_reported_on_and_half_of_nothing_is_written(
    embedded: Api, file: bytes
) -> None:
    await assert_sound(embedded, file)


@settings(max_examples=12, **FUZZ)
@given(file=spoilt())
async def test_so_it_is_on_both_pairs(api: Api, file: bytes) -> None:
    await assert_sound(api, file)
