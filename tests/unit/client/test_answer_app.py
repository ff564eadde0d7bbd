"""The requests to the answer app, and the client's handling of its answers."""

import base64
from typing import Any

import pytest

from client.answerers import Answer, AnswererError, Question, Waiting
from client.answerers.answer_app import AnswerApp
from client.answerers.answer_app_answers import read_citations
from tests.unit.client.answer_services import Reply, ask, serving

GUIDE = {"uri": "gs://docs/guide.pdf", "title": "Guide"}


def app_answer(text: str, session: str = "s1", **answer: Any) -> Reply:
    return Reply(
        {
            "question": "?",
            "markdown": base64.b64encode(f'{text} _[[1](x "y")]_'.encode()).decode(),
            "latency": 0.1,
            "answer": {"answer_text": text, **answer},
            "session": {"name": f"projects/p/sessions/{session}"},
            "answer_query_token": "token-1",
        }
    )


def failure(detail: str) -> Reply:
    return Reply({"detail": detail}, 500)


def test_it_keeps_its_own_session_and_gets_feedback_on_what_was_shown() -> None:
    with serving(lambda path, body: app_answer("Tides: *moon* ünd sun")) as service:
        app = AnswerApp(service.url, None)

        pieces, first = ask(app, Question("Tides?", "user-1", style="technical"))
        ask(app, Question("More", "user-1", service_session=first.service_session))
        app.give_feedback("Tides?", first, 1, "good")

    assert pieces == ["Tides: *moon* ünd sun"]
    assert first == Answer("Tides: *moon* ünd sun", service_session="s1", token="token-1")
    assert service.received == [
        ("/answer", {"question": "Tides?", "session_id": "-", "user_pseudo_id": "user-1"}),
        ("/answer", {"question": "More", "session_id": "s1", "user_pseudo_id": "user-1"}),
        (
            "/feedback",
            {
                "answer_query_token": "token-1",
                "question": "Tides?",
                "answer_text": "Tides: *moon* ünd sun",
                "feedback_value": 1,
                "feedback_text": "good",
            },
        ),
    ]


def test_users_are_named_by_address_where_its_owner_wants_that() -> None:
    with serving(lambda path, body: app_answer("Yes.")) as service:
        app = AnswerApp(service.url, None, by_email=True)

        ask(app, Question("Tides?", "key", email="mara@example.com"))
        ask(app, Question("Tides?", "session-1"))

    names = [body["user_pseudo_id"] for _, body in service.received]
    assert names == ["mara@example.com", "session-1"]


@pytest.mark.parametrize(
    "gone",
    [
        failure("404 Session (projects/p/sessions/old) does not exist."),
        failure("400 Invalid session name."),
        Reply(b"", 404),
    ],
)
def test_a_session_that_it_forgot_is_begun_anew_and_said(gone: Reply) -> None:
    def reply(path: str, body: dict[str, Any]) -> Reply:
        return app_answer("Again", "s2") if body["session_id"] == "-" else gone

    with serving(reply) as service:
        _, answer = ask(AnswerApp(service.url, None), Question("More", "u", service_session="old"))

    assert (answer.service_session, answer.forgot) == ("s2", True)


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ("403 Permission denied on data store secret", "refused this client"),
        ("504 Deadline exceeded", "took too long"),
        ("404 Engine secret not found", "could not answer"),
        ("Something secret", "could not answer"),
    ],
)
def test_what_its_500_means_is_read_from_its_detail_and_never_shown(
    detail: str, sentence: str
) -> None:
    with (
        serving(lambda path, body: failure(detail)) as service,
        pytest.raises(AnswererError, match=sentence) as refused,
    ):
        ask(AnswerApp(service.url, None), Question("Why?", "u"))

    assert "secret" not in str(refused.value)


