"""No topic in a list is part of another."""

from analytics.insights.user import Topic
from analytics.topics.listing import without_parts


def listed(**turns: int) -> list[str]:
    """The topics that are left of the given ones, written with _ for a space, with their numbers of turns."""
    found = [Topic(name.replace("_", " "), count, 1) for name, count in turns.items()]
    return [each.topic for each in without_parts(found)]


def test_the_longer_is_left_if_most_turns_are_about_it() -> None:
    assert listed(machine_learning=6, learning=7) == ["machine learning"]


def test_the_shorter_is_left_if_the_longer_is_rare() -> None:
    assert listed(machine_learning=9, machine_learning_engineers=2) == ["machine learning"]


def test_a_word_with_a_hyphen_has_parts() -> None:
    found = [Topic(name, 5, 1) for name in ("gpt", "gpt-4", "gpt-40")]
    assert [each.topic for each in without_parts(found)] == ["gpt-4", "gpt-40"]


def test_words_that_only_begin_alike_are_no_parts() -> None:
    assert listed(tea=3, team_spirit=3) == ["tea", "team spirit"]
