"""The search page against a real API, in Streamlit's own test harness."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from client.state import live, rerunning
from tests.e2e.client.app_pages import (
    Requests,
    captions,
    go_to,
    keys,
    new_page,
    press,
    problems,
    run,
)
from tests.e2e.served_api import ServedApi


def search(words: str, **narrowed: str) -> AppTest:
    """The search page at an address, as a link or a reload opens it."""
    page = new_page()
    page.query_params.update({"q": words, **narrowed})
    return go_to(page, "search")


def hits(page: AppTest) -> list[str]:
    """The excerpts of turns, without the marks of the matches."""
    found = [b.label for b in page.main.button if b.key and b.key.startswith("hit-")]
    return [label.replace(":yellow-background[", "").replace("]", "") for label in found]


def address(page: AppTest) -> dict[str, Any]:
    named = dict(page.query_params)
    return {name: value if isinstance(value, str) else value[0] for name, value in named.items()}


def test_words_typed_in_the_sidebar_are_searched_for_on_a_page_of_its_own(api: ServedApi) -> None:
    session = api.record("The [*zebra* runs](https://a.example) <b>$1$", response="fast")
    api.record("something else")
    page = run(new_page())

    page.text_input(key="words").input("zeb")
    run(page)

    assert [header.value for header in page.header] == ["Search"]
    assert address(page) == {"q": "zeb"}
    assert page.button(key="hit-0").label == "The :yellow-background[zeb]ra runs \\<b\\>\\$1\\$"
    assert any(caption.startswith("By your words") for caption in captions(page))
    press(page, "hit-0")
    assert address(page)["session"] == session
    assert [message.name for message in page.chat_message] == ["user", "assistant"]


def test_a_hit_in_another_version_opens_the_path_that_has_it(api: ServedApi) -> None:
    session = api.record("How do zebras run?", response="fast")
    turn = api.query(
        "query ($id: ID!) { viewer { session(id: $id) { conversations(first: 1) { nodes { id } } } } }",
        id=session,
    )["viewer"]["session"]["conversations"]["nodes"][0]["id"]
    api.record("How do lions run?", session, response="faster", place={"replaces": turn})
    page = search("zebras")

    assert any("in another version" in caption for caption in captions(page))
    press(page, "hit-0")

    assert page.chat_message[0].text[0].value == "How do zebras run?"


def test_hits_are_grouped_by_session_and_a_title_shows_that_it_was_found(api: ServedApi) -> None:
    zoo = api.record("one zebra", response="yes")
    api.record("two zebras", zoo, response="yes")
    named = api.record("about stripes", response="yes")
    api.query(
        'mutation ($id: ID!) { renameSession(input: {sessionId: $id, title: "Zebra talk"})'
        " { userErrors { message } } }",
        id=named,
    )
    page = search("zebra")

    assert set(keys(page, "found-")) == {f"found-{zoo}", f"found-{named}"}
    assert sorted(hits(page)) == ["one zebra", "two zebras"]
    assert page.button(key=f"found-{named}").label == ":yellow-background[Zebra] talk"
    assert [caption for caption in captions(page) if "3 hits in 2 sessions." in caption]
    press(page, f"found-{named}")
    assert address(page) == {"session": named}


def test_chips_narrow_and_order_the_hits_and_are_in_the_address(api: ServedApi) -> None:
    for number, model in enumerate(("gauge", "gauge", "tape")):
        session = api.record(f"zebra {number}", response="zebra", model=model)
        api.query(
            "mutation ($id: ID!, $tags: [String!]!) { setSessionTags(input: {sessionId: $id, tags: $tags})"
            " { userErrors { message } } }",
            id=session,
            tags=[f"tag{number}"],
        )
    api.mirror()
    page = search("zebra")
    assert len(hits(page)) == 3

    page.button_group(key="search-order").set_value("newest")
    assert hits(run(page)) == ["zebra 2", "zebra 1", "zebra 0"]
    page.button_group(key="search-model").set_value("gauge")
    assert hits(run(page)) == ["zebra 1", "zebra 0"]
    page.button_group(key="search-tag").set_value("tag0")
    assert hits(run(page)) == ["zebra 0"]
    page.button_group(key="search-side").set_value("answer")
    page.button_group(key="search-days").set_value("7")
    assert len(hits(run(page))) == 1
    narrowed = {"model": "gauge", "tag": "tag0", "side": "answer", "days": "7", "order": "newest"}
    assert address(page) == {"q": "zebra", **narrowed}
    assert hits(search("zebra", **narrowed)) == hits(page)

    press(page, "clear-filters")
    assert len(hits(page)) == 3
    assert address(page) == {"q": "zebra", "order": "newest"}


def test_a_search_makes_one_request_and_none_when_nothing_changed(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.record("zebra 0")
    for number in range(1, 25):
        api.record(f"zebra {number}", session)
    api.mirror()
    # The page stays current for as long as a slow machine needs.
    monkeypatch.setattr(rerunning, "AGED_SECONDS", 3600)
    monkeypatch.setattr(live, "HEARD_SECONDS", 3600)
    page = search("zebra")
    counted = Requests(api, monkeypatch)

    assert counted.of(page) == [0]
    page.button(key="more-hits").click()
    assert counted.of(page) == [1]
    assert len(hits(page)) == len(set(hits(page))) == 25
    page.text_input(key="search-q").input("zebra 7")
    assert counted.of(page) == [1]

    # Sessions may have changed elsewhere.
    go_to(page, "library")
    page.switch_page("search.py")
    assert counted.of(page) == [1]
    assert address(page) == {"q": "zebra 7"}
    # Turns with a similar meaning follow.
    assert hits(page)[0] == "zebra 7"


def test_a_search_says_what_it_found_in_place_of_a_word_with_a_slip(api: ServedApi) -> None:
    api.record("The zebra runs", response="fast")
    # The known words come from the mirror.
    api.mirror()

    said = [info.value for info in search("zebbra runs").info]

    assert said == ["Nothing matches these words. Shown instead: **zebra runs**"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("absent", "No question, answer or title contains all these words."),
        ("?!", "no letter or digit"),
    ],
)
def test_a_search_without_hits_says_why(api: ServedApi, words: str, answer: str) -> None:
    api.record("something")

    page = search(words)

    said = captions(page) + [warning.value for warning in page.warning]
    assert any(answer in sentence for sentence in said)
    assert problems(page) == []


def test_a_search_without_words_says_what_can_be_searched_for(api: ServedApi) -> None:
    page = search("")

    assert any("title:rome" in markdown.value for markdown in page.markdown)
    assert hits(page) == []
