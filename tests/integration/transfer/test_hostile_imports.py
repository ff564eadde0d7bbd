"""Files that are broken, or made to break something, lead to a report, no server error, no partial write."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

import pytest

from resolvers.transfer.importing import records
from tests.integration.conftest import ANNA, BEN, Api
from tests.integration.transfer.importing import (
    archive_document,
    archive_lines,
    archived_session,
    archived_turn,
    as_lines,
    assert_exact,
    counts,
    gpt_chat,
    plain_chat,
    post,
    stored,
    take,
)

DEEP = "[" * 2000 + "]" * 2000
RING = {
    **gpt_chat(1)["mapping"],
    "new": {**gpt_chat(1)["mapping"]["new"], "parent": "thanks"},
}


@dataclass(frozen=True)
class Case:
    """A file, the counts of its import, and the remarks: place, a part of the message, field."""

    file: bytes | str | Any
    sessions: dict[str, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    remarks: list[tuple[str, str, str | None]] = field(default_factory=list)
    complete: bool = True
    query: dict[str, str] = field(default_factory=dict)


CASES = {
    "a line of 10 MB": Case(
        as_lines(plain_chat(1), {"id": "x", "turns": [{"query": "x" * 10_000_000}]}, plain_chat(3)),
        {"added": 2, "refused": 1},
        {"added": 4},
        [("line 2", "longer than 8388608 bytes", None)],
    ),
    "a first line of 10 MB": Case(
        as_lines({"id": "x", "turns": [{"query": "x" * 10_000_000}]}, plain_chat(1)),
        {"added": 1, "refused": 1},
        {"added": 2},
        [("line 1", "longer than 8388608 bytes", None)],
    ),
    "a string of 20 MB": Case(
        [plain_chat(1), {"id": "x", "turns": [{"query": "x" * 20_000_000}]}, plain_chat(3)],
        {"added": 2, "refused": 1},
        {"added": 4},
        [("chat 2", "larger than 16777216 bytes", None)],
    ),
    "deep nesting": Case(
        f"[{json.dumps(plain_chat(1))}, {DEEP}, {json.dumps(plain_chat(3))}]",
        {"added": 2, "refused": 1},
        {"added": 4},
        [("chat 2", "nested too deeply", None)],
    ),
    "only brackets": Case(
        "[" * 3_000_000,
        {},
        {},
        [("chat 1", "more than 500000 arrays and objects", None)],
        complete=False,
        query={"format": "sharegpt"},
    ),
    "deep metadata": Case(
        archive_lines(
            archived_session(
                metadata=json.loads("[" * 9 + "]" * 9) and {"a": json.loads("[" * 9 + "]" * 9)}
            ),
            archived_turn("t1", metadata={"a": json.loads("[" * 9 + "]" * 9)}),
            archived_turn("t2"),
        ),
        {"added": 1},
        {"added": 1, "refused": 1},
        [
            ("line 3", "nested deeper than 8 levels", "metadata"),
            ("line 2", "nested deeper than 8 levels", "metadata"),
        ],
    ),
    "values of wrong types": Case(
        [
            plain_chat(1),
            None,
            7,
            [],
            {"turns": "x"},
            {"turns": [7, {"query": {}}, {"query": "q", "response": 1}, {"query": "fine"}]},
        ],
        {"added": 2, "refused": 4},
        {"added": 3},
        [
            ("chat 2", "no object", None),
            ("chat 3", "no object", None),
            ("chat 4", "no object", None),
            ("chat 5", "no turns", None),
            ("chat 6, turn 1", "needs a query", None),
            ("chat 6, turn 2", "needs a query", None),
            ("chat 6, turn 3", "needs a query", None),
        ],
    ),
    "fields of wrong types": Case(
        archive_document(
            (archived_session("a", tags={}), [archived_turn("t", "a")]),
            (archived_session("b", pinned="perhaps"), []),
            (archived_session("c"), [archived_turn("t", "c", feedback={"score": 7}), 7]),
            account=7,
        ),
        {"added": 1, "refused": 2},
        {"refused": 3},
        [
            ("session 1", "tags", "tags"),
            ("session 2", "pinned", "pinned"),
            ("session 3, turn 1", "feedback", "feedback.score"),
            ("session 3, turn 2", "", None),
            ("account", "", None),
        ],
    ),
    "the same ids twice": Case(
        archive_lines(
            archived_session("a"),
            archived_turn("t", "a"),
            archived_turn("t", "a", query="Another"),
            archived_session("a", title="Another"),
            archived_turn("u", "a"),
        ),
        {"added": 1, "refused": 1},
        {"added": 1, "refused": 2},
        [("line 4", "same id", "id"), ("line 5", "same id", "id")],
    ),
    "times that can't be": Case(
        archive_lines(
            archived_session("a", createdAt="9999-12-31T23:59:59Z"),
            archived_turn("t", "a"),
            archived_session("b"),
            archived_turn("t1", "b", timestamp="9999-12-31T23:59:59.999999-23:59"),
            archived_turn("t2", "b", timestamp="1969-12-31T23:59:59Z"),
            archived_turn("t3", "b", timestamp="2025-06-15T10:30:00"),
            archived_turn("t4", "b"),
        ),
        {"added": 1, "refused": 1},
        {"added": 1, "refused": 4},
        [
            ("line 2", "between 1970 and one day from now", "createdAt"),
            ("line 5", "between 1970", "timestamp"),
            ("line 6", "between 1970", "timestamp"),
            ("line 7", "no time zone", "timestamp"),
        ],
    ),
    "times of other systems that can't be": Case(
        [
            gpt_chat(1, create_time=253_402_300_799, update_time=-5),
            gpt_chat(2, create_time=1e300, update_time="yesterday"),
        ],
        {"added": 2},
        {"added": 6},
        [],
    ),
    "no numbers and no characters": Case(
        f'[{json.dumps(plain_chat(1))}, {{"turns": NaN}}, {{"turns": [{{"query": "\\ud800"}}]}}, '
        f'{{"turns": [1e999]}}, {json.dumps(plain_chat(5))}]',
        {"added": 3, "refused": 2},
        {"added": 5},
        [(f"chat {n}", "not valid JSON", None) for n in (2, 4)],
    ),
    "a ring of messages": Case(
        [gpt_chat(1, mapping=RING), gpt_chat(2, current_node="nowhere"), gpt_chat(3, mapping=7)],
        {"added": 2, "refused": 1},
        {"added": 6},
        [("chat 3", "no mapping", None)],
    ),
    "more than the limits": Case(
        archive_lines(
            archived_session("a", title="x" * 201, tags=["t" * 51, "fine"]),
            archived_turn("t1", "a", query="x" * 262_145),
            archived_turn("t2", "a", response="x" * 716_801),
            archived_turn("t3", "a", feedback={"score": 1, "comment": "x" * 4097}),
            archived_turn("t4", "a", query=" "),
            archived_turn("t5", "a", query=None),
            archived_turn("t6", "nowhere"),
        ),
        {"added": 1},
        {"added": 3, "refused": 3},
        [
            ("line 3", "the limit is 262144. It was shortened", "query"),
            ("line 4", "the limit is 716800", "response"),
            ("line 5", "the limit is 4096", "feedback.comment"),
            ("line 6", "query is empty", "query"),
            ("line 7", "query is missing", "query"),
            ("line 8", "does not precede it", "sessionId"),
            ("line 2", "must be one line of 1 to 200", "title"),
            ("line 2", "must be one line of 1 to 50", "tags"),
        ],
    ),
    "noise": Case(
        b"\x00\xff\xfe" * 100,
        {"refused": 1},
        {},
        [("line 1", "not valid JSON", None)],
        query={"format": "turns"},
    ),
    "nothing": Case("", query={"format": "chatgpt"}),
    "an archive of the future": Case(
        archive_document((archived_session(), []), version=4),
        {},
        {},
        [("version", "of version 4", None)],
        complete=False,
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
async def test_what_is_wrong_is_told_by_its_place_and_the_rest_is_taken(
    api: Api, case: Case
) -> None:
    rehearsed = await take(api, case.file, dryRun="true", **case.query)
    report = await take(api, case.file, **case.query)
    assert rehearsed == {**report, "dryRun": True}
    assert counts(report) == {"sessions": case.sessions, "turns": case.turns}
    told = [(each["place"], each["message"], each["field"]) for each in report["remarks"]]
    assert [(place, name) for place, _, name in told] == [
        (place, name) for place, _, name in case.remarks
    ]
    for (_, message, _), (_, part, _) in zip(told, case.remarks, strict=True):
        assert part in message
    assert report["complete"] is case.complete
    if case.sessions.get("added"):
        await assert_exact(api)


async def test_a_file_that_ends_early_is_taken_up_to_there_and_can_be_repeated(api: Api) -> None:
    whole = json.dumps(
        archive_document(
            (archived_session("a"), [archived_turn(f"t{n}", "a") for n in range(3)]),
            (archived_session("b"), [archived_turn(f"t{n}", "b") for n in range(3)]),
        )
    )
    cut = whole[: whole.rindex('"t1"')]
    report = await take(api, cut)
    assert not report["complete"]
    assert report["remarks"][-1]["place"] == "session 2, turn 2"
    assert "ends early" in report["remarks"][-1]["message"]
    assert counts(report) == {"sessions": {"added": 2}, "turns": {"added": 4}}
    await assert_exact(api)
    again = await take(api, whole)
    assert counts(again) == {"sessions": {"present": 2}, "turns": {"added": 2, "present": 4}}
    await assert_exact(api)


async def test_another_users_ids_are_like_any_others(api: Api) -> None:
    mine = archive_lines(archived_session("mine"), archived_turn("t", "mine"))
    await take(api, mine, ANNA)
    before = await stored(api, ANNA)
    theirs = await take(api, mine.replace("An answer", "Another"), BEN)
    assert counts(theirs) == {"sessions": {"added": 1}, "turns": {"added": 1}}
    assert await stored(api, ANNA) == before
    await assert_exact(api, BEN)


async def test_an_archive_of_somebody_else_is_not_mixed_with_a_session_of_the_same_id(
    api: Api,
) -> None:
    await api.mutate("createSession", "", clientId="chat-1", title="Mine")
    file = archive_lines(archived_session("chat-1"), archived_turn("t", "chat-1"))
    for expected in ({"added": 1}, {"present": 1}):
        assert counts(await take(api, file))["sessions"] == expected
    found = await stored(api)
    assert sorted(str(session.title) for session, _ in found.values()) == [
        "Mine",
        "Title of chat-1",
    ]
    assert found["chat-1"][1] == []
    await assert_exact(api)


def zipped(**files: str) -> bytes:
    """Files in a .zip, as ChatGPT exports them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_json", ".json"), content)
    return packed.getvalue()


