"""Two browsers: an answer that one of them asked for grows in both, and outlives the browser that asked."""

import sqlite3
import time
from contextlib import closing

from playwright.sync_api import Browser, expect

from tests.e2e.browser.browsing import Account, ask, opened, said, settled
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.stack import Stack


def a_minute_later(stack: Stack) -> None:
    """Set the last write of the growing answer to a minute ago, as another process would."""
    path = stack.folder / "data" / "store.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        changed = file.execute(
            "UPDATE documents SET data = json_set(data, '$.grown_at', json_extract(data, '$.grown_at') "
            "- 60000000), update_time = ? WHERE collection = 'conversations' "
            "AND json_extract(data, '$.partial') IS NOT NULL",
            (time.time_ns() // 1000,),
        )
        assert changed.rowcount == 1


def test_an_answer_grows_in_a_second_browser_and_is_gone_on_with_when_the_first_is_killed(
    browser: Browser, stack: Stack, answers: AnswerService
) -> None:
    answers.going_on.clear()
    second_client = stack.beside()
    with stack.serving(), second_client.client_apart():
        account = Account(stack, "anna@example.com")
        session = account.record("Before")
        with stack.client_apart():
            first = opened(browser, stack, account.user, f"?session={session}")
            second = opened(browser, second_client, account.user, f"?session={session}")
            settled(second)
            ask(first, "Why?")
            said(second, "Answer to:")
            said(second, "This answer is being written.")
            expect(second.get_by_role("button", name="Go on")).to_have_count(0)
            first.context.close()
        a_minute_later(stack)

        second.get_by_role("button", name="Go on").click()
        said(second, "Go on where you stopped.")
        answers.going_on.set()
        said(second, "Answer to: Go on where you stopped.")
        said(second, "Answer to:")
        # An answer is recorded only after it is drawn completely, and the run that drew it ends after that.
        expect(second.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
        settled(second)
        assert account.turns()[1:] == [
            ("Why?", "Answer to: "),
            ("Go on where you stopped.", "Answer to: Go on where you stopped."),
        ]
