"""An export of ChatGPT is read as users saw their chats there."""

import json

import pytest

from resolvers.transfer.importing.readers.entries import (
    Entry,
)
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import (
    TIME,
    gpt_node,
    plain_chat,
)
from tests.unit.transfer.findings import read, said, turns


def test_a_chat_of_chatgpt_is_read_with_all_its_branches() -> None:
    found = read(files.gpt_branches())
    assert said(found) == [("Name a tree", "Elm"), ("An older one", "Yew")]
    others = [each for each in found if isinstance(each, Entry) and not each.shown]
    assert [(turn.query, turn.response) for turn in turns(found, shown=False)] == [
        ("Name a tree", "Oak"),
        ("A taller one", "Fir"),
    ]
    assert [each.parent for each in others] == [None, "tree"]
    assert len({turn.id for turn in turns(found) + turns(found, shown=False)}) == 4


@pytest.mark.parametrize("leaf", [None, "nowhere"])
def test_without_a_current_node_the_newest_leaf_is_current(leaf: str | None) -> None:
    nodes = {
        "new": gpt_node(None, "user", "new", time=TIME + 5),
        "newer": gpt_node("new", "assistant", "newest", time=TIME + 6),
        "old": gpt_node(None, "user", "old"),
        "older": gpt_node("old", "assistant", "oldest"),
    }
    found = read(files.gpt_tree(nodes, leaf))
    assert said(found) == [("new", "newest")]
    assert [turn.query for turn in turns(found, shown=False)] == ["old"]


def test_marks_of_chatgpt_become_names_and_sources() -> None:
    (turn,) = turns(read(files.gpt_cited()))
    assert turn.response == "In Kiel the tide is small. It is 10 cm. See 【4†notes】."
    assert turn.citations == [
        {"title": "Baltic", "uri": "https://baltic.example"},
        {"title": "Kiel", "uri": "https://kiel.example"},
        {"uri": "https://third.example"},
    ]
    assert turn.model == "o3"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("One \ue200cite\ue202turn0search0\ue201 \ue200cite\ue202turn1news3\ue201.", "One."),
        ("\ue203Two\ue204 words\ue206", "Two words"),
        ("A \ue200url\ue202a page\ue202turn0search0\ue201 to read", "A a page to read"),
        ("\ue200cite without an end", "cite without an end"),
        ("End \ue200cite\ue202turn0search0\ue201", "End"),
        ("一【重要】二", "一【重要】二"),
    ],
)
def test_no_mark_of_chatgpt_stays_in_the_text(text: str, clean: str) -> None:
    file = files.gpt_line(gpt_node(None, "user", "Q"), gpt_node(None, "assistant", text))
    assert said(read(file)) == [("Q", clean)]


def test_the_model_of_a_chat_is_that_of_answers_that_name_none() -> None:
    file = files.gpt_line(
        gpt_node(None, "user", "Q"), gpt_node(None, "assistant", "A"), default_model_slug="gpt-5"
    )
    assert turns(read(file))[0].model == "gpt-5"


def test_half_an_emoji_becomes_a_replacement_character() -> None:
    text = json.dumps(plain_chat(1, 1)).replace(
        "Question 1.1", r"cut \ud83d off, \\ud83d, \ud83d\ude00"
    )
    assert said(read(text))[0][0] == "cut \N{REPLACEMENT CHARACTER} off, \\ud83d, 😀"


def test_a_document_of_the_canvas_comes_with_the_answer_that_changed_it() -> None:
    assert said(read(files.gpt_canvas())) == [
        ("Write a list", "# List\n- Rope\n\nThere it is."),
        ("Add a map, and call it ropes", "# List\n- Ropes\n- Map"),
    ]


def test_code_of_the_canvas_is_code() -> None:
    made = files.canvas_call("create_textdoc", type="code/python", content="x = 1")
    assert said(read(files.gpt_line(gpt_node(None, "user", "Q"), made))) == [
        ("Q", "```python\nx = 1\n```")
    ]


def test_a_report_of_research_is_the_answer() -> None:
    (turn,) = turns(read(files.gpt_research()))
    assert turn.response == "# Reefs\n\nThey grow."
    assert turn.citations == [{"title": "Reefs", "uri": "https://reef.example"}]


def test_a_quoted_passage_stays_with_the_question() -> None:
    quoted = gpt_node(
        None, "user", "Where is it?", metadata={"targeted_reply": "the Kara Sea\nfar"}
    )
    assert said(read(files.gpt_line(quoted))) == [("> the Kara Sea\n> far\n\nWhere is it?", None)]


def test_a_time_of_zero_is_none_and_an_empty_part_is_nothing() -> None:
    found = read(
        files.gpt_line(
            gpt_node(None, "user", "First", time=0),
            gpt_node(None, "assistant", "One", time=0),
            gpt_node(None, "user", None, "Second", time=TIME + 5),
        )
    )
    assert [(turn.query, turn.timestamp.timestamp()) for turn in turns(found)] == [
        ("First", TIME),
        ("Second", TIME + 5),
    ]


def test_a_question_that_shows_nothing_keeps_its_answer_to_itself() -> None:
    file = files.gpt_line(
        gpt_node(None, "user", "One"),
        gpt_node(None, "assistant", "1"),
        gpt_node(None, "user", None),
        gpt_node(None, "assistant", "2"),
    )
    assert said(read(file)) == [("One", "1"), ("[empty message]", "2")]
