"""The client with a real server of OpenAI's protocol: CopilotKit's aimock, which answers from fixtures."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamlit.testing.v1.element_tree import ChatInput

from client.answerers import Answer, AnswererError, Question, Waiting
from client.answerers.chat_endpoint import ChatEndpoint
from tests.e2e.client.app_pages import captions, new_page, run
from tests.e2e.ports import free_port
from tests.e2e.served_api import ServedApi
from tests.e2e.stack import ROOT

SERVER = ROOT / "node_modules/@copilotkit/aimock/dist/cli.js"
STREAMED = "The small plan is $5 a month and the large one is $10 a month."
PIECE = 8
"""Characters in a piece of an answer that breaks off."""
BREAKS = "This answer breaks off before anybody could have read it to its end."


def fixture(question: str, response: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"match": {"userMessage": question}, "response": response, **given}


def error(status: int, code: str) -> dict[str, Any]:
    told = {"message": "Secret account", "type": "invalid_request_error", "code": code}
    return {"error": told, "status": status, "retryAfter": 1}


FIXTURES = [
    fixture(
        "Prices?",
        {
            "content": STREAMED,
            "reasoning": "They ask for prices.",
            "model": "model-2026",
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        },
    ),
    fixture("Long?", {"content": "Cut short", "finishReason": "length"}),
    fixture("Breaks?", {"content": BREAKS}, truncateAfterChunks=5, chunkSize=PIECE, latency=100),
    # This fixture answers the first time; the last one answers from then on.
    {
        "match": {"userMessage": "Busy?", "sequenceIndex": 0},
        "response": error(429, "rate_limit_exceeded"),
    },
    fixture("Denied?", error(401, "invalid_api_key")),
    fixture("Too long?", error(400, "context_length_exceeded")),
    fixture("Busy?", {"content": "Free again."}),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not SERVER.exists():
        hint = "aimock is not installed: with Node.js there, `make setup` installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(hint)
        pytest.skip(hint)
    fixtures: Path = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [node, str(SERVER), "--port", str(port), "--fixtures", str(fixtures)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while not _answers(address):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"{address}/v1"
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/v1/models").is_success
    except httpx.TransportError:
        return False


def ask(url: str, question: str) -> tuple[list[str | Waiting], Answer]:
    *said, answer = ChatEndpoint(url, "any", None).answer(Question(question, "u"))
    assert isinstance(answer, Answer)
    return [each for each in said if isinstance(each, str | Waiting)], answer


def test_an_answer_is_streamed_with_its_model_and_tokens(url: str) -> None:
    pieces, answer = ask(url, "Prices?")

    assert len(pieces) > 1
    assert answer.text == STREAMED
    assert answer.reasoning == "They ask for prices."
    assert answer.model == "model-2026"
    assert (answer.input_tokens, answer.output_tokens) == (11, 7)
    assert answer.finish_reason == "stop"


def test_how_an_answer_ended_is_known(url: str) -> None:
    assert ask(url, "Long?")[1].finish_reason == "length"

    _, broken = ask(url, "Breaks?")
    assert broken.finish_reason == "interrupted"
    assert BREAKS.startswith(broken.text)
    assert broken.text


def test_a_busy_server_is_asked_again(url: str) -> None:
    said, answer = ask(url, "Busy?")

    assert said[0] == Waiting(1)
    assert answer.text == "Free again."


@pytest.mark.parametrize(
    ("question", "sentence"),
    [("Denied?", "refused this client"), ("Too long?", "is too long")],
)
def test_errors_are_told_in_the_clients_own_words(url: str, question: str, sentence: str) -> None:
    with pytest.raises(AnswererError, match=sentence) as told:
        ask(url, question)

    assert "Secret" not in str(told.value)


def test_models_are_listed(url: str) -> None:
    assert ChatEndpoint(url, "any", None, ["gpt-4*"]).models() == ["gpt-4", "gpt-4o"]


def test_a_turn_tells_what_answered_it(
    url: str, api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ANSWERER", "chat"), ("ANSWER_URL", url), ("ANSWER_MODELS", "gpt-*")):
        monkeypatch.setenv(f"RECOLLECT_{name}", value)
    page = run(new_page())
    page.selectbox[0].select("gpt-4o")
    (field,) = run(page).get("chat_input")
    assert isinstance(field, ChatInput)
    field.set_value("Prices?")
    run(page)

    found = api.query(
        "{ viewer { sessions(first: 1) { nodes { metadata conversations(last: 1) { nodes {"
        " response model inputTokens outputTokens finishReason firstTokenMs } } } } } }"
    )["viewer"]["sessions"]["nodes"][0]
    (turn,) = found["conversations"]["nodes"]
    assert found["metadata"] == {"model": "gpt-4o"}
    assert turn.pop("firstTokenMs") >= 0
    assert turn == {
        "response": STREAMED,
        "model": "model-2026",
        "inputTokens": 11,
        "outputTokens": 7,
        "finishReason": "stop",
    }
    assert any("model\\-2026" in caption for caption in captions(page))
    assert page.selectbox[0].value == "gpt-4o"
    assert [expander.label for expander in page.expander] == ["Reasoning"]


def test_a_session_is_named_by_what_answers(
    url: str, api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ANSWERER", "chat"), ("ANSWER_URL", url), ("ANSWER_TITLES", "on")):
        monkeypatch.setenv(f"RECOLLECT_{name}", value)
    page = run(new_page())
    (field,) = page.get("chat_input")
    assert isinstance(field, ChatInput)
    field.set_value("Prices?")
    run(page)

    sessions = api.query("{ viewer { sessions(first: 1) { nodes { title } } } }")["viewer"][
        "sessions"
    ]
    # The server answers with the same text whatever is asked about the question.
    assert sessions["nodes"][0]["title"] == STREAMED.strip(".")


def test_what_came_before_a_stream_was_cut_is_there_on_another_device(
    url: str, api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ANSWERER", "chat"), ("ANSWER_URL", url)):
        monkeypatch.setenv(f"RECOLLECT_{name}", value)
    page = run(new_page())
    (field,) = page.get("chat_input")
    assert isinstance(field, ChatInput)
    field.set_value("Breaks?")
    run(page)

    ((_, came),) = api.turns()
    assert came is not None
    assert len(came) == 3 * PIECE
    assert BREAKS.startswith(came)
    session = api.query("{ viewer { sessions(first: 1) { nodes { id } } } }")["viewer"]["sessions"]
    other = run(new_page(session=session["nodes"][0]["id"]))
    assert came in [markdown.value for markdown in other.markdown]
    assert "Go on" in [button.label for button in other.button]
