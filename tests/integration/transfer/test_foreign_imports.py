"""Chats from other systems are imported once, and parts left out are counted by kind."""

from typing import Any
from unittest.mock import ANY

import pytest

from tests.integration.conftest import ANNA, Api
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import (
    TIME,
    archive_document,
    archive_lines,
    archived_session,
    archived_turn,
    as_lines,
    assert_exact,
    counts,
    gpt_node,
    stored,
    take,
)

FILES: dict[str, tuple[Any, int]] = {
    "chatgpt": (files.gpt_branches(), 4),
    "claude": (files.claude(), 1),
    "deepseek": (files.deepseek(), 1),
    "gemini": (files.gemini(), 1),
    "grok": (files.grok(), 1),
    "librechat": (files.librechat(tree=True), 2),
    "openai": (as_lines(files.openai_chat(1)), 2),
    "openwebui": (files.webui_message("Blue."), 1),
    "vertex": (files.vertex(), 1),
}


SHOWN = """{ viewer { sessions { nodes { conversations(last: 9) { nodes { id response } } } } } }"""


def left_out(report: Any) -> dict[str, int]:
    """The counts of parts that a report says were left out, by kind."""
    return {each["kind"]: each["count"] for each in report["leftOut"]}


async def test_a_file_of_any_system_is_taken_once(api: Api) -> None:
    for form, (file, turns) in FILES.items():
        rehearsed = await take(api, file, dryRun="true")
        report = await take(api, file)
        assert rehearsed == {**report, "dryRun": True}
        assert report["format"] == form
        assert counts(report) == {"sessions": {"added": 1}, "turns": {"added": turns}}
        again = await take(api, file)
        assert counts(again) == {"sessions": {"present": 1}, "turns": {"present": turns}}
    assert len(await stored(api)) == len(FILES)
    await assert_exact(api)


async def test_turns_of_other_branches_come_in_beside_the_shown_ones(embedded: Api) -> None:
    report = await take(embedded, files.gpt_branches())
    assert left_out(report) == {}
    ((session, turns),) = (await stored(embedded)).values()
    assert session.shown_branch == 0
    by_branch = sorted((turn.branch, turn.response) for turn in turns)
    assert by_branch == [(0, "Elm"), (0, "Yew"), (1, "Oak"), (2, "Fir")]
    assert len({branch.at_id for branch in session.branches}) == 2


async def test_new_turns_of_a_newer_export_come_after_what_the_file_says(api: Api) -> None:
    nodes = {
        "tree": gpt_node(None, "user", "Name a tree", time=TIME),
        "oak": gpt_node("tree", "assistant", "Oak"),
        "old": gpt_node("oak", "user", "An older one", time=TIME + 9),
        "yew": gpt_node("old", "assistant", "Yew"),
    }
    await take(api, files.gpt_tree(nodes, "yew"))
    nodes |= {
        "tall": gpt_node("oak", "user", "A taller one", time=TIME + 19),
        "fir": gpt_node("tall", "assistant", "Fir"),
        "next": gpt_node("fir", "user", "One more", time=TIME + 29),
        "pine": gpt_node("next", "assistant", "Pine"),
    }
    newer = files.gpt_tree(nodes, "pine")
    rehearsed = await take(api, newer, dryRun="true")
    report = await take(api, newer)
    assert rehearsed == {**report, "dryRun": True}
    assert counts(report)["turns"] == {"added": 2, "present": 2}
    ((session, turns),) = (await stored(api)).values()
    by_branch = sorted((turn.branch, turn.response) for turn in turns)
    assert by_branch == [(0, "Oak"), (0, "Yew"), (1, "Fir"), (1, "Pine")]
    assert session.shown_branch == 1
    assert counts(await take(api, newer))["turns"] == {"present": 4}
    await assert_exact(api)


async def test_the_shown_path_follows_new_turns_of_the_file_and_else_stays(embedded: Api) -> None:
    async def answers() -> tuple[str, list[str]]:
        found = await embedded.call(SHOWN)
        (session,) = found["viewer"]["sessions"]["nodes"]
        turns = session["conversations"]["nodes"]
        return turns[0]["id"], [turn["response"] for turn in turns]

    nodes = {
        "tree": gpt_node(None, "user", "Name a tree", time=TIME),
        "oak": gpt_node("tree", "assistant", "Oak"),
        "old": gpt_node("oak", "user", "Another", time=TIME + 9),
        "yew": gpt_node("old", "assistant", "Yew"),
    }
    await take(embedded, files.gpt_tree(nodes, "yew"))
    first, _ = await answers()
    nodes |= {
        "tall": gpt_node(None, "user", "Name a tall tree", time=TIME + 19),
        "fir": gpt_node("tall", "assistant", "Fir"),
    }
    await take(embedded, files.gpt_tree(nodes, "fir"))
    assert await answers() == (ANY, ["Fir"])

    await embedded.mutate("chooseAlternative", "", conversationId=first)
    await take(embedded, files.gpt_tree(nodes, "fir"))
    assert await answers() == (first, ["Oak", "Yew"])

    nodes |= {
        "next": gpt_node("fir", "user", "One more", time=TIME + 29),
        "pine": gpt_node("next", "assistant", "Pine"),
    }
    await take(embedded, files.gpt_tree(nodes, "yew"))
    assert await answers() == (first, ["Oak", "Yew"])
    nodes |= {
        "last": gpt_node("pine", "user", "And one", time=TIME + 39),
        "elm": gpt_node("last", "assistant", "Elm"),
    }
    await take(embedded, files.gpt_tree(nodes, "elm"))
    assert await answers() == (ANY, ["Fir", "Pine", "Elm"])


