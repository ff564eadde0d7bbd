"""Clicks and seconds in Chromium beside another checkout: `python -m bench.clicks PATH`.

Each task is done alternately in the client of this checkout and in that of PATH, such as a `git worktree` of
an earlier commit, which runs in this environment. A click is a press of the mouse or of a key that isn't
text.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.e2e.browser.browsing import WAIT, Account, settled
from tests.e2e.conftest import FLAGS
from tests.e2e.stack import Stack

REPETITIONS = 5
QUESTION = "How do I export my chats?"


def see(what: Locator) -> None:
    """Wait until it is visible, to within some 10 ms. Playwright's own waits poll less and less often: every
    half second or second by the time most tasks end."""
    deadline = time.monotonic() + WAIT / 1000
    while not what.is_visible():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not seen: {what}")
        time.sleep(0.01)


class Hand:
    """A user at a page, whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0
        self.side = page.get_by_test_id("stSidebar")

    def press(self, what: Locator) -> None:
        """Click on it."""
        see(what)
        self.clicks += 1
        what.click()

    def button(self, name: str) -> None:
        """Click on the visible button of that name."""
        self.press(
            self.page.get_by_role("button", name=name, exact=True).locator("visible=true").last
        )

    def write(self, field: Locator, text: str) -> None:
        """Click into a field, type, and press Enter."""
        self.press(field)
        field.fill(text)
        self.clicks += 1
        self.page.keyboard.press("Enter")

    def reads(self, text: str) -> None:
        """Wait until the open session shows a message with this text."""
        see(self.page.get_by_test_id("stChatMessage").get_by_text(text, exact=True).first)

    def choose(self, title: str, choice: str) -> None:
        """Choose from the menu of a session."""
        self.press(self.side.get_by_role("button", name=f"Menu of {title}", exact=True))
        self.press(self.page.get_by_role("menuitem", name=choice, exact=True))


def first_answer(hand: Hand) -> None:
    hand.write(hand.page.get_by_placeholder("Ask anything"), QUESTION)
    see(hand.page.get_by_role("button", name="Write again", exact=True).first)
    expect(hand.page.get_by_test_id("stChatMessage")).to_have_count(2)


def switch_session(hand: Hand) -> None:
    hand.press(hand.side.get_by_role("button", name="Where is Lisbon?", exact=True))
    hand.reads("In Portugal.")


def find_a_turn(hand: Hand) -> None:
    hand.write(hand.side.get_by_placeholder("Search your history"), "volcano")
    hand.press(hand.page.locator(".st-key-hit-0 button"))
    hand.reads("Some 3,400 metres.")


def edit_and_resend(hand: Hand) -> None:
    hand.button("Edit")
    field = hand.page.get_by_label("Edit your question")
    see(field)
    field.fill("Where is Porto?")
    hand.button("Send")
    hand.reads("2/2")


def rename(hand: Hand) -> None:
    hand.choose("Where is Lisbon?", "Rename")
    dialog = hand.page.get_by_role("dialog")
    see(dialog.get_by_label("Title"))
    dialog.get_by_label("Title").fill("Portugal")
    hand.press(dialog.get_by_role("button", name="Rename"))
    see(hand.side.get_by_role("button", name="Portugal", exact=True))


def export_one(hand: Hand) -> None:
    hand.choose("Where is Lisbon?", "Export")
    hand.button("Prepare")
    with hand.page.expect_download(timeout=WAIT):
        hand.press(hand.page.get_by_role("link", name="Download"))


Task = Callable[[Hand], None]
TASKS: dict[str, tuple[Task, bool]] = {
    "first answer": (first_answer, False),
    "switch session": (switch_session, False),
    "find a turn of last month": (find_a_turn, False),
    "edit and resend": (edit_and_resend, True),
    "rename": (rename, True),
    "export one chat": (export_one, True),
}
"""Each task, and whether it begins in the session that it concerns."""


def time_task(browser: Browser, stack: Stack, name: str, user: str) -> tuple[int, float]:
    """The clicks and the seconds that a task takes a new user, from the page at rest."""
    task, inside = TASKS[name]
    account = Account(stack, user)
    session = ""
    if task is not first_answer:
        old = "2026-10-20T10:00:00Z"
        account.record("How tall is that volcano?", "Some 3,400 metres.", timestamp=old)
        session = account.record("Where is Lisbon?", "In Portugal.")
        account.record("What else?", "Nothing.")
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{stack.url}/?user={user}" + (f"&session={session}" if inside else ""))
    settled(page)
    hand = Hand(page)
    began = time.perf_counter()
    task(hand)
    took = time.perf_counter() - began
    page.context.close()
    return hand.clicks, took


@contextmanager
def running(folder: Path, root: Path | None) -> Iterator[Stack]:
    """The API and the client of a checkout, or of this one."""
    folder.mkdir()
    stack = Stack(folder)
    stack.root = root or stack.root
    with stack.running():
        yield stack


@click.command()
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
@click.option("--repetitions", default=REPETITIONS, show_default=True)
@click.option("--only", multiple=True, type=click.Choice([*TASKS]), help="Do this alone.")
def main(path: Path, repetitions: int, only: Sequence[str]) -> None:
    """Print the clicks and the median seconds of each task, here and in the checkout at PATH."""
    if not (path / "client/app.py").exists():
        raise click.BadParameter(f"{path} is no checkout of Recollect")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise click.ClickException(
            "Chromium is not installed: on Debian, `apt-get install chromium`"
        )
    with (
        TemporaryDirectory() as folder,
        running(Path(folder) / "here", None) as here,
        running(Path(folder) / "there", path.resolve()) as there,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        click.echo("| Task | Clicks | before | Seconds | before |\n|---|---|---|---|---|")
        for name in only or TASKS:
            taken: dict[Stack, list[tuple[int, float]]] = {here: [], there: []}
            for number in range(repetitions):
                for stack, found in taken.items():
                    user = f"{name.replace(' ', '-')}-{number}@example.com"
                    found.append(time_task(browser, stack, name, user))
            cells = [
                f"{measure([row[column] for row in taken[stack]]):.{2 * column}f}"
                for column, measure in ((0, max), (1, median))
                for stack in (here, there)
            ]
            click.echo(f"| {name} | {' | '.join(cells)} |")
        browser.close()


if __name__ == "__main__":
    main()
