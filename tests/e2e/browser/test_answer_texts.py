"""Answers look in the browser as their writers intended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.answer_texts import TABLES
from tests.e2e.browser.browsing import WAIT
from tests.e2e.ports import free_port
from tests.e2e.stack import ROOT, START_SECONDS

IMAGES = os.environ.get("TEST_IMAGES")
"""The folder to keep screenshots in; they are not kept otherwise."""
# Writes down the visible text, in the notation of the tables.
READ = r"""
(root) => {
  const begun = (text) => text.replace(/^[\s⏎]+/, "");
  const inner = (node) => [...node.childNodes].map(read).join("");
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    if (node.matches("[data-testid=stHeaderActionElements]")) return "";
    if (node.matches(".katex-display")) return ` ⏎ ⟪${tex(node)}⟫ ⏎ `;
    if (node.matches(".katex")) return `⟨${tex(node)}⟩`;
    if (node.matches("[data-testid=stMarkdownPre], [data-testid=stCode]")) {
      const code = node.querySelector("code");
      const language = /language-(?!plaintext)(\w+)/.exec(code.className)?.[1];
      return ` ⏎ [${language ? `${language}: ` : ""}${code.textContent}] ⏎ `;
    }
    switch (node.tagName) {
      case "P": return ` ⏎ ${inner(node)} ⏎ `;
      case "CODE": return "`" + inner(node) + "`";
      case "A": return `[${inner(node)} → ${node.getAttribute("href")}]`;
      case "STRONG": return `**${inner(node)}**`;
      case "EM": return `*${inner(node)}*`;
      case "DEL": return `~~${inner(node)}~~`;
      case "LI": {
        const number = node.parentElement.start + [...node.parentElement.children].indexOf(node);
        return ` ${node.parentElement.tagName === "OL" ? `${number}.` : "•"} ${begun(inner(node))}`;
      }
      case "OL": case "UL": return ` ⏎ ${inner(node)} ⏎ `;
      case "INPUT": return node.checked ? "☑" : "☐";
      case "BLOCKQUOTE": return ` ⏎ > ${begun(inner(node))} ⏎ `;
      case "H1": return ` ⏎ # ${inner(node)} ⏎ `;
      case "TD": case "TH": return `| ${inner(node)} `;
      case "TR": return `${inner(node)}| `;
      case "IMG": case "SVG": return `(picture ${node.outerHTML})`;
      case "BUTTON": return "";
      default: return inner(node);
    }
  };
  const tex = (node) => node.querySelector("annotation").textContent;
  return read(root);
}
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    page = Path(__file__).with_name("answer_texts_page.py")
    options = ("--server.port", str(port), "--server.headless", "true")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(page), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(address):
            assert process.poll() is None, "Streamlit does not start"
            assert time.monotonic() < deadline, "Streamlit does not answer"
            time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_stcore/health").is_success
    except httpx.TransportError:
        return False


def read(page: Page, place: int) -> str:
    """The visible text of an answer, in the notation of the tables."""
    drawn = page.locator(f".st-key-drawn-{place}")
    blocks = " ".join(str(drawn.evaluate(READ)).replace("\u200b", "").split()).split("⏎")
    return " ⏎ ".join(filter(None, map(str.strip, blocks)))


@pytest.mark.parametrize("name", TABLES)
def test_an_answer_is_seen_as_it_was_meant(browser: Browser, address: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 900, "height": 800})
    page.goto(f"{address}/?table={name}", timeout=WAIT)
    expect(page.get_by_text("All are drawn.")).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    if IMAGES:
        Path(IMAGES).mkdir(parents=True, exist_ok=True)
        main = page.get_by_test_id("stMain")
        page.set_viewport_size({"width": 900, "height": main.evaluate("(m) => m.scrollHeight")})
        page.screenshot(path=f"{IMAGES}/answers-{name}.png")

    table = TABLES[name]
    assert {text: read(page, place) for place, text in enumerate(table)} == table
    page.close()