async def test_a_newer_export_answers_the_question_that_was_open(api: Api) -> None:
    nodes = [gpt_node(None, "user", "One?", time=TIME), gpt_node(None, "assistant", "1")]
    await take(api, files.gpt_line(*nodes, gpt_node(None, "user", "Two?", time=TIME + 9)))
    await api.services.exporter.drain()
    newer = files.gpt_line(
        *nodes,
        gpt_node(None, "user", "Two?", time=TIME + 9),
        gpt_node(None, "assistant", "2", metadata={"content_references": []}),
    )
    rehearsed = await take(api, newer, dryRun="true")
    report = await take(api, newer)
    assert rehearsed == {**report, "dryRun": True}
    assert report["answersAdded"] == 1
    assert counts(report)["turns"] == {"present": 2}
    ((_, turns),) = (await stored(api)).values()
    assert [(turn.response, turn.answered) for turn in turns] == [("1", True), ("2", True)]
    await assert_exact(api)
    assert (await take(api, newer))["answersAdded"] == 0


async def test_another_answer_to_a_question_that_has_one_is_told(embedded: Api) -> None:
    await take(embedded, files.webui_message("Blue."))
    report = await take(embedded, files.webui_message("Red."))
    assert left_out(report) == {"DIFFERENT_ANSWER": 1}
    ((_, turns),) = (await stored(embedded)).values()
    assert turns[0].response == "Blue."


async def test_a_text_over_the_limit_is_cut_and_says_so(api: Api) -> None:
    words = "Tide and moon. " * 60_000
    chat = {"turns": [{"query": words, "response": words}, {"query": "Next?", "response": "Yes."}]}
    report = await take(api, [chat])
    assert counts(report) == {"sessions": {"added": 1}, "turns": {"added": 2}}
    assert left_out(report) == {"SHORTENED_TEXT": 2}
    assert [each["field"] for each in report["remarks"]] == ["query", "response"]
    ((_, turns),) = (await stored(api)).values()
    query, response = str(turns[0].query), str(turns[0].response)
    note = "\n\n[… shortened when it was imported: it had 900000 bytes]"
    assert query.endswith(f"moon.{note}")
    assert 250_000 < len(query) <= 262_144
    assert response.endswith(note)
    assert 710_000 < len(response) <= 716_800
    assert turns[1].response == "Yes."
    assert counts(await take(api, [chat]))["turns"] == {"present": 2}


async def test_a_turn_that_is_too_large_as_a_whole_loses_the_end_of_its_answer(
    embedded: Api,
) -> None:
    turn = archived_turn(
        query="q" * 262_144, response="r" * 716_800, citations=["c" * 1000] * 125, answered=True
    )
    report = await take(embedded, archive_lines(archived_session(), turn))
    assert left_out(report) == {"SHORTENED_TEXT": 1}
    ((_, turns),) = (await stored(embedded)).values()
    assert len(turns[0].citations) == 125
    assert str(turns[0].response).endswith("it had 716800 bytes]")


async def test_too_many_sources_are_taken_as_far_as_they_fit(embedded: Api) -> None:
    turn = archived_turn(citations=["c" * 1000] * 200, metadata={"x": "y" * 20_000})
    report = await take(embedded, archive_lines(archived_session(), turn))
    assert left_out(report) == {"OVER_LIMIT": 2}
    ((_, turns),) = (await stored(embedded)).values()
    assert (len(turns[0].citations), turns[0].metadata) == (130, {})


async def test_a_turn_of_an_archive_that_cant_be_read_counts_as_refused(embedded: Api) -> None:
    whole = archived_session(), [archived_turn("fine"), archived_turn("bad", timestamp="never"), 7]
    report = await take(embedded, archive_document(whole))
    assert counts(report)["turns"] == {"added": 1, "refused": 2}
    assert [each["place"] for each in report["remarks"]] == [
        "session 1, turn 2",
        "session 1, turn 3",
    ]


async def test_an_archive_is_one_in_a_zip_too(embedded: Api) -> None:
    archive = archive_document((archived_session("mine"), [archived_turn("t", "mine")]))
    report = await take(embedded, files.packed({"recollect.json": archive}))
    assert report["format"] == "recollect"
    assert list(await stored(embedded)) == ["mine"]


async def test_files_of_several_systems_come_in_from_one_zip(embedded: Api) -> None:
    content = {"a.json": files.claude(), "b/c.json": files.grok(), "users.json": [], "d.txt": b"x"}
    report = await take(embedded, files.packed(content))
    assert counts(report) == {"sessions": {"added": 2}, "turns": {"added": 2}}
    assert left_out(report) == {"OTHER_FILE": 1}
    again = await take(embedded, files.claude())
    assert counts(again)["sessions"] == {"present": 1}


async def test_the_report_previews_sessions_and_says_how_long_they_are_kept(embedded: Api) -> None:
    report = await take(embedded, files.claude(), dryRun="true")
    (session,) = report["importedSessions"]
    assert (session["title"], session["createdAt"]) == ("Salt", "2025-03-01T10:00:00.123456Z")
    assert report["retentionDays"] == 90


@pytest.mark.parametrize("form", ["claude", "turns"])
async def test_a_named_format_is_read_as_such(embedded: Api, form: str) -> None:
    report = await take(embedded, files.claude(), ANNA, format=form)
    expected = {"added": 1} if form == "claude" else {"refused": 1}
    assert counts(report)["sessions"] == expected
