"""The requests to a chat endpoint, and the handling of all the ways in which such endpoints answer."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.answerers import Answer, AnswererError, Exchange, Question, Waiting
from client.answerers.chat_endpoint import BYTES_PER_TOKEN, ChatEndpoint, recent
from client.answerers.reasoning import Reasoning
from tests.unit.client.answer_services import Reply, ask, serving

DONE = "data: [DONE]\n\n"
QUESTION = Question("Why?", "u")


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waiting times in seconds, which pass immediately here."""
    seconds: list[float] = []
    monkeypatch.setattr("client.answerers.requests.time.sleep", seconds.append)
    return seconds


def delta(content: Any = None, finish: str | None = None, **given: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": content, **given}, "finish_reason": finish}]}


def stream(*events: dict[str, Any], end: str = DONE, cut: bool = False) -> Reply:
    lines = "".join(f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events)
    kind = {"Content-Type": "text/event-stream"}
    return Reply(": keep-alive\n\n" + lines + end, headers=kind, cut=cut)


def answered(*replies: Reply) -> tuple[list[str], Answer]:
    left = iter(replies)
    with serving(lambda path, body: next(left)) as service:
        return ask(ChatEndpoint(service.url, "m", None), QUESTION)


def refused(*replies: Reply) -> str:
    with pytest.raises(AnswererError) as error:
        answered(*replies)
    return str(error.value)


def test_it_is_sent_wishes_and_history_and_streamed() -> None:
    with serving(lambda path, body: stream(delta("Sal"), delta("út ✓\u2028"))) as service:
        question = Question(
            "And now?", "u", style="concise", language="ca", history=[Exchange("Hi", "Hello")]
        )

        pieces, answer = ask(ChatEndpoint(service.url, "model-1", None), question)

    assert (pieces, answer.text) == (["Sal", "út ✓\u2028"], "Salút ✓\u2028")
    ((path, body),) = service.received
    assert path == "/chat/completions"
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "ca" in body["messages"][0]["content"]
    assert (body["stream"], body["model"]) == (True, "model-1")


def test_it_says_what_answered() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}

    _, answer = answered(stream({"model": "m-2026", **delta("Yes.", "stop")}, usage, end=""))

    assert (answer.model, answer.input_tokens, answer.output_tokens) == ("m-2026", 7, 2)
    assert answer.finish_reason == "stop"


def test_an_answer_that_is_not_streamed_is_taken() -> None:
    choice = {"message": {"content": "All at once."}, "finish_reason": "stop"}

    pieces, answer = answered(Reply({"choices": [choice], "usage": {"prompt_tokens": 1}}))

    assert (pieces, answer.text, answer.input_tokens) == (["All at once."], "All at once.", 1)


def test_a_content_in_parts_is_read() -> None:
    parts = [{"type": "text", "text": "One "}, "two", {"type": "image_url"}]
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]

    _, answer = answered(stream(delta(thinking), delta(parts)))

    assert (answer.text, answer.reasoning) == ("One two", "Hm.")


def test_sources_are_taken_however_they_are_named() -> None:
    cited = {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 3}
    annotations = [{"type": "url_citation", "url_citation": cited}]
    lists = {"citations": ["https://b.example"], "search_results": None}
    found = {"search_results": [{"url": "https://c.example", "title": "C", "snippet": "See."}]}

    _, answer = answered(
        stream(delta("Yes."), delta("", annotations=annotations), delta() | lists, delta() | found)
    )

    assert answer.citations == [
        {"title": "A", "uri": "https://a.example", "spans": [[0, 3]]},
        {"title": "https://b.example", "uri": "https://b.example"},
        {"title": "C", "uri": "https://c.example", "snippet": "See."},
    ]


@pytest.mark.parametrize(
    "events",
    [
        [delta("<think>Let me"), delta(" see.</thi"), delta("nk>\n\nIt is 4.")],
        [delta(" <th"), delta("ink>Let me see.</think>It is 4.")],
        [delta(reasoning_content="Let me "), delta(reasoning="see."), delta("It is 4.")],
    ],
)
def test_what_is_thought_aloud_is_no_part_of_the_answer(events: list[dict[str, Any]]) -> None:
    pieces, answer = answered(stream(*events))

    assert "".join(pieces) == answer.text == "It is 4."
    assert answer.reasoning == "Let me see."


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "a", "th", " ", "ink>"]), max_size=12))
def test_thoughts_are_told_apart_wherever_the_pieces_are_cut(pieces: list[str]) -> None:
    whole, cut = Reasoning(), Reasoning()
    whole.add("".join(pieces))
    for character in "".join(pieces):
        cut.add(character)

    assert cut.finished() == whole.finished()


def test_a_thought_whose_beginning_is_missing_is_told_apart_in_the_end() -> None:
    _, answer = answered(stream(delta("Let me see."), delta("</think>\n\nIt is 4.")))

    assert (answer.text, answer.reasoning) == ("It is 4.", "Let me see.")


@pytest.mark.parametrize(
    "broken",
    [
        stream(delta("One "), delta("two "), delta("three"), end=""),
        stream(delta("One "), delta("two "), delta("three"), end="", cut=True),
        stream(delta("One "), delta("two "), delta("three"), end="data: nonsense\n\n"),
        stream(delta("One "), delta("two "), delta("three"), {"error": {"code": 500}}, end=""),
    ],
)
def test_what_came_before_a_stream_broke_is_the_answer_and_says_so(broken: Reply) -> None:
    pieces, answer = answered(broken)

    assert pieces == ["One ", "two ", "three"]
    assert (answer.text, answer.finish_reason) == ("One two three", "interrupted")


