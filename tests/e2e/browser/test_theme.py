"""How the pages look in a real browser: the theme that a user prefers, the font, the icon."""

import re
import time
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.browsing import DARK, LIGHT, WAIT, Account, dressed, settled
from tests.e2e.stack import Stack


def prefer(client: Stack, user: str, **looks: str) -> None:
    document = (
        "mutation ($looks: UISettingsInput!) { updatePreferences(input: {preferences:"
        " {uiSettings: $looks}}) { userErrors { message } } }"
    )
    done = Account(client, user).post(document, looks=looks)
    assert done["updatePreferences"]["userErrors"] == []


def opened(page: Page, client: Stack, user: str, path: str, loads: list[str]) -> None:
    page.set_default_timeout(WAIT)
    page.on("load", lambda loaded: loads.append(loaded.url))
    page.goto(f"{client.url}/{path}?user={user}")


def test_each_person_sees_the_theme_they_prefer_at_once_or_after_one_more_load(
    browser: Browser, client: Stack
) -> None:
    prefer(client, "dana@theme.example", theme="DARK")
    prefer(client, "lea@theme.example", theme="LIGHT")
    context = browser.new_context(color_scheme="light")
    dark, light = context.new_page(), context.new_page()
    loads: dict[str, list[str]] = {"dark": [], "light": []}

    # Both in one browser, which has one storage.
    opened(dark, client, "dana@theme.example", "", loads["dark"])
    dressed(dark, DARK)
    opened(light, client, "lea@theme.example", "preferences", loads["light"])
    dressed(light, LIGHT)
    expect(light.get_by_role("heading", name="Preferences")).to_be_visible()
    dressed(dark, DARK)

    settled(light)
    theme = light.get_by_role("combobox", name="Theme")
    theme.fill("Dark")  # a click would scroll the page to it, which closes its list
    theme.press("Enter")
    dressed(light, DARK)
    expect(light.get_by_text("Yours", exact=True)).to_be_visible()
    light.get_by_role("link", name="Library").click()
    expect(light.get_by_role("heading", name="Library")).to_be_visible()
    dressed(light, DARK)

    assert len(loads["dark"]) == 1
    assert len(loads["light"]) <= 3
    again: list[str] = []
    opened(light, client, "lea@theme.example", "privacy", again)
    expect(light.get_by_role("heading", name="Privacy", exact=True)).to_be_visible()
    dressed(light, DARK)
    assert len(again) == 1
    assert "lea@theme.example" in light.url.replace("%40", "@")
    context.close()


def test_pages_ask_nothing_of_any_other_address(browser: Browser, client: Stack) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    icon = page.locator("link[rel='shortcut icon']")
    for name in ("Library", "Insights", "Preferences", "Privacy"):
        opened(page, client, "noa@theme.example", name.lower(), [])
        # Otherwise the page that is reloaded for its theme could replace the next one.
        dressed(page, DARK)
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        # A browser without a window asks for no icon, so its address is read.
        expect(icon).to_have_attribute("href", re.compile("^data:image/svg"))
    account = Account(client, "noa@theme.example")
    session = account.record("Show me", "![a chart](https://pictures.example/chart?said=me)")
    page.goto(f"{client.url}/?session={session}&user={account.user}")
    expect(page.get_by_role("link", name="a chart")).to_be_visible()
    page.close()

    assert asked
    assert {urlsplit(url).hostname for url in asked} <= {"127.0.0.1", None}, asked


def test_every_bar_has_its_label_in_the_largest_font(browser: Browser, client: Stack) -> None:
    user = "mia@theme.example"
    prefer(client, user, fontSize="LARGE")
    Account(client, user).record("How do tides work?", "The moon pulls.", responseTimeMs=4)
    page = browser.new_page()
    opened(page, client, user, "insights", [])
    heading = page.get_by_role("heading", name="Response times")
    empty = page.get_by_text("Nothing in this period.")
    deadline = time.monotonic() + 60
    expect(heading.or_(empty)).to_be_visible()
    while empty.is_visible():
        assert time.monotonic() < deadline, "the mirror stays empty"
        page.reload()
        expect(heading.or_(empty)).to_be_visible()
    for label in ("Half", "95 %", "99 %"):
        drawn = page.locator("svg.marks text", has_text=label)
        expect(drawn).to_have_css("opacity", "1", timeout=WAIT)
    page.close()
