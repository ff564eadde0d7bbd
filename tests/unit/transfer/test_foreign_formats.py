"""Every format of other systems is recognised by its content, and read as users saw their chats there."""

import json
from typing import Any

import pytest

from resolvers.transfer.importing.readers.entries import (
    Format,
    Named,
    Omitted,
    Skipped,
    Source,
)
from resolvers.transfer.importing.readers.files import NotRecognised
from resolvers.transfer.importing.readers.json_values import VALUE_BYTES
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import (
    TIME,
    archive_document,
    archived_session,
    archived_turn,
    as_lines,
    gpt_node,
)
from tests.unit.transfer.findings import left_out, read, said, sessions, turns

KNOWN: dict[str, tuple[Any, Format]] = {
    "chatgpt": (files.gpt_branches(), Format.CHATGPT),
    "one chat of chatgpt over many lines": (
        json.dumps(files.gpt_branches()[0], indent=2),
        Format.CHATGPT,
    ),
    "claude": (files.claude(), Format.CLAUDE),
    "deepseek": (files.deepseek(), Format.DEEPSEEK),
    "gemini": (files.gemini(), Format.GEMINI),
    "grok": (files.grok(), Format.GROK),
    "grok over many lines": (json.dumps(files.grok(), indent=2), Format.GROK),
    "librechat as a tree": (files.librechat(tree=True), Format.LIBRECHAT),
    "librechat as a list": (json.dumps(files.librechat(tree=False), indent=1), Format.LIBRECHAT),
    "open webui": (files.webui_message("Blue."), Format.OPEN_WEBUI),
    "openai": (files.openai_chat(), Format.OPENAI),
    "openai in lines": (as_lines(files.openai_chat(1), files.openai_chat(2)), Format.OPENAI),
    "openai's messages alone": (files.openai_chat()["messages"], Format.OPENAI),
    "vertex ai search": (files.vertex(), Format.VERTEX),
    "sharegpt": ({"conversations": [{"from": "human", "value": "Hi"}]}, Format.SHAREGPT),
    "our archive": (
        archive_document((archived_session(), [archived_turn()])),
        Format.RECOLLECT,
    ),
}