def test_a_quota_that_is_used_up_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.answerers.requests.time.sleep", lambda seconds: None)
    replies = iter([failure("429 Quota exceeded"), failure("503 Busy"), app_answer("At last.")])
    with serving(lambda path, body: next(replies)) as service:
        said = list(AnswerApp(service.url, None).answer(Question("Why?", "u")))

    assert said[:3] == [Waiting(2), Waiting(1), Waiting(4)]
    assert said[-2] == "At last."


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"markdown": 1}', b'{"markdown": "%%"}', b'{"answer": 1}']
)
def test_what_is_no_answer_is_told_as_such(content: bytes) -> None:
    with (
        serving(lambda path, body: Reply(content)) as service,
        pytest.raises(AnswererError, match="could not answer"),
    ):
        ask(AnswerApp(service.url, None), Question("Why?", "u"))


def test_an_empty_answer_is_told_as_such() -> None:
    with (
        serving(lambda path, body: app_answer(" ")) as service,
        pytest.raises(AnswererError, match="empty answer"),
    ):
        ask(AnswerApp(service.url, None), Question("Why?", "u"))


def test_without_the_text_its_markdown_is_the_answer() -> None:
    markdown = base64.b64encode("Únd".encode()).decode()
    with serving(lambda path, body: Reply({"markdown": markdown, "session": None})) as service:
        _, answer = ask(AnswerApp(service.url, None), Question("Why?", "u"))

    assert answer == Answer("Únd")


CITED = {
    "answer_text": "Ebbe und Flut. Größe zählt.",
    "citations": [
        {"start_index": "0", "end_index": "14", "sources": [{"reference_id": "1"}]},
        {
            "start_index": 15,
            "end_index": 30,
            "sources": [{"reference_id": "0"}, {"reference_id": "1"}],
        },
        {"end_index": 4, "sources": [{"reference_id": "9"}, {"reference_id": "x"}, {}]},
    ],
    "references": [
        {
            "chunk_info": {
                "content": "A\n# heading | with a table " * 30,
                "document_metadata": GUIDE,
            }
        },
        {
            "unstructured_document_info": {
                "uri": "https://a.example/b.html",
                "chunk_contents": [{"content": "Tides rise."}],
            }
        },
        {"chunk_info": {"content": "never cited", "document_metadata": {"title": "Unused"}}},
    ],
}


def test_what_it_cites_becomes_the_turns_sources_with_their_spans() -> None:
    second, first = read_citations(CITED)

    assert second == {
        "title": "b.html",
        "uri": "https://a.example/b.html",
        "snippet": "Tides rise.",
        "spans": [[0, 14], [15, 27]],
    }
    assert (first["title"], first["uri"], first["spans"]) == (
        "Guide",
        "gs://docs/guide.pdf",
        [[15, 27]],
    )
    assert len(first["snippet"]) <= 300
    assert "\n" not in first["snippet"]
    assert CITED["answer_text"][15:27] == "Größe zählt."


def test_structured_documents_and_odd_references_are_read_too() -> None:
    answer = {
        "answer_text": "x",
        "citations": [{"sources": [{"reference_id": str(n)} for n in range(3)]}],
        "references": [
            {
                "structured_document_info": {
                    "struct_data": {"title": "Row", "uri": "https://a.example"}
                }
            },
            {"chunk_info": {"content": "Only a passage."}},
            {},
        ],
    }

    assert read_citations(answer) == [
        {"title": "Row", "uri": "https://a.example"},
        {"snippet": "Only a passage."},
    ]


def test_an_answer_that_was_skipped_cites_nothing_and_offers_what_it_can() -> None:
    reply = app_answer(
        "I can't.",
        answer_skipped_reasons=["OUT_OF_DOMAIN_QUERY_IGNORED"],
        citations=CITED["citations"],
        references=CITED["references"],
        related_questions=["How do tides work?", "x" * 1000, ""],
    )
    with serving(lambda path, body: reply) as service:
        _, answer = ask(AnswerApp(service.url, None), Question("Why?", "u"))

    assert answer.citations == ()
    assert answer.related == ("How do tides work?",)
