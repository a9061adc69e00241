"""The console in a real browser: a shift by keyboard, without scripts, news in two browsers, two people at one case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SETTINGS, Firm, signed_in
from tests.browser.looks import SMALL, WIDER, faults_of, says_that_it_is_not_live, says_that_one_is_signed_out
from tests.unit.surfaces.web.conftest import NAMES
from tests.unit.surfaces.web.stories import STORIES, Story, tell_all
from troth.model.times import MINUTE
from troth.runtime import staff
from troth.runtime.clock import wall_clock
from troth.runtime.service import CaseAction, Complaint

Open = Callable[..., Page]
WRONG = ("contradiction", "late", "at_risk", "contradiction")


def trouble(firm: Firm, *names: str) -> None:
    """Tell stories that go wrong, each of a customer of its own, so that they end a quarter of an hour ago."""

    def turn(at: int) -> None:
        firm._told = at

    stories = {f"pickup/{name}-{number}": own(STORIES[name], number) for number, name in enumerate(names)}
    beat = lambda marks: firm.service.heartbeat(marks).result(10)  # noqa: E731
    end = wall_clock()
    tell_all(stories, end - 15 * MINUTE, turn, firm.accept, beat)
    for minutes in (10, 5, 0):
        turn(end - minutes * MINUTE)
        hear(firm)
    firm._told = None


def own(story: Story, number: int) -> Story:
    """Return a story of a customer of its own, in a store."""
    more = {"customer": f"customer/{number}", "attributes": {"store": ("basel", "bern")[number % 2]}}
    steps = [(at, who, kind, data | more if kind == "order.placed" else data) for at, who, kind, data in story.steps]
    return Story(tuple(steps), story.ends)


def hear(firm: Firm) -> None:
    """Have all feeds say that they are alive."""
    names = {source.name for pack in firm._packs.values() for source in pack.sources}
    firm.service.heartbeat(dict.fromkeys(names, firm.now())).result(10)


@pytest.fixture(scope="module")
def shop() -> Iterator[Firm]:
    """Return a firm in trouble, served to all tests that change little."""
    made = Firm(SETTINGS)
    made.start()
    trouble(made, *WRONG)
    yield made
    made.close()


def test_every_state_is_accessible_and_fits(shop: Firm, opened: Open) -> None:
    page = signed_in(opened, shop, "lead", viewport={"width": 320, "height": 700})
    assert faults_of(page) == []
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(SMALL) == []
    page.locator("details summary").first.click()
    page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate(WIDER) <= 0
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.reload()
    assert faults_of(page, "color-contrast") == []
    assert page.evaluate(WIDER) <= 0
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light", forced_colors="active")
    assert faults_of(page, "color-contrast") == []
    page.emulate_media(forced_colors="none")
    page.goto(f"{shop.address}/console?unowned=1&q=zzz")
    expect(page.get_by_text("No case is like that.")).to_be_visible()
    assert faults_of(page) == []
    page.goto(f"{shop.address}/console")
    page.get_by_role("checkbox").first.check()
    page.locator("#bulk").get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("can be done.")
    assert faults_of(page) == []
    assert page.evaluate(SMALL) == []


def test_a_firm_without_cases_says_so_and_then_is_not_live(brief_firm: Firm, opened: Open) -> None:
    page = signed_in(opened, brief_firm, "associate", frozen=True, viewport={"width": 320, "height": 640})
    expect(page.get_by_role("heading", level=1)).to_have_text("No one is waiting on us.")
    assert faults_of(page) == []
    assert page.evaluate(WIDER) <= 0
    says_that_it_is_not_live(page, brief_firm)


def test_many_can_be_done_once_some_are_chosen_and_nothing_once_one_is_signed_out(shop: Firm, opened: Open) -> None:
    page = signed_in(opened, shop, "lead", viewport={"width": 320, "height": 640})
    take, why = page.locator("#bulk").get_by_role("button", name="Take"), page.locator("#bulk-why")
    expect(take).to_be_disabled()
    expect(why).to_contain_text("Nothing is chosen yet")
    page.get_by_role("checkbox").first.check()
    expect(take).to_be_enabled()
    expect(why).to_contain_text("Nothing is done before you have seen")
    says_that_one_is_signed_out(page)


def test_a_shift_by_keyboard(shop: Firm, opened: Open) -> None:
    for subject in ("pickup/late-1", "pickup/contradiction-0"):
        # Whatever the other tests have done: nobody has the worst cases when the shift begins.
        seen = shop.service.look(subject)
        for case in seen.record.cases if seen is not None else ():
            shop.service.act(CaseAction("release", subject, case.id, "eva")).result(10)
    page = signed_in(opened, shop, "lead")
    first = page.locator("li.case").first
    key = first.get_attribute("data-key")
    mine = page.locator(f"#case-{key}")
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("#said")).to_contain_text("You have it now.")
    expect(mine).to_be_focused()
    expect(mine).to_contain_text("You have it")
    page.keyboard.press("u")
    expect(page.locator("#said")).to_contain_text("Undone.")
    expect(mine).to_contain_text("Nobody has it")
    page.locator("body").press("j")
    page.keyboard.press("n")
    page.keyboard.type("the desk looks in the other room")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("The note is written.")
    page.keyboard.press("x")
    expect(page.locator("#announced")).to_contain_text("Cannot be closed clean yet")
    expect(page.locator("li.case textarea").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("li.case:focus")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("at_risk")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=at_risk"))
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("#chosen-count")).to_have_text("1 chosen:")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"{shop.address}/console")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tx/pickup/"))


def test_a_dry_run_is_confirmed_and_undone_by_keyboard(shop: Firm, opened: Open) -> None:
    page = signed_in(opened, shop, "lead", "/console?store=bern&unowned=1")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.locator("#bulk button").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Take cases: 1 of 1 can be done.")
    page.get_by_role("button", name="Do it for 1").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done: 1 of 1.")
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page.get_by_text("Nobody has it, as before.")).to_be_visible()


def test_single_keys_can_be_switched_off(shop: Firm, opened: Open) -> None:
    page = signed_in(opened, shop, "associate")
    staff.set_wishes(shop.store, NAMES["associate"], locale="en", zone="UTC", shortcuts=False)
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("li.case:focus")).to_have_count(0)
    staff.set_wishes(shop.store, NAMES["associate"], locale="en", zone="UTC", shortcuts=True)


def test_without_scripts_everything_can_be_done(shop: Firm, opened: Open) -> None:
    page = signed_in(opened, shop, "lead", "/console?unowned=1", java_script_enabled=False)
    page.get_by_role("button", name="Take it").first.click()
    expect(page.locator("#said")).to_contain_text("You have it now.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("Undone.")
    page.locator("summary").last.click()
    page.locator("li.case").last.get_by_role("button", name="It was a false alarm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Something is missing.")
    page.get_by_label("Note").fill("the shelf had it all the time")
    page.get_by_role("button", name="It was a false alarm").click()
    expect(page.locator("#said")).to_contain_text("closed as a false alarm")
    page.get_by_role("link", name="Closed lately").click()
    page.get_by_role("button", name="Open it again").first.click()
    expect(page.locator("#said")).to_contain_text("The case is open again.")


def test_news_are_seen_with_two_browsers_and_nothing_moves(shop: Firm, opened: Open) -> None:
    watching = signed_in(opened, shop, "associate")
    acting = signed_in(opened, shop, "lead", "/console?unowned=1")
    expect(watching.locator("#liveness")).to_have_attribute("data-state", "live")
    order = watching.locator("li.case").evaluate_all("(all) => all.map((one) => one.dataset.key)")
    key = acting.locator("li.case").last.get_attribute("data-key")
    watching.locator(f"#case-{key}").focus()
    acting.locator(f"#case-{key}").get_by_role("button", name="Take it").click()
    expect(watching.locator(f"#case-{key}")).to_contain_text("Lea has it")
    expect(watching.locator("#news-words")).to_have_text("1 changed")
    expect(watching.locator(f"#case-{key}")).to_be_focused()
    shop.service.complain(Complaint("pickup/late-1", "where is it?", channel="sms")).result(10)
    expect(watching.locator("#news-words")).to_have_text("1 new, 1 changed")
    assert watching.locator("li.case").evaluate_all("(all) => all.map((one) => one.dataset.key)") == order
    watching.get_by_role("button", name="Show", exact=True).last.press("Enter")
    watching.locator("#news").wait_for(state="hidden")
    expect(watching.locator("li.case")).to_have_count(len(order) + 1)
    watching.get_by_role("button", name="Pause").click()
    expect(watching.locator("#liveness")).to_have_attribute("data-state", "paused")


def test_of_two_people_the_second_sees_what_the_first_did(shop: Firm, opened: Open) -> None:
    late = signed_in(opened, shop, "lead", "/console?store=basel", java_script_enabled=False)
    row = late.locator("li.case", has=late.locator('[data-act="own"][value="own"]')).first
    key, subject = row.get_attribute("data-key") or "", row.locator("code").inner_text()
    shop.service.act(CaseAction("own", subject, key, "eva")).result(10)
    row.locator('[data-act="own"]').click()
    expect(late.get_by_role("heading", level=1)).to_have_text("This case has changed since you saw it.")
    expect(late.get_by_text("eva took it")).to_be_visible()
    late.get_by_role("button", name="Take over from").click()
    expect(late.locator("#said")).to_contain_text("You have it now.")
