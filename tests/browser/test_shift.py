"""A whole shift by keyboard: from signing in to signing out, with all that is done to cases in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SETTINGS, Firm, noon
from tests.browser.looks import to
from tests.unit.surfaces.web.stories import STORIES, Story, tell_all
from troth.runtime import passwords, staff
from troth.runtime.clock import wall_clock

Open = Callable[..., Page]
PASSWORD = "correct horse battery"  # noqa: S105 - of a test


@pytest.fixture
def shop() -> Iterator[Firm]:
    """Return a firm with a customer who came for nothing, and one for whom all has just been put right."""
    made = Firm(SETTINGS)
    made.start()

    def turn(at: int) -> None:
        made._told = at

    stories = {
        "pickup/wrong": STORIES["contradiction"], "pickup/again": STORIES["contradiction"],
        "pickup/over": Story(STORIES["remedied"].steps, 370),
    }  # fmt: skip
    beat = lambda marks: made.service.heartbeat(marks).result(10)  # noqa: E731
    tell_all(stories, wall_clock(), turn, made.accept, beat)
    made._told = None
    made.customer(noon())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords._nobody.cache_clear()
        staff.create(made.store, "lin", role="lead", now=wall_clock(), password=PASSWORD, shown="Lin Example")
        yield made
    passwords._nobody.cache_clear()
    made.close()


def enter(page: Page, name: str, most: int = 60) -> None:
    """Go on by Tab to what is called so, and press it."""
    assert to(page, name, most), name
    page.keyboard.press("Enter")


def by_tab(page: Page, wanted: str, key: str = "Tab") -> None:
    """Go on by Tab until something that matches has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(wanted)


def said(page: Page, text: str) -> None:
    """Wait until it is said that something was done."""
    expect(page.locator("#said")).to_contain_text(text)
    page.wait_for_load_state("load")


def go(page: Page, case: Locator) -> None:
    """Go down the list to a case, once keys are heard."""
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    for _ in range(40):
        # Whoever comes back is where they were: it may be this one already.
        if case.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("j")
    raise AssertionError(case)


def find(page: Page, words: str, address: str) -> None:
    """Look for something, from wherever one is, once keys are heard."""
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(address))


def test_a_whole_shift_without_a_mouse(opened: Open, shop: Firm) -> None:
    page = opened(f"{shop.address}/console")
    for key in ("lin", "Tab", PASSWORD, "Enter"):
        page.keyboard.press(key) if key in ("Tab", "Enter") else page.keyboard.type(key)
    expect(page.get_by_role("heading", level=1)).to_contain_text("being harmed now.")
    take(page)
    correct(page)
    inform_and_remedy(page)
    close(page)
    many(page)
    enter(page, "Your account: Lin Example")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed in as Lin Example.")
    enter(page, "Keep")
    expect(page.locator("#said")).to_be_visible()
    enter(page, "Sign out")
    page.wait_for_url(re.compile("/sign-in"))


def take(page: Page) -> None:
    """Find a case, go down and up, take it, take that back, and take it after all."""
    find(page, "pickup/wrong nothing", "q=pickup")
    expect(page.locator("li.case")).to_have_count(1)
    for key in "jk":
        page.keyboard.press(key)
    expect(page.locator("li.case").first).to_be_focused()
    for key, says in (("o", "You have it now."), ("u", "Undone.")):
        page.keyboard.press(key)
        said(page, says)
    page.locator("body").press("j")
    page.keyboard.press("o")
    said(page, "You have it now.")


def correct(page: Page) -> None:
    """Correct what was told: choose, look at it, fill in what it has to say, look again, send."""
    page.keyboard.press("c")
    page.wait_for_url(re.compile("/tx/pickup/wrong#tell"))
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    page.keyboard.press("c")
    expect(page.locator("[data-key=tell] input[type=radio]").first).to_be_focused()
    enter(page, "See it before it is sent")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fill in what it has to say")
    for words in ("It was mislaid", "We search"):
        by_tab(page, "input[name^=say-]:not([type])")
        page.keyboard.type(words)
    page.keyboard.press("Tab")
    page.keyboard.type("03032031")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("0600P")
    enter(page, "Look again", 8)
    expect(page.get_by_role("heading", level=1)).to_contain_text("It may go now")
    enter(page, "Send it")
    said(page, "Asked for:")


def inform_and_remedy(page: Page) -> None:
    """Inform in person, and note the remedy, to which the console's key leads."""
    enter(page, "They know already, from me")
    page.keyboard.press("Tab")
    page.keyboard.type("called them")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "Noted: the customer is informed.")
    enter(page, "Console")
    page.wait_for_url(re.compile("/console$"))
    go(page, page.locator("li.case", has_text="You have it"))
    page.keyboard.press("r")
    page.wait_for_url(re.compile("/tx/pickup/wrong#remedy-"))
    # The form is open, and Tab goes on in it.
    expect(page.locator("form:target")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("voucher")
    enter(page, "Note that it is put right", 6)
    said(page, "Noted: it is put right.")


def close(page: Page) -> None:
    """Close what is over, and undo that."""
    find(page, "pickup/over", "/tx/pickup/over")
    expect(page.get_by_role("heading", level=1)).to_contain_text("line up again")
    page.keyboard.press("x")
    said(page, "Closed, and something was left open.")
    page.keyboard.press("u")
    said(page, "Open again")


def many(page: Page) -> None:
    """Choose two, see what would be done, have it done, and undo it."""
    enter(page, "Console")
    page.wait_for_url(re.compile("/console$"))
    find(page, "pickup/again", "q=pickup")
    for key in ("j", "Space", "j", "Space"):
        page.keyboard.press(key)
    expect(page.locator("#chosen-count")).to_have_text("2 chosen:")
    by_tab(page, "#bulk button[value=own]", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Take cases: 2 of 2 can be done.")
    enter(page, "Do it for 2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done: 2 of 2.")
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page.get_by_text("Nobody has it, as before.")).to_have_count(2)
