"""Mails as a mail program shows them, narrow and wide, light and dark."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from resolvers.notifications.outgoing_mail import Reminder, Summary
from tests.e2e.browser.looking import SCREENS, barriers, cut_texts
from tests.unit.recollect.test_mail_messages import REMINDER, SUMMARY, TITLES, body, made

# Chromium's `innerText` of a title is its drawn text.
_TITLES = """() => [...document.querySelectorAll("a.title")].map((each) =>
  [each.innerText, getComputedStyle(each).direction])"""


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    chosen: Literal["light", "dark"] = request.param
    return chosen


@pytest.mark.parametrize("content", [SUMMARY, REMINDER], ids=["summary", "reminder"])
def test_a_mail_is_read_whole_on_a_phone_and_a_desk_and_loads_nothing(
    browser: Browser, scheme: Literal["light", "dark"], content: Summary | Reminder
) -> None:
    page = browser.new_page(color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(body(made(content), "html"))
    shown: dict[str, str] = dict(page.evaluate(_TITLES))
    told = [TITLES[n] for n in (range(len(TITLES)) if content is SUMMARY else (0, 2, 5))]
    assert list(shown) == [title or "Untitled" for title in told]
    right_to_left = {title for title, direction in shown.items() if direction == "rtl"}
    assert right_to_left == {title for title in told if title in (TITLES[0], TITLES[1])}
    for width in (380, 700):
        page.set_viewport_size({"width": width, "height": 600})
        keep(page, f"mail-{type(content).__name__.lower()}-{scheme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert cut_texts(page) == []
    assert asked == []
    assert barriers(page) == []
    page.close()


def keep(page: Page, name: str) -> None:
    """Keep a screenshot of the whole mail."""
    if SCREENS:
        page.screenshot(path=Path(SCREENS) / f"{name}.png", full_page=True)
