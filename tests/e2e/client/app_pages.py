"""The client's pages in Streamlit's own test harness: opened, clicked and read."""

from itertools import pairwise
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from client.state.browser_tab import Tab, current_tab
from tests.e2e.served_api import ServedApi

PAGE = Path(__file__).parents[3] / "client/pages/navigation.py"


def new_page(user: str | None = None, session: str | None = None) -> AppTest:
    """A browser tab at the chat, not yet drawn."""
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in (("user", user), ("session", session)):
        if value:
            page.query_params[name] = value
    return page


def open_page(name: str, user: str | None = None) -> AppTest:
    """The page of this name, opened from the chat."""
    return go_to(run(new_page(user)), name)


def go_to(page: AppTest, name: str) -> AppTest:
    return run(page.switch_page(f"{name}.py"))


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return run(page)


def choose(page: AppTest, key: str, option: str) -> AppTest:
    """Choose an item of a menu."""
    page.menu_button(key=key).click(option)
    return run(page)


def submit(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return run(page)


def problems(page: AppTest) -> list[str]:
    return [error.value for error in page.error]


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.main.caption]


def keys(page: AppTest, prefix: str) -> list[str]:
    """The keys of the page's buttons that begin with a prefix."""
    return [button.key for button in page.button if button.key and button.key.startswith(prefix)]


class Requests:
    """Counts the requests that each rerun makes."""

    def __init__(self, api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
        self._api = api
        self._began: list[int] = []

        def counted() -> Tab | None:
            self._began.append(api.requests)
            return current_tab()

        monkeypatch.setattr("client.widgets.page_frame.current_tab", counted)

    def of(self, page: AppTest) -> list[int]:
        """The number of requests of each rerun that follows from running the page now."""
        self._began.clear()
        run(page)
        return [after - before for before, after in pairwise([*self._began, self._api.requests])]
