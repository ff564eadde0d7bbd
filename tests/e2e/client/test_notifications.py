"""The notice of changes about to happen to sessions, and the links in mails."""

import asyncio
import time
from typing import Any

from stores.keys import session_key
from stores.ports import Update
from stores.records import Profile
from stores.sqlite.store import SQLiteStore
from tests.e2e.client.app_pages import captions, keys, new_page, open_page, press, run
from tests.e2e.served_api import ServedApi

DAY = 86_400_000_000
PINNED = "query ($id: ID!) { viewer { session(id: $id) { pinned } } }"


def idle(api: ServedApi, session: str) -> None:
    """Make a session idle for six days."""

    async def write() -> None:
        store = await SQLiteStore.open(api.folder / "store.sqlite")
        ((owner, _),) = await store.scan(Profile, None, 2)
        key = session_key(owner.uid, session.removeprefix("Session."))
        touched = time.time_ns() // 1000 - 6 * DAY
        await store.commit([Update(key, set={"touched_at": touched})])
        await store.close()

    asyncio.run(write())


def pinned(api: ServedApi, session: str) -> Any:
    return api.query(PINNED, id=session)["viewer"]["session"]["pinned"]


def test_a_notice_on_the_next_visit_is_dismissed_everywhere(api: ServedApi) -> None:
    idle(api, api.record("About to be archived"))
    page = run(new_page())
    (dismissal,) = keys(page, "dismiss-")
    assert any("will be archived on" in caption for caption in captions(page))
    other = run(new_page())
    press(page, dismissal)
    assert keys(page, "dismiss-") == []
    assert keys(run(new_page()), "dismiss-") == []
    press(other, dismissal)
    assert keys(other, "dismiss-") == []


def test_a_session_is_pinned_from_its_notice(api: ServedApi) -> None:
    session = api.record("About to be archived")
    idle(api, session)
    page = run(new_page())
    (pin,) = keys(page, "pin-Notification")
    press(page, pin)
    assert pinned(api, session)
    assert keys(page, "dismiss-") == []


def test_a_link_of_a_mail_changes_nothing_before_its_button_is_pressed(api: ServedApi) -> None:
    session = api.record("About to be archived")
    page = new_page(session=session)
    page.query_params["do"] = "pin"
    run(page)
    assert not pinned(api, session)
    press(page, "offered-pin")
    assert pinned(api, session)
    assert keys(page, "offered-") == []


def test_the_preferences_page_says_that_no_mail_server_is_set_up(api: ServedApi) -> None:
    page = open_page("preferences")
    assert any("No mail server is set up here" in caption for caption in captions(page))
