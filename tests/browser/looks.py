"""How tests look at a page: what axe finds, what does not fit, what cannot be hit, whether it says that it is old."""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, TAGS, Firm

SMALLEST: Final[Any] = {"width": 320, "height": 640}
"""The smallest screen that pages are made for."""
_AXE: Final = """async (only) => {
  const found = await axe.run(document, {runOnly: only});
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}"""
WIDER: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL: Final = """() => [...document.querySelectorAll("a, button, input, textarea, summary")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility() && !one.closest("p.small") && !one.matches(".skip"))
  .map((one) => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""


COVERED: Final = """() => {
  const line = document.querySelector("#liveness").getBoundingClientRect();
  return [...document.querySelectorAll("main :is(a, button, input, summary, h1, h2)")]
    .filter((one) => one.checkVisibility() && !one.closest("#liveness")).filter((one) => {
      const box = one.getBoundingClientRect();
      return box.top < line.bottom && box.bottom > line.top && box.left < line.right && box.right > line.left;
    }).map((one) => one.textContent.trim());
}"""


def faults_of(page: Page, *rules: str) -> list[str]:
    """Return what axe finds wrong with a page: by all rules, or only some."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: tools/node.sh")
    if not page.evaluate("() => 'axe' in window"):
        # A script tag of its own would break the page's policy; the debugger's door does not.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": TAGS}
    found: list[str] = page.evaluate(_AXE, only)
    return found


def fits_and_is_accessible(page: Page) -> None:
    """Look at a page that is open on the smallest screen: light and dark, small and wide."""
    assert page.evaluate(WIDER) <= 0
    assert faults_of(page) == []
    assert page.evaluate(SMALL) == []
    page.emulate_media(color_scheme="dark")
    assert faults_of(page, "color-contrast") == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.evaluate(WIDER) <= 0
    assert page.locator("h1").count() == 1


def says_that_it_is_not_live(page: Page, firm: Firm) -> None:
    """Stop the server of a page of staff whose clock is frozen: it says so where it is seen, wherever one reads."""
    line = page.locator("#liveness")
    expect(line).to_have_attribute("data-state", "live")
    firm.stop()
    page.clock.fast_forward(45_000)
    expect(line).to_have_attribute("data-state", "not")
    expect(line).to_contain_text("Not live: last checked")
    expect(line).to_be_in_viewport(ratio=1)
    assert page.evaluate(COVERED) == []
    # The clock of the page is the one that the rest of it goes by: of English without a region, up to 24.
    assert page.locator("#liveness-words").inner_text().endswith(tuple("0123456789"))
    here = page.evaluate("() => location.pathname + location.search")
    expect(line.get_by_role("link", name="Look again")).to_have_attribute("href", here)
    assert faults_of(page) == []


def says_that_one_is_signed_out(page: Page) -> None:
    """End the session of whoever has a page of staff open: it says so, leads to sign in, and offers nothing else."""
    line = page.locator("#liveness")
    expect(line).to_have_attribute("data-state", "live")
    page.context.clear_cookies()
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(line).to_have_attribute("data-state", "ended")
    expect(line).to_contain_text("Signed out: nothing can be done here until you sign in.")
    expect(line).to_be_in_viewport(ratio=1)
    # Its place is its own: what it stands before when one reads further down comes out when one scrolls up.
    page.evaluate("() => scrollTo(0, 0)")
    assert page.evaluate(COVERED) == []
    assert page.locator("main form[method=post] button:enabled").count() == 0
    assert faults_of(page) == []
    path = page.evaluate("() => location.pathname")
    line.get_by_role("link", name="Sign in").click()
    expect(page.locator("input[name=next]")).to_have_value(path)


def break_off(page: Page) -> None:
    """Let the next answer break off: its head comes, with the tag of its version, and then nothing more."""
    page.evaluate("""() => {
        const whole = Response.prototype.text;
        Response.prototype.text = async () => {
            Response.prototype.text = whole;
            window.brokeOff = true;
            throw new TypeError("network error");
        };
    }""")


def to(page: Page, name: str, most: int = 40) -> bool:
    """Go on by Tab until something of this name has the focus, which can be seen; return whether it got there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        text, width = page.evaluate(
            "() => [document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineWidth]"
        )
        if text == name:
            return bool(width == "3px")
    return False
