"""The answerer that a client has by default, and which one it has."""

from pathlib import Path

import pytest

from client.answerers import Answer, AnswererError, Question, choose_answerer
from client.answerers.documentation import NOTHING, DocumentationAnswerer
from client.answerers.failures import REGISTRY
from tests.unit.client.answer_services import Reply, ask, serving

URL = {"RECOLLECT_ANSWER_URL": "http://localhost"}
APP = {"RECOLLECT_ANSWERER": "answer-app", **URL}


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
    assert detailed.citations == [{"title": "Erase everything", "uri": "guide.md#erase-everything"}]
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
        ("What does exportMyData do?", "exporting.md#exporting-all-data-exportmydata"),
        ("What formats can I export?", "guide.md#how-do-i-export-or-download-my-chats"),
        ("What is a turn?", "guide.md#what-are-a-session-a-turn-and-a-tag"),
        ("How do I run Recollect?", "README.md#run-it-on-your-machine"),
        (
            "What happens to pictures when I import?",
            "guide.md#how-do-i-import-chats-from-chatgpt-or-another-system",
        ),
    ],
)
def test_the_own_documentation_answers_what_a_newcomer_asks(question: str, section: str) -> None:
    answerer = choose_answerer({})

    _, answer = ask(answerer, Question(question, "u"))

    assert answer.citations[0]["uri"] == section
    for_users = [citation["uri"].startswith("guide.md#") for citation in answer.citations]
    assert len(set(for_users)) == 1
    assert answerer.notice


@pytest.mark.parametrize("kind", ["chat", "answer-app"])
@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (302, "refused this client"),
        (401, "refused this client"),
        (403, "refused this client"),
        (413, "too long"),
        (500, "could not answer"),
        (502, "can't be reached"),
        (504, "took too long"),
    ],
)
def test_what_went_wrong_is_told_in_one_calm_sentence_logged_and_counted(
    kind: str, status: int, sentence: str, caplog: pytest.LogCaptureFixture
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