@pytest.mark.parametrize(("content", "form"), KNOWN.values(), ids=KNOWN)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "zip"])
def test_a_file_is_known_by_its_content_however_it_is_written(
    content: Any, form: Format, encoding: str
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    if encoding == "zip":
        file = files.packed({"a/nothing.txt": b"Hi", "z.dat": text.encode()})
    else:
        file = text.encode(encoding)
    found = read(file)
    assert found[0] == Source(form)
    assert turns(found)
    assert found[1:] == read(text)[1:]


def test_a_chat_of_claude_keeps_what_people_saw() -> None:
    found = read(files.claude())
    (turn,) = turns(found)
    assert turn.query == (
        "Why is it salty?\n[file: sea.txt]\nsea notes\n[end of file]\n[file: sea.png]"
    )
    assert turn.response == "Rivers bring salt."
    assert turn.citations == [{"title": "Salt", "uri": "https://salt.example"}]
    assert turn.timestamp.isoformat() == "2025-03-01T10:00:00.123456+00:00"
    (session,) = sessions(found)
    assert (session.id, session.title) == ("claude-1", "Salt")
    assert [each.what for each in found if isinstance(each, Named)] == ["file"]
    assert "secret" not in repr(found)


def test_a_long_attachment_is_kept_up_to_a_bound() -> None:
    chat = files.claude()
    chat[0]["chat_messages"][0]["attachments"][0]["extracted_content"] = "x" * 100_000
    (turn,) = turns(read(chat))
    assert turn.query is not None
    assert turn.query.count("x") < 66_000
    assert "[… 34464 more characters]" in turn.query


def test_the_turns_of_librechats_tree_stand_beside_each_other() -> None:
    found = read(files.librechat(tree=True))
    assert said(found) == [("How does dough rise?", "Only time.")]
    (other,) = turns(found, shown=False)
    assert (other.query, other.response) == ("How does dough rise?", "Yeast and time.")
    assert other.feedback is not None
    assert {turn.model for turn in (other, *turns(found))} == {"gpt-4o"}
    assert said(read(files.librechat(tree=False))) == [("How does dough rise?", "Yeast and time.")]


def test_messages_of_openai_come_without_the_systems() -> None:
    found = read(as_lines(files.openai_chat(1), files.openai_chat(2)))
    assert [len(sessions(found)), len(turns(found))] == [2, 4]
    assert said(found)[1] == ("And this?\n[image]", "A sea.")
    assert left_out(found) == {Omitted.HIDDEN_MESSAGE: 2}


def test_a_prompt_to_gemini_is_a_chat_of_its_own() -> None:
    found = read(files.gemini())
    (turn,) = turns(found)
    assert turn.query == "what is a bay"
    assert turn.response == "A **bay** is [wide](https://bay.example).\n\n- one\n- two"
    assert turn.timestamp.isoformat() == "2025-02-02T08:00:00+00:00"
    assert len(sessions(found)) == 1
    assert left_out(found) == {Omitted.NO_PROMPT: 1}


@pytest.mark.parametrize("rename", [False, True])
def test_a_session_of_vertex_ai_search_keeps_its_sources_and_its_name(rename: bool) -> None:
    text = json.dumps(files.vertex())
    for name in ("startTime", "endTime", "detailedAnswer", "answerText", "chunkInfo") * rename:
        text = text.replace(name, "".join(f"_{c.lower()}" if c.isupper() else c for c in name))
    found = read(text)
    (turn,), (session,) = turns(found), sessions(found)
    assert (turn.query, turn.response) == ("How do I book a room?", "Online.")
    assert turn.timestamp.isoformat() == "2025-05-01T09:00:00+00:00"
    assert turn.citations == [
        {
            "title": "House rules",
            "uri": "gs://bucket/rules.pdf",
            "snippet": "Rooms are booked online.",
        }
    ]
    assert session.answer_session == "88"


def test_a_chat_of_deepseek_comes_without_its_thoughts() -> None:
    found = read(files.deepseek())
    (turn,) = turns(found)
    assert (turn.query, turn.response) == ("Why is ice light?", "It is open.")
    assert turn.model == "deepseek-reasoner"
    assert turn.timestamp.isoformat() == "2025-06-15T10:00:01+00:00"


def test_the_chats_of_a_grok_account_come_in() -> None:
    found = read(files.grok())
    (turn,), (session,) = turns(found), sessions(found)
    assert (turn.query, turn.response) == ("Name a moon", "Io.")
    assert turn.citations == [{"title": "Moons", "uri": "https://moon.example"}]
    assert turn.timestamp.timestamp() == TIME
    assert (session.title, session.pinned) == ("Moons", True)


THOUGHT = "<summary>Thought</summary>\n&gt; secret\n"
REASONING = f'<details type="reasoning" done="true">\n{THOUGHT}</details>\nBlue.'
OUTPUT = [
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "secret"}]},
    {"type": "message", "content": [{"type": "output_text", "text": "Green."}]},
]


@pytest.mark.parametrize(
    ("file", "answer"),
    [
        (files.webui_message(REASONING), "Blue."),
        (files.webui_message("", output=OUTPUT), "Green."),
        (files.webui_message([{"type": "text", "text": "Red."}]), "Red."),
        (files.webui_message("<details><summary>More</summary>Plain</details>"), None),
    ],
)
def test_an_answer_of_open_webui_is_what_people_saw(file: Any, answer: str | None) -> None:
    (turn,) = turns(read(file))
    assert turn.response == (answer or "<details><summary>More</summary>Plain</details>")
    assert "secret" not in (turn.response or "")


def test_the_sources_of_open_webui_have_their_addresses() -> None:
    sources = [
        {"source": {"name": "Book"}, "metadata": [{"source": "https://book.example"}]},
        {"source": {"name": "Notes"}, "metadata": [{"source": "notes.pdf"}]},
        {"source": {"name": "Page", "url": "https://page.example"}, "document": ["hidden"]},
    ]
    (turn,) = turns(read(files.webui_message("Blue.", sources=sources)))
    assert turn.citations == [
        {"title": "Book", "uri": "https://book.example"},
        {"title": "Notes"},
        {"title": "Page", "uri": "https://page.example"},
    ]


UNMATCHED = {"answer_query_token": "nowhere", "feedback_value": 1}


