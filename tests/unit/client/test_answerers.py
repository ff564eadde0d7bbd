"""What the client's answerers send and make of what comes back, over real HTTP."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from client.answerers import Answer, AnswererError, Exchange, Question, choose_answerer
from client.answerers.answer_app import AnswerApp
from client.answerers.chat_endpoint import BYTES_PER_TOKEN, ChatEndpoint, recent
from client.answerers.documentation import NOTHING, DocumentationAnswerer

Reply = Callable[[str, dict[str, Any]], tuple[int, bytes]]


class Service:
    def __init__(self, url: str, received: list[tuple[str, dict[str, Any]]]) -> None:
        self.url = url
        self.received = received


@contextmanager
def serving(reply: Reply) -> Iterator[Service]:
    received: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, body))
            status, content = reply(self.path, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Service(f"http://127.0.0.1:{server.server_port}", received)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(answerer: Any, question: Question) -> tuple[list[str], Answer]:
    *pieces, answer = answerer.answer(question)
    assert isinstance(answer, Answer)
    return pieces, answer


def events(*texts: str, end: str = "data: [DONE]\n\n") -> bytes:
    chunks = [{"choices": [{"delta": {"content": text}}]} for text in texts]
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return (": keep-alive\n\n" + "".join(lines) + end).encode()


def app_answer(text: str, session: str = "s1") -> bytes:
    body = {
        "markdown": base64.b64encode(text.encode()).decode(),
        "session": {"name": f"projects/p/sessions/{session}"},
        "answer_query_token": "token-1",
    }
    return json.dumps(body).encode()


def test_the_documentation_is_quoted_with_its_sources(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# Guide\n\nHello.\n\n## Erase everything\n\nErasing removes all.\n\nIt is final.\n\n"
        "```sh\n# no heading\nerase\n```\n\n## Export\n\nExports are files.\n"
    )
    answerer = DocumentationAnswerer([guide])

    pieces, detailed = ask(answerer, Question("How do I erase my data?", "u"))
    _, concise = ask(answerer, Question("How do I erase my data?", "u", style="concise"))
    _, technical = ask(answerer, Question("How do I erase my data?", "u", style="technical"))

    assert "".join(pieces).strip() == detailed.text
    assert detailed.citations == [
        {"title": "Erase everything", "source": "guide.md#erase-everything"}
    ]
    assert "It is final." in detailed.text
    assert concise.text == "Erasing removes all."
    assert "# no heading" in technical.text
    assert "# no heading" not in detailed.text


def test_of_the_links_in_a_passage_only_those_that_lead_somewhere_are_quoted(
    tmp_path: Path,
) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# Sea\n\n![Sea](sea.png)\n\nTides: [more\nof it](tides.md#how), [all](https://sea.example)."
    )

    _, answer = ask(DocumentationAnswerer([guide]), Question("tides", "u"))

    assert answer.text == "**Sea**\n\nTides: more\nof it, [all](https://sea.example)."


def test_the_documentation_says_when_it_knows_nothing(tmp_path: Path) -> None:
    empty = DocumentationAnswerer([])

    for text in ("Who won?", 'what is "this" OR * (', "?!"):
        _, answer = ask(empty, Question(text, "u"))
        assert answer == Answer(NOTHING)


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("What is Recollect?", "guide.md#what-is-recollect"),
        ("How do I start a new chat?", "guide.md#how-do-i-start-a-new-chat"),
        ("How do I export my chats?", "guide.md#how-do-i-export-or-download-my-chats"),
        ("How can I delete everything?", "guide.md#how-do-i-erase-or-delete-everything"),
        ("Who can see my chats?", "guide.md#are-my-chats-private-and-who-can-see-them"),
        ("Is my data private?", "guide.md#are-my-chats-private-and-who-can-see-them"),
        ("What is a temporary session?", "guide.md#what-is-a-temporary-session"),
        (
            "How do I import from ChatGPT?",
            "guide.md#how-do-i-import-chats-from-chatgpt-or-another-system",
        ),
        (
            "How do I search old conversations?",
            "guide.md#how-do-i-search-my-history-and-find-old-chats",
        ),
        ("What happens when I archive a session?", "guide.md#what-happens-when-i-archive-a-chat"),
        ("Can I restore a deleted chat?", "guide.md#how-do-i-delete-a-chat-and-can-i-get-it-back"),
        ("How long do you keep my data?", "guide.md#how-long-are-my-chats-and-data-kept"),
        (
            "How do I turn on dark mode?",
            "guide.md#how-do-i-change-the-theme-dark-or-light-mode-or-the-font-size",
        ),
        (
            "Can I use it without an account?",
            "guide.md#how-do-i-use-it-as-a-guest-without-an-account-or-signing-in",
        ),
        ("How do I sign out?", "guide.md#how-do-i-sign-in-and-out"),
        ("Why is my session closed?", "guide.md#why-cant-i-go-on-with-an-old-chat"),
        ("How do I stop saving my chats?", "guide.md#how-do-i-chat-without-anything-being-saved"),
        ("How do I set up Firestore's indexes?", "operating.md#firestores-indexes"),
        ("What do I do with dead letters?", "operating.md#dead-letters"),
        ("What does exportMyData do?", "exporting.md#taking-chats-out"),
        ("What formats can I export?", "guide.md#how-do-i-export-or-download-my-chats"),
        ("What is a turn?", "guide.md#what-are-a-session-a-turn-and-a-tag"),
        ("How do I run Recollect?", "README.md#run-it-on-google-cloud"),
        (
            "What happens to pictures when I import?",
            "guide.md#how-do-i-import-chats-from-chatgpt-or-another-system",
        ),
    ],
)
def test_the_own_documentation_answers_what_a_newcomer_asks(question: str, section: str) -> None:
    answerer = choose_answerer({})

    _, answer = ask(answerer, Question(question, "u"))

    assert answer.citations[0]["source"] == section
    for_users = [citation["source"].startswith("guide.md#") for citation in answer.citations]
    assert len(set(for_users)) == 1
    assert answerer.notice


def test_a_chat_endpoint_is_sent_wishes_and_history_and_streamed() -> None:
    with serving(lambda path, body: (200, events("Sal", "út ✓"))) as service:
        endpoint = ChatEndpoint(service.url, "model-1", "secret")
        question = Question(
            "And now?", "u", style="concise", language="ca", history=[Exchange("Hi", "Hello")]
        )

        pieces, answer = ask(endpoint, question)

    assert (pieces, answer.text) == (["Sal", "út ✓"], "Salút ✓")
    ((path, body),) = service.received
    assert path == "/chat/completions"
    assert [message["role"] for message in body["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert "ca" in body["messages"][0]["content"]
    assert body["stream"] is True
    assert body["model"] == "model-1"


@pytest.mark.parametrize(
    "content",
    [
        events("Half an ans", end=""),
        events(),
        b"data: nonsense\n\n",
        b'data: {"choices": [[]]}\n\n',
        b"",
    ],
)
def test_an_answer_that_breaks_off_is_no_answer(content: bytes) -> None:
    with serving(lambda path, body: (200, content)) as service:
        endpoint = ChatEndpoint(service.url, "m", None)

        with pytest.raises(AnswererError):
            ask(endpoint, Question("Why?", "u"))


@pytest.mark.parametrize("kind", ["chat", "answer-app"])
def test_a_service_that_refuses_or_is_away_is_told_in_one_sentence(kind: str) -> None:
    with serving(lambda path, body: (503, b"secret trace")) as service:
        environment = {"RECOLLECT_ANSWERER": kind, "RECOLLECT_ANSWER_URL": service.url}
        with pytest.raises(AnswererError, match="503") as refused:
            ask(choose_answerer(environment), Question("Why?", "u"))
    assert "secret" not in str(refused.value)

    with pytest.raises(AnswererError, match="can't be reached"):
        ask(choose_answerer(environment), Question("Why?", "u"))


def test_history_keeps_the_latest_exchanges_within_the_budget() -> None:
    history = [Exchange(str(n), "x" * (BYTES_PER_TOKEN * 10 - 1)) for n in range(9)]

    assert recent(history, 35) == history[-3:]
    assert recent(history, 9) == []
    assert recent(history, 10_000) == history


def test_the_answer_app_keeps_its_own_session_and_gets_feedback() -> None:
    with serving(lambda path, body: (200, app_answer("Tides: *moon* ünd sun"))) as service:
        app = AnswerApp(service.url, None)

        _, first = ask(app, Question("Tides?", "user-1", style="technical", citations=False))
        ask(app, Question("More", "user-1", service_session=first.service_session))
        app.give_feedback("Tides?", first, 1, "good")

    (_, asked), (_, again), (path, feedback) = service.received
    assert first == Answer("Tides: *moon* ünd sun", service_session="s1", token="token-1")
    assert (asked["session_id"], again["session_id"]) == ("-", "s1")
    assert (asked["user_pseudo_id"], asked["response_style"]) == ("user-1", "technical")
    assert asked["show_citations"] is False
    assert path == "/feedback"
    assert feedback == {
        "answer_query_token": "token-1",
        "question": "Tides?",
        "answer_text": "Tides: *moon* ünd sun",
        "feedback_value": 1,
        "feedback_text": "good",
    }


def test_a_session_that_the_answer_app_forgot_is_begun_anew_and_said() -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        return (200, app_answer("Again", "s2")) if body["session_id"] == "-" else (404, b"")

    with serving(reply) as service:
        _, answer = ask(AnswerApp(service.url, None), Question("More", "u", service_session="old"))

    assert (answer.service_session, answer.forgot) == ("s2", True)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"markdown": 1}', b'{"markdown": "%%"}'])
def test_what_is_no_answer_is_told_as_such(content: bytes) -> None:
    with (
        serving(lambda path, body: (200, content)) as service,
        pytest.raises(AnswererError, match="no proper answer"),
    ):
        ask(AnswerApp(service.url, None), Question("Why?", "u"))


def test_a_wrong_choice_is_told() -> None:
    with pytest.raises(ValueError, match="RECOLLECT_ANSWER_URL is needed"):
        choose_answerer({"RECOLLECT_ANSWERER": "chat"})
    with pytest.raises(ValueError, match="documentation, answer-app or chat"):
        choose_answerer({"RECOLLECT_ANSWERER": "x", "RECOLLECT_ANSWER_URL": "http://localhost"})
