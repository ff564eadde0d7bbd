"""How a page looks and works: cut-off text, accessibility barriers, and actions that the keyboard misses."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.stack import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
SCREENS = os.environ.get("TEST_SCREENS")
"""The folder to keep screenshots in, for people to look at; they are not kept otherwise."""
TALLEST = 2600
# Text that extends beyond the window or beyond an ancestor that hides or shortens it. Text for screen readers
# is in boxes one pixel wide or high.
_CUT = """() => {
  const drawn = "style, script, svg, canvas, [data-testid=stIconMaterial], [data-collapsed=true]";
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.data.trim(), holder = node.parentElement;
    if (!text || !holder.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (holder.closest(drawn)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const is = range.getBoundingClientRect();
    let cut = is.width && (is.right > innerWidth + 1 || is.left < -1);
    for (let each = holder; each && each !== document.body; each = each.parentElement) {
      const box = each.getBoundingClientRect(), style = getComputedStyle(each);
      if (box.width <= 1 || box.height <= 1) { cut = false; break; }
      if (each.id === "stMain") break;
      if (["auto", "scroll"].includes(style.overflowX)) { cut = false; break; }
      if (style.overflowX === "visible") continue;
      if (is.right > box.right + 1 || is.left < box.left - 1) cut = true;
    }
    if (cut) found.push(text.slice(0, 80));
  }
  return found;
}"""
_ACTIONS = """() => {
  const wanted =
    "button, a[href], input:not([type=hidden]), textarea, select, [role=button], [role=combobox]";
  const usable = (each) =>
    !each.disabled && each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }) &&
    !each.closest("[inert], [aria-hidden=true]");
  window.walked = new Set();
  addEventListener("focusin", ({ target }) => window.walked.add(target));
  window.actions = [...document.querySelectorAll(wanted)].filter(usable);
  document.activeElement.blur();
  return window.actions.length;
}"""
# In a group of exclusive choices Tab reaches only one; the arrow keys reach the others.
_LEFT_OUT = """() => {
  const group = (each) => each.closest("[role=radiogroup], fieldset") ?? each;
  const reached = new Set([...window.walked].map(group));
  const missed = window.actions.filter((each) => each.isConnected && !reached.has(group(each)));
  return missed.map((each) => each.ariaLabel || each.innerText || each.outerHTML.slice(0, 200));
}"""


def cut_texts(page: Page) -> list[str]:
    """The beginnings of the texts that can't be read to their end."""
    found: list[str] = page.evaluate(_CUT)
    return found


def barriers(page: Page) -> list[dict[str, Any]]:
    """Violations that axe-core calls serious or critical; skips the test without axe-core."""
    if not AXE.exists():
        hint = "axe-core is not installed: run `npm ci`"
        if os.environ.get("CI") == "true":
            pytest.fail(hint)
        pytest.skip(hint)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        {"rule": rule["id"], "where": json.dumps([node["target"] for node in rule["nodes"]])}
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]


def missed_by_keyboard(page: Page) -> list[str]:
    """The names of actions that Tab does not reach, even on a second pass through the page: a page that is
    redrawn meanwhile may lose the focus on the first."""
    stops = page.evaluate(_ACTIONS) + 20
    found: list[str] = []
    for _ in range(2):
        for _ in range(stops):
            page.keyboard.press("Tab")
        page.evaluate("document.activeElement.blur()")
        found = page.evaluate(_LEFT_OUT)
        if not found:
            break
    return found


def keep_pictures(page: Page, name: str, *widths: int) -> None:
    """Keep screenshots of the whole page at these widths."""
    if not SCREENS:
        return
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(400)
        height = page.evaluate("document.getElementById('stMain').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(max(height, 800), TALLEST)})
        page.wait_for_timeout(400)
        page.screenshot(path=Path(SCREENS) / f"{name}-{width}.png")
