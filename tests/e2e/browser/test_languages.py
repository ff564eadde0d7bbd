"""The pages in the language of the browser and, once it is chosen, of the person."""

from playwright.sync_api import Browser, expect

from tests.e2e.browser.browsing import WAIT, Account, dressed, opened, settled
from tests.e2e.stack import Stack

SPEAK = """
mutation ($language: String!) {
  updatePreferences(input: {preferences: {languagePreference: $language}}) { userErrors { message } }
}
"""


def test_the_browser_s_language_holds_until_the_person_chooses_one(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "greta@languages.example")
    account.record("Wie spät ist es?")
    page = browser.new_context(locale="de-DE", timezone_id="Europe/Berlin").new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{client.url}/?user={account.user}")
    dressed(page)
    settled(page)
    expect(page.get_by_placeholder("Stellen Sie eine Frage")).to_be_visible()
    expect(page.get_by_role("link", name="Bibliothek")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("Heute", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")

    account.post(SPEAK, language="en")
    page.goto(f"{client.url}/library?user={account.user}")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.get_by_role("link", name="Privacy")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.context.close()


def test_a_page_changes_its_language_at_once_and_what_is_chosen_on_it_still_counts(
    browser: Browser, client: Stack
) -> None:
    page = opened(browser, client, "hans@languages.example", "preferences")
    page.get_by_role("combobox", name="Language").fill("Deutsch")
    page.get_by_role("option", name="Deutsch · German", exact=True).click()
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    page.get_by_text("Knapp", exact=True).click()
    expect(page.get_by_text("Ihre Wahl", exact=True)).to_have_count(2)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.context.close()
