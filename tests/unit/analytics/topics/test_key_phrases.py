"""A question's topics are a few phrases that a person would name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.topics.key_phrases import LONGEST, TOPICS, topics

QUESTIONS = {
    "How do I repot a monstera without hurting its aerial roots?": {
        "repot",
        "monstera",
        "aerial roots",
    },
    "Please explain the art of sourdough bread.": {"sourdough bread"},
    "Who are you? Have a nice day, and thanks for your help!": set(),
    "Can you give me an example? Please rewrite your previous answer.": set(),
    "Compare GPT-4 and Claude for B2B sales with AI.": {"gpt-4", "claude", "b2b sales", "ai"},
    "Wie lagere ich Dahlien über den Winter im Keller?": {"dahlien", "keller"},
    "Comment configurer une base de données pour mon café ?": {"base de données", "configurer"},
    "¿Cómo hago una copia de seguridad de mi portátil?": {"copia de seguridad", "portátil"},
    "Что такое фотосинтез и зачем он нужен?": {"фотосинтез"},
    "東京タワーまで歩けますか": {"東京", "タワー"},
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_topics_that_a_person_would_name(question: str) -> None:
    wanted, found = QUESTIONS[question], topics(question)
    assert wanted <= set(found)
    assert bool(found) == bool(wanted)


@pytest.mark.parametrize(
    "question",
    [
        "Why? ```python\nreversed_ledger = ledger[::-1]\n```",
        "And `ledger --reverse`?",
        "See https://example.com/ledger/reversed and ledger@example.com",
        "What is in ledger.xlsx, /var/lib/ledger and C:\\ledger\\old?",
        "Why is ledger_total or ledgerTotal or ledger(total) <ledger> so?",
        "\n    ledger = Ledger()\n    ledger.close();\n",
        "ledger,total,tax,gross\n1,2,3,4\n",
    ],
)
def test_code_addresses_and_names_of_files_are_no_topics(question: str) -> None:
    assert not any("ledger" in topic for topic in topics(question))


def test_a_part_of_a_longer_phrase_is_folded_into_it() -> None:
    found = topics("Which sea salt? Is sea salt finer? How is salt made?")
    assert "sea salt" in found
    assert not {"sea", "salt"} & set(found)


def test_words_that_are_common_in_the_language_are_no_topics_alone() -> None:
    assert topics("What happens to the people of that house on Sunday?") == ()
    assert topics("What happens to the beekeepers of that house?") == ("beekeepers",)


def test_a_word_has_its_meaning_in_the_language_of_the_question() -> None:
    # "Gift" means poison in German.
    assert "gift" in topics("Wie wirkt das Gift der Kreuzotter auf die Maus?")
    assert "der" not in topics("der Garten", "german")


def test_silence_has_no_topics() -> None:
    assert topics(None) == topics("") == topics("? ! 12 a") == ()


def test_a_long_text_has_a_few_short_topics() -> None:
    found = topics(" ".join(f"zebra{n} crossing{n}" for n in range(5000)))
    assert 0 < len(found) <= TOPICS
    assert all(len(topic) <= LONGEST for topic in found)


def test_letters_that_stand_for_digits_are_no_topics() -> None:
    # They once ended the exporter's whole pass, and so stopped the export for everybody.
    pad = "\u2c3a\u2c3a\u2c3a"
    assert topics(pad) == topics(pad.upper()) == ()
    assert topics(f"Does {pad} explain GPT-4 to beekeepers?") == ("beekeepers", "gpt-4")


@given(st.text(max_size=400))
def test_whatever_is_asked_has_few_topics_of_one_to_three_words(question: str) -> None:
    found = topics(question)
    assert len(found) <= TOPICS
    assert all(1 <= len(topic.split()) <= 3 and topic == topic.lower() for topic in found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "question",
    [
        "\n tide Größe 🙂 Größe moon tide moon Größe \x00 moon rain tide line \n 'quoted' rain 天気 line 🙂 "
        "Größe \x00 'quoted'",
        "line 🙂 🙂 line Größe tide \n \n 天気 line line tide \x00 moon tide 🙂 Größe moon line 天気 rain "
        "'quoted' tide moon \x00 tide 天気 \x00 tide Größe rain tide line \n 天気 line",
    ],
)
def test_topics_that_say_as_much_always_come_in_the_same_order(question: str) -> None:
    assert len({topics(question) for _ in range(40)}) == 1
