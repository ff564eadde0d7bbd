"""How a browser runs the script that scrolls a session, in whatever order Streamlit draws."""

from itertools import count

import pytest
from playwright.sync_api import Browser, Page

from client.widgets.scrolling import begin_at

PAGE = '<div id="stMain" style="height: 100px; overflow: auto"><div style="height: 2000px"></div></div>'


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scripts that the page was given to draw, run by run."""
    drawn: list[str] = []
    moments = count(1_000_000, 1_000_000)
    monkeypatch.setattr("streamlit.html", lambda body, **_: drawn.append(body))
    monkeypatch.setattr("client.widgets.scrolling.time.time_ns", lambda: next(moments))
    return drawn


def scrolled(page: Page, script: str) -> int:
    """How far down the page is once the browser has run a script."""
    page.evaluate(script.removeprefix("<script>").removesuffix("</script>"))
    top: int = page.evaluate("document.getElementById('stMain').scrollTop")
    return top


def test_what_an_earlier_run_drew_scrolls_nothing_when_it_is_drawn_once_more(
    browser: Browser, scripts: list[str]
) -> None:
    begin_at("session", None, None)
    begin_at("session", "a hit", None)
    begin_at("session", "a hit", None)
    at_its_end, at_the_hit, again = scripts
    page = browser.new_page()
    page.set_content(PAGE)

    assert scrolled(page, at_its_end) == 1900
    assert scrolled(page, at_the_hit) == 0
    assert scrolled(page, at_its_end) == 0
    assert scrolled(page, again) == 0
    page.close()


def test_a_question_that_is_asked_is_scrolled_to_once(browser: Browser, scripts: list[str]) -> None:
    begin_at("session", None, "turn")
    begin_at("session", None, "turn")
    page = browser.new_page()
    page.set_content(PAGE)

    assert scrolled(page, scripts[0]) == 1900
    page.evaluate("document.getElementById('stMain').scrollTop = 700")
    assert scrolled(page, scripts[1]) == 700
    page.close()
