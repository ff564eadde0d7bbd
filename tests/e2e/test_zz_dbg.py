from tests.e2e.test_browser_theme import *
def test_d(browser, tmp_path):
    client = Stack(tmp_path)
    with client.running():
        prefer(client, "dana@example.com", "DARK")
        page = browser.new_context(color_scheme="light").new_page()
        page.on("console", lambda m: print("CONSOLE", m.text[:300]))
        page.on("pageerror", lambda m: print("ERR", str(m)[:300]))
        page.on("load", lambda m: print("LOAD", m.url))
        page.goto(f"{client.url}/?user=dana@example.com")
        page.get_by_role("heading", name="New session").wait_for(timeout=60000)
        page.wait_for_timeout(6000)
        print(page.evaluate("JSON.stringify([localStorage, sessionStorage])"))
        print(page.evaluate("[...document.querySelectorAll('[data-testid=stHtml]')].map(e => e.outerHTML.slice(0,300))"))
        print(page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"))
