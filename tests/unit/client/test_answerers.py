"""The client's default answerer, and the selection of an answerer."""

from pathlib import Path

import pytest

from bench.documentation import NOWHERE, judge, share
from client.answerers import Answer, AnswererError, Failure, Question, choose_answerer, no_answer
from client.answerers.documentation import NOTHING, DocumentationAnswerer
from client.answerers.failures import REGISTRY
from client.api.enums import AnswerFailure
from tests.unit.client.answer_services import Reply, ask, serving

URL = {"RECOLLECT_ANSWER_URL": "http://localhost"}
APP = {"RECOLLECT_ANSWERER": "answer-app", **URL}


def test_the_documentation_is_quoted_with_its_sources(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# Guide\n\nHello.\n\n## Erase everything\n\nErasing removes all data.\n\nIt is final.\n\n"
        "```sh\n# no heading\nerase\n```\n\n## Export\n\nExports are files.\n"
    )
    answerer = DocumentationAnswerer([guide])

    pieces, detailed = ask(answerer, Question("How do I erase my data?", "u"))
    _, concise = ask(answerer, Question("How do I erase my data?", "u", style="concise"))
    _, technical = ask(answerer, Question("How do I erase my data?", "u", style="technical"))

    assert "".join(pieces).strip() == detailed.text
    assert detailed.citations == [{"title": "Erase everything", "uri": "guide.md#erase-everything"}]
    assert "It is final." in detailed.text
    assert concise.text == "Erasing removes all data."
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

    assert answer.text == "Tides: more\nof it, [all](https://sea.example)."


def test_the_documentation_says_when_it_knows_nothing(tmp_path: Path) -> None:
    empty = DocumentationAnswerer([])

    for text in ("Who won?", 'what is "this" OR * (', "?!"):
        _, answer = ask(empty, Question(text, "u"))
        assert answer == Answer(NOTHING)


def test_the_own_documentation_answers_from_the_right_section_or_says_that_it_does_not_know() -> (
    None
):
    answerer = choose_answerer({})

    judged = judge(answerer)

    known = [each for each in judged if each.sections != NOWHERE]
    assert len(known) >= 60
    assert share(known) >= 0.9, [each for each in known if not each.right]
    assert all(each.right for each in judged if each.sections == NOWHERE)
    asked = {each.question: each for each in known}
    assert all(asked[question].right for question in answerer.examples)
    assert answerer.notice


@pytest.mark.parametrize("kind", ["chat", "answer-app"])
@pytest.mark.parametrize(
    ("status", "sentence", "failure"),
    [
        (302, "refused this client", Failure.UNAUTHENTICATED),
        (401, "refused this client", Failure.UNAUTHENTICATED),
        (403, "refused this client", Failure.UNAUTHENTICATED),
        (413, "too long", Failure.CONTEXT_LENGTH),
        (500, "could not answer", Failure.OTHER),
        (502, "can't be reached", Failure.UNAVAILABLE),
        (504, "took too long", Failure.TIMEOUT),
    ],
)
def test_what_went_wrong_is_told_in_one_calm_sentence_logged_and_counted(
    kind: str, status: int, sentence: str, failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    reply = Reply({"detail": "Secret trace", "error": {"message": "Secret trace"}}, status)
    with serving(lambda path, body: reply) as service:
        answerer = choose_answerer(
            {"RECOLLECT_ANSWERER": kind, "RECOLLECT_ANSWER_URL": service.url}
        )
        before = counted(kind)

        with pytest.raises(AnswererError, match=sentence) as refused:
            ask(answerer, Question("My question?", "u"))

    assert "ecret" not in str(refused.value)
    assert refused.value.failure is failure
    assert f"failure={failure}" in caplog.text
    assert f"answerer={kind}" in caplog.text
    assert f"status={status}" in caplog.text
    assert not {"ecret", "My question"} & set(caplog.text.split())
    assert counted(kind) == before + 1


def counted(kind: str) -> float:
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["answerer"] == kind
    )


@pytest.mark.parametrize("kind", ["chat", "answer-app"])
def test_a_service_that_is_away_is_told(kind: str) -> None:
    with serving(lambda path, body: Reply()) as service:
        pass
    answerer = choose_answerer({"RECOLLECT_ANSWERER": kind, "RECOLLECT_ANSWER_URL": service.url})

    with pytest.raises(AnswererError, match="can't be reached"):
        ask(answerer, Question("Why?", "u"))


def test_the_api_and_the_answerers_know_the_same_failures() -> None:
    assert [*Failure.__members__] == [*AnswerFailure.__members__]
    assert all(map(no_answer, Failure))


def test_all_tabs_share_an_answerer() -> None:
    chat = {"RECOLLECT_ANSWERER": "chat", "RECOLLECT_ANSWER_URL": "http://localhost"}

    assert choose_answerer({**chat, "OTHER": "1"}) is choose_answerer({**chat, "OTHER": "2"})
    assert choose_answerer({}) is not choose_answerer(chat)


def test_a_token_is_sent_where_there_is_one() -> None:
    with serving(lambda path, body: Reply("data: [DONE]\n\n")) as service:
        environment = {"RECOLLECT_ANSWERER": "chat", "RECOLLECT_ANSWER_URL": service.url}
        for given in ({"RECOLLECT_ANSWER_TOKEN": "t"}, {}):
            with pytest.raises(AnswererError):
                ask(choose_answerer(environment | given), Question("Why?", "u"))

    assert [headers.get("Authorization") for headers in service.headers] == ["Bearer t", None]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"RECOLLECT_ANSWERER": "chat"}, "RECOLLECT_ANSWER_URL is needed"),
        ({"RECOLLECT_ANSWERER": "x", **URL}, "documentation, answer-app or chat"),
        ({**APP, "RECOLLECT_ANSWER_AUTH": "basic"}, "one of google, none, token"),
        ({**APP, "RECOLLECT_ANSWER_AUTH": "token"}, "RECOLLECT_ANSWER_TOKEN is needed"),
        ({**APP, "RECOLLECT_ANSWER_AUTH": "google"}, "RECOLLECT_ANSWER_AUDIENCE is needed"),
        ({**APP, "RECOLLECT_ANSWER_USER": "name"}, "one of email, key"),
    ],
)
def test_a_wrong_setting_is_told(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose_answerer(given)
