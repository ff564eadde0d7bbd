"""The theme that somebody prefers, in a real browser."""

from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import Stack

WAIT = 60_000
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(23, 22, 20)"


def prefer(client: Stack, user: str, theme: str) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{client.api_port}/graphql",
        headers={"X-Recollect-Dev-User": user},
        json={
            "query": "mutation ($theme: Theme!) { updatePreferences(input: {preferences:"
            " {uiSettings: {theme: $theme}}}) { userErrors { message } } }",
            "variables": {"theme": theme},
        },
    ).json()
    assert answer["data"]["updatePreferences"]["userErrors"] == []


def opened(page: Page, client: Stack, user: str, path: str, loads: list[str]) -> None:
    page.set_default_timeout(WAIT)
    page.on("load", lambda loaded: loads.append(loaded.url))
    page.goto(f"{client.url}/{path}?user={user}")


def expect_background(page: Page, colour: str) -> None:
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", colour, timeout=WAIT)


def test_each_person_sees_the_theme_they_prefer_after_one_load_at_most(
    browser: Browser, tmp_path: Path
) -> None:
    client = Stack(tmp_path)
    with client.running():
        prefer(client, "dana@example.com", "DARK")
        prefer(client, "lea@example.com", "LIGHT")
        context = browser.new_context(color_scheme="light")
        dark, light = context.new_page(), context.new_page()
        loads: dict[str, list[str]] = {"dark": [], "light": []}

        # Both in one browser, which has one storage.
        opened(dark, client, "dana@example.com", "", loads["dark"])
        expect_background(dark, DARK)
        opened(light, client, "lea@example.com", "preferences", loads["light"])
        expect_background(light, LIGHT)
        expect(light.get_by_role("heading", name="Preferences")).to_be_visible()
        expect_background(dark, DARK)

        light.get_by_role("combobox", name="Theme").click()
        light.get_by_role("option", name="Dark").click()
        expect_background(light, DARK)
        expect(light.get_by_text("chosen by you")).to_be_visible()
        light.get_by_role("link", name="Library").click()
        expect(light.get_by_role("heading", name="Library")).to_be_visible()
        expect_background(light, DARK)

        assert len(loads["dark"]) <= 2
        assert len(loads["light"]) <= 3
        assert "lea@example.com" in light.url.replace("%40", "@")
        context.close()