async def test_the_zip_of_chatgpt_is_read(embedded: Api) -> None:
    file = zipped(user_json="{}", conversations_json=json.dumps([gpt_chat(1), gpt_chat(2)]))
    report = await take(embedded, file)
    assert counts(report) == {"sessions": {"added": 2}, "turns": {"added": 6}}


async def test_a_zip_that_unpacks_to_more_than_allowed_is_not_unpacked(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.transfer.importing.readers.zipped.UNPACKED_BYTES", 1_000_000)
    first, second = json.dumps([gpt_chat(1)]), json.dumps([gpt_chat(2)]) + " " * 5_000_000
    report = await take(embedded, zipped(a_json=first, b_json=second))
    assert not report["complete"]
    assert "more than 1000000 bytes" in report["remarks"][-1]["message"]
    assert counts(report)["sessions"] == {"added": 1}


async def test_a_zip_without_chats_is_refused(embedded: Api) -> None:
    answer = await post(embedded, zipped(user_json="{}", notes_txt="Hi"))
    assert answer.status_code == 400
    assert "no file of chats" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("damage", ["cut", "wrong", "empty"])
async def test_a_damaged_zip_is_told(embedded: Api, damage: str) -> None:
    whole = zipped(conversations_json=json.dumps([gpt_chat(n) for n in range(50)]))
    files = {
        "cut": b"PK\x03\x04" + whole[-400:],
        "wrong": whole[:100] + b"\x00" * 200 + whole[300:],
        "empty": zipped(user_json="{}"),
    }
    answer = await post(embedded, files[damage], format="chatgpt")
    assert answer.status_code == 200
    assert not answer.json()["complete"]
    assert await stored(embedded) == {}


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [
        (b"", {}, 400),
        (b"hello", {}, 400),
        (b"[]", {}, 400),
        (b'{"a": 1}', {}, 400),
        (b"[]", {"format": "telegram"}, 400),
        (b"[]", {"dryRun": "perhaps"}, 400),
        (b"[]", {"form": "chatgpt"}, 400),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(
    embedded: Api, content: bytes, query: dict[str, str], status: int
) -> None:
    answer = await post(embedded, content, **query)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"]


async def test_of_half_a_million_tags_only_the_first_are_looked_at(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def is_tag(tag: str) -> bool:
        looked_at.append(tag)
        return tag == "fine"

    monkeypatch.setattr(records, "_is_tag", is_tag)
    tags = [*["\n"] * 999, *["fine"] * 500_000]
    await take(embedded, archive_document((archived_session("a", tags=tags), [])))
    ((session, _),) = (await stored(embedded)).values()

    assert session.tags == ["fine"]
    assert len(looked_at) == 1000
