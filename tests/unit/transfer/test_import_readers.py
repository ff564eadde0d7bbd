"""How the readers convert the files of other systems."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.entries import Entry, Format, LeftOut, Named, Skipped
from resolvers.transfer.importing.readers.formats import detect, read
from resolvers.transfer.importing.readers.messages import seconds
from tests.integration.transfer.importing import (
    TIME,
    archive_document,
    archive_lines,
    archived_session,
    archived_turn,
    as_lines,
    gpt_chat,
    gpt_node,
    plain_chat,
    sharegpt_chat,
    webui_chat,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def found(content: Any, form: Format) -> list[Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return list(read(io.BytesIO(text.encode()), form, None, NOW))


def said(content: Any, form: Format) -> list[tuple[str | None, str | None]]:
    """The question and the answer of every turn."""
    return [
        (each.record.query, each.record.response)
        for each in found(content, form)
        if isinstance(each, Entry) and isinstance(each.record, ArchivedTurn)
    ]


def gpt(*nodes: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    """A file with one chat whose nodes are each the child of the one before."""
    mapping = {
        f"n{number}": {**node, "parent": f"n{number - 1}" if number else None}
        for number, node in enumerate(nodes)
    }
    return [gpt_chat(mapping=mapping, current_node=f"n{len(nodes) - 1}", **changes)]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (json.dumps(archive_document((archived_session(), []))), Format.RECOLLECT),
        (json.dumps(archive_document((archived_session(), [])), indent=2), Format.RECOLLECT),
        (archive_lines(archived_session(), archived_turn()), Format.RECOLLECT),
        (as_lines(archived_session(), archived_turn()), Format.RECOLLECT),
        (json.dumps([gpt_chat()]), Format.CHATGPT),
        ("\n " + json.dumps([gpt_chat()], indent=1), Format.CHATGPT),
        (as_lines(gpt_chat()), Format.CHATGPT),
        (json.dumps([webui_chat()]), Format.OPEN_WEBUI),
        (json.dumps([sharegpt_chat()]), Format.SHAREGPT),
        (as_lines(sharegpt_chat()), Format.SHAREGPT),
        (json.dumps([plain_chat()]), Format.TURNS),
        ("not JSON\n" + as_lines(plain_chat()), Format.TURNS),
        ("[]", None),
        ("", None),
        ('{"a": 1}', None),
        ("PK", None),
    ],
)
def test_the_format_is_told_by_the_content(content: str, form: Format | None) -> None:
    assert detect(io.BytesIO(content.encode())) is form


def test_parts_that_are_no_text_are_named_in_their_place() -> None:
    file = gpt(
        gpt_node(None, "user", {"content_type": "image_asset_pointer"}, "What is this?"),
        gpt_node(None, "assistant", "A tide.", {"content_type": "weird_Thing"}),
        gpt_node(
            None,
            "user",
            {"content_type": "audio_transcription", "text": "And now?"},
            {"content_type": "real_time_user_audio_video_asset_pointer"},
            metadata={
                "attachments": [
                    {"name": "sea.pdf", "mime_type": "application/pdf"},
                    {"name": "sea.png", "mime_type": "image/png"},
                ]
            },
        ),
    )
    assert said(file, Format.CHATGPT) == [
        ("[image]\nWhat is this?", "A tide.\n[weird thing]"),
        ("And now?\n[audio]\n[file: sea.pdf]", None),
    ]
    named = [each for each in found(file, Format.CHATGPT) if isinstance(each, Named)]
    assert [(each.place, each.what, each.count) for each in named] == [
        ("chat 1, message 1", "image", 1),
        ("chat 1, message 2", "weird thing", 1),
        ("chat 1, message 3", "audio", 1),
        ("chat 1, message 3", "file", 1),
    ]


def test_what_people_never_saw_is_left_out_and_counted() -> None:
    thoughts = gpt_node(None, "assistant")
    thoughts["message"]["content"] = {"content_type": "thoughts", "thoughts": ["hm"]}
    file = gpt(
        gpt_node(None, "system", ""),
        gpt_node(None, "user", "me", metadata={"is_visually_hidden_from_conversation": True}),
        gpt_node(None, "user", "Draw a tide"),
        thoughts,
        gpt_node(None, "assistant", "draw()", recipient="dalle.text2im"),
        gpt_node(None, "tool", "done", {"content_type": "image_asset_pointer"}),
        gpt_node(None, "tool", "a log"),
        gpt_node(None, "assistant", "There it is."),
    )
    assert said(file, Format.CHATGPT) == [("Draw a tide", "[image]\n\nThere it is.")]
    assert sum(each.count for each in found(file, Format.CHATGPT) if isinstance(each, LeftOut)) == 4


def test_turns_keep_their_order_where_their_times_do_not() -> None:
    file = gpt(
        gpt_node(None, "user", "first", time=TIME + 5),
        gpt_node(None, "user", "second", time=TIME),
        gpt_node(None, "user", "third"),
        gpt_node(None, "user", "fourth", time=TIME + 6),
    )
    times = [
        each.record.timestamp
        for each in found(file, Format.CHATGPT)
        if isinstance(each, Entry) and isinstance(each.record, ArchivedTurn)
    ]
    assert times == sorted(set(times))
    assert times[0] == datetime.fromtimestamp(TIME + 5, UTC)
    assert times[3] == datetime.fromtimestamp(TIME + 6, UTC)


def test_an_answer_without_a_question_is_told() -> None:
    chat = {"id": "1", "conversations": [{"from": "gpt", "value": "Hi"}]}
    (skipped,) = [e for e in found([chat], Format.SHAREGPT) if isinstance(e, Skipped)]
    assert (skipped.place, skipped.reason) == (
        "chat 1, message 1",
        "The message answers no question.",
    )


def test_a_chat_without_a_title_is_called_after_its_first_question() -> None:
    (session, *_) = found([gpt_chat(title="New chat")], Format.CHATGPT)
    assert isinstance(session.record, ArchivedSession)
    assert (session.record.title, session.record.derived_title) == (None, "How do tides work? 🌊")


def test_chats_without_an_id_are_told_apart_by_what_they_say() -> None:
    one, two = ({**plain_chat(n), "id": None} for n in (1, 2))
    ids = [
        each.record.id
        for each in found([one, two, one], Format.TURNS)
        if isinstance(each, Entry) and isinstance(each.record, ArchivedSession)
    ]
    assert ids[0] == ids[2] != ids[1]


def test_the_oldest_exports_of_open_webui_have_a_list_of_messages() -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    file = [webui_chat(chat={"messages": messages, "tags": [{"name": "old"}]}, meta={})]
    assert said(file, Format.OPEN_WEBUI) == [("Hi", "Hello")]
    assert found(file, Format.OPEN_WEBUI)[0].record.tags == ["old"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_750_000_000.123456, "2025-06-15T15:06:40.123456+00:00"),
        (1_750_000_000, "2025-06-15T15:06:40+00:00"),
        (-1.5, "1969-12-31T23:59:58.500000+00:00"),
        (0, None),
        (1e300, None),
        (True, None),
        ("1750000000", None),
        (None, None),
    ],
)
def test_seconds_are_exact_to_the_microsecond(value: Any, expected: str | None) -> None:
    time = seconds(value)
    assert (time.isoformat() if time else None) == expected