def test_the_rows_of_the_answer_app_are_a_users_sessions() -> None:
    found = read(as_lines(*files.answer_rows("Anna@example.com", "ben@example.com"), UNMATCHED))
    assert found[0] == Source(Format.ANSWER_APP)
    assert [(session.answer_session, session.derived_title) for session in sessions(found)] == [
        ("Anna@example.com-s", "Anna@example.com asks about kiwis 1"),
        ("alone", "Anna@example.com asks about kiwis 3"),
    ]
    first, second, alone = turns(found)
    assert [turn.response for turn in (first, second, alone)] == ["1 days.", "2 days.", "3 days."]
    assert first.timestamp.isoformat() == "2025-05-01T09:01:02.500000+00:00"
    assert (first.response_time_ms, second.response_time_ms) == (2250, 3250)
    assert first.feedback is not None
    assert (first.feedback.score, first.feedback.comment) == (0, "because")
    assert second.feedback is None
    assert first.citations == [
        {"title": "Handbook", "uri": "gs://bucket/handbook.pdf", "snippet": "Staff have 25 days."}
    ]
    assert "secret" not in repr(found)
    assert left_out(found) == {Omitted.OTHER_USER: 2, Omitted.UNMATCHED_FEEDBACK: 1}


def test_a_zip_in_a_zip_is_opened() -> None:
    inner = files.packed({"conversations-000.json": files.gpt_branches(), "user.json": {}})
    found = read(
        files.packed({"online/chats.zip": inner, "profile/user.json": {}, "a.html": b"<p>"})
    )
    assert said(found) == said(read(files.gpt_branches()))
    assert left_out(found) == {Omitted.OTHER_FILE: 2}


ROLES = [
    ("Human", "One?"),
    ("claude", "1"),
    ("USER", "Two?"),
    ("ai", "2"),
    ("customer", "Three?"),
    ("mixtral", "3"),
    ("System", "hidden"),
]


def test_roles_are_known_by_many_names_and_unknown_ones_speak_in_turn() -> None:
    chat = {"conversations": [{"from": role, "value": text} for role, text in ROLES]}
    found = read([chat])
    assert said(found) == [("One?", "1"), ("Two?", "2"), ("Three?", "3")]
    assert left_out(found) == {Omitted.HIDDEN_MESSAGE: 1}


def test_a_message_that_cant_be_read_keeps_its_place() -> None:
    messages = [
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": 7},
        {"role": "assistant", "content": "2"},
    ]
    found = read([{"messages": messages}])
    assert said(found) == [("One?", "1"), ("[unreadable message]", "2")]
    (skipped,) = [each for each in found if isinstance(each, Skipped)]
    assert (skipped.what, skipped.place) == (Omitted.UNREADABLE_MESSAGE, "chat 1, message 3")


def test_a_chat_that_is_large_by_what_nobody_saw_comes_in() -> None:
    noise = [gpt_node(None, "tool", "x" * 1_000_000) for _ in range(20)]
    file = files.gpt_line(gpt_node(None, "user", "Q"), *noise, gpt_node(None, "assistant", "A"))
    found = read(file)
    assert said(found) == [("Q", "A")]
    assert left_out(found) == {Omitted.HIDDEN_MESSAGE: 20}


def test_a_chat_with_one_message_over_the_limit_that_nobody_saw_comes_in() -> None:
    noise = gpt_node(None, "tool", "x" * (VALUE_BYTES + 1))
    found = read(
        files.gpt_line(gpt_node(None, "user", "Q"), noise, gpt_node(None, "assistant", "A"))
    )
    assert said(found) == [("Q", "A")]
    assert left_out(found) == {Omitted.HIDDEN_MESSAGE: 1}


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        ([{"a": 1, "b": 2}], "a JSON array of objects with `a`, `b`"),
        (as_lines({"a": 1}, {"a": 2}), "JSON lines of objects with `a`"),
        ({"conversations": {}, "tasks": []}, "a JSON object with `conversations`, `tasks`"),
        ([1, 2], "a JSON array of values that are no objects"),
        ("hello", "no JSON that can be read"),
        ("", "no values"),
    ],
)
def test_a_file_that_is_not_known_is_told_by_what_was_seen(content: Any, seen: str) -> None:
    with pytest.raises(NotRecognised, match=r"Known: .* claude \(`chat_messages`\)") as told:
        read(content)
    assert f"The file is {seen}, which" in str(told.value)