def test_a_stream_that_breaks_after_its_end_is_whole() -> None:
    _, answer = answered(stream(delta("Yes.", "stop"), end="", cut=True))

    assert answer.finish_reason == "stop"


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_why_an_answer_ends_early_is_told(finish: str) -> None:
    _, answer = answered(stream(delta("Half", finish)))

    assert answer.finish_reason == finish


def test_a_refusal_is_an_answer_of_its_own_kind() -> None:
    pieces, answer = answered(
        stream(delta(refusal="I "), delta(refusal="can't."), delta(None, "stop"))
    )

    assert pieces == ["I ", "can't."]
    assert (answer.text, answer.finish_reason) == ("I can't.", "refusal")


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (stream(), "empty answer"),
        (stream(delta("", "stop")), "empty answer"),
        (stream(delta("<think>Hm, hm", "length")), "length limit before it began"),
        (stream(delta("", "content_filter")), "content filter"),
        (stream({"error": {"code": "rate_limit_exceeded"}}), "is busy"),
        (stream({"error": "overloaded"}), "could not answer"),
        (Reply({"error": {"code": "context_length_exceeded"}}, 400), "too long"),
        (Reply({"error": {"code": "content_filter"}}, 400), "content filter"),
        (Reply({"error": {"message": "no"}}), "could not answer"),
        (Reply("data: nonsense\n\n"), "could not answer"),
        (Reply('data: {"choices": [[]]}\n\n'), "could not answer"),
        (Reply("[]", headers={"Content-Type": "application/json"}), "could not answer"),
        (Reply(b""), "can't be reached"),
    ],
)
def test_why_there_is_no_answer_is_told(reply: Reply, sentence: str) -> None:
    assert sentence in refused(reply, reply)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_waited_for_as_it_asks(status: int, waited: list[float]) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    replies: Iterator[Reply] = iter(
        [
            Reply(b"", status, {"Retry-After": "3"}),
            Reply(b"", status, {"Retry-After": at}),
            stream(delta("At last.")),
        ]
    )
    with serving(lambda path, body: next(replies)) as service:
        said = list(ChatEndpoint(service.url, "m", None).answer(QUESTION))

    assert said[:3] == [Waiting(3), Waiting(2), Waiting(1)]
    assert said[-2] == "At last."
    # On a busy machine, part of the second wait may pass before it is computed.
    assert 3 + 10 <= len(waited) <= 3 + 30


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3600"}, {"Retry-After": "soon"}])
def test_a_service_that_stays_busy_is_given_up(
    headers: dict[str, str], waited: list[float]
) -> None:
    assert "busy" in refused(*[Reply(b"", 429, headers)] * 4)
    assert len(waited) <= 60


def test_a_service_that_will_not_count_tokens_is_asked_without() -> None:
    def reply(path: str, body: dict[str, Any]) -> Reply:
        return Reply(b"", 400) if "stream_options" in body else stream(delta("Yes."))

    with serving(reply) as service:
        endpoint = ChatEndpoint(service.url, "m", None)
        assert [ask(endpoint, QUESTION)[1].text for _ in range(2)] == ["Yes.", "Yes."]

    assert len(service.received) == 3


def test_people_choose_among_the_models_that_the_owner_allows() -> None:
    listed = {"data": [{"id": "small-1"}, {"id": "small-2"}, {"id": "large"}, {"id": "embed"}]}

    def reply(path: str, body: dict[str, Any]) -> Reply:
        return Reply(listed) if path == "/models" else stream(delta("Yes."))

    with serving(reply) as service:
        endpoint = ChatEndpoint(service.url, "m", None, ["small-*", "large"])
        assert endpoint.models() == ["small-1", "small-2", "large"]
        assert ChatEndpoint(service.url, "m", None).models() == ()
        ask(endpoint, Question("Why?", "u", model="large"))
    unlisted = ChatEndpoint(service.url, "m", None, ["small-*", "large"])

    assert service.received[0][1]["model"] == "large"
    assert unlisted.models() == ["large"]


def test_history_keeps_the_latest_exchanges_within_the_budget() -> None:
    history = [Exchange(str(n), "x" * (BYTES_PER_TOKEN * 10 - 1)) for n in range(9)]

    assert recent(history, 35) == history[-3:]
    assert recent(history, 9) == []
    assert recent(history, 10_000) == history


def whole(text: str) -> Reply:
    return Reply({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})


def named(question: Question, title: Reply, *, titles: bool = True) -> tuple[str, str | None, int]:
    """The answer, its title, and how many requests it took."""

    def reply(path: str, body: dict[str, Any]) -> Reply:
        return stream(delta("Yes.", "stop")) if body["stream"] else title

    with serving(reply) as service:
        _, answer = ask(ChatEndpoint(service.url, "m", None, titles=titles), question)
        return answer.text, answer.title, len(service.received)


UNTITLED = Question("Why?", "u", untitled=True)


def test_a_new_session_is_named_by_the_model() -> None:
    title = whole('<think>Short.</think>"Reasons\n for things."')

    assert named(UNTITLED, title) == ("Yes.", "Reasons for things", 2)


@pytest.mark.parametrize(
    "title",
    [whole(""), Reply(status=500), Reply("[]"), Reply({"choices": [1]})],
    ids=["empty", "failed", "no-reply", "no-choice"],
)
def test_without_a_title_the_answer_stays(title: Reply) -> None:
    assert named(UNTITLED, title) == ("Yes.", None, 2)


def test_a_title_is_asked_for_only_where_it_is_wanted() -> None:
    assert named(QUESTION, whole("Reasons")) == ("Yes.", None, 1)
    assert named(UNTITLED, whole("Reasons"), titles=False) == ("Yes.", None, 1)
