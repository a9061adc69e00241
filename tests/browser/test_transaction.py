"""The page of one subject in a real browser: its states, by keyboard, without scripts, small, live, as known before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Firm, noon, signed_in
from tests.browser.looks import SMALLEST, WIDER, faults_of, fits_and_is_accessible, says_that_it_is_not_live, to

Open = Callable[..., Page]
STATES = ("contradiction", "unknown", "disputed", "closed")


@pytest.fixture(scope="module")
def told(firm: Firm) -> Firm:
    """Return a firm with a subject in each state."""
    firm.tell(*STATES, "well", "ready", "at_risk", "moved")
    firm.customer(noon())
    return firm


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_accessible_in_light_and_dark_and_fits(opened: Open, told: Firm, name: str) -> None:
    page = signed_in(opened, told, "associate", f"/tx/pickup/{name}", viewport=SMALLEST)
    assert page.evaluate(WIDER) <= 0
    page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    fits_and_is_accessible(page)


@pytest.mark.parametrize("path", ["?tick=4", "/shoes?step=3", "/preview?message=apology&channel=sms"])
def test_what_hangs_on_it_is_accessible_and_fits(opened: Open, told: Firm, path: str) -> None:
    page = signed_in(
        opened, told, "associate", f"/tx/pickup/contradiction{path}", viewport={"width": 320, "height": 640}
    )
    assert page.evaluate(WIDER) <= 0
    assert faults_of(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults_of(page, "color-contrast") == []
    assert page.locator("h1").count() == 1


def test_it_holds_without_colour_and_at_twice_the_text(opened: Open, told: Firm) -> None:
    page = signed_in(
        opened,
        told,
        "associate",
        "/tx/pickup/contradiction",
        forced_colors="active",
        viewport={"width": 640, "height": 900},
    )
    expect(page.get_by_text("This one disagrees: more was said than is so")).to_be_visible()
    assert faults_of(page) == []
    page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate(WIDER) <= 0


def test_what_nobody_has_heard_of_has_a_page_with_a_way_on(opened: Open, told: Firm) -> None:
    page = signed_in(opened, told, "reader", "/tx/pickup/nobody")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody has heard of pickup/nobody.")
    assert faults_of(page) == []
    page.locator("#find-here").fill("well")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Message, state and action line up")


def test_the_whole_way_without_scripts(opened: Open, told: Firm) -> None:
    page = signed_in(opened, told, "associate", "/tx/pickup/contradiction", java_script_enabled=False)
    case = page.locator("section.case").first
    case.get_by_role("button", name="Take it").click()
    expect(page.locator("#said")).to_contain_text("You have it now")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("Nobody has it now")
    page.get_by_label("What went wrong, what we do, and when we speak again").check()
    page.get_by_role("button", name="See it before it is sent").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fill in what it has to say")
    expect(page.get_by_role("button", name="Send it")).to_be_disabled()
    page.get_by_label("Cause").fill("It was mislaid")
    page.get_by_label("Next step").fill("We search")
    page.get_by_label("Next word at").fill("2031-03-02T18:00")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("It may go now")
    page.get_by_role("button", name="Send it").click()
    expect(page.locator("#said")).to_contain_text("Asked for")
    page.get_by_role("button", name="Show what was known then").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The customer believes")
    page.get_by_role("link", name="One moment earlier").click()
    expect(page.get_by_text("This is how it was known")).to_be_visible()
    assert page.locator("main form[method=post]").count() == 0


def test_a_case_is_worked_by_keyboard_alone(opened: Open, told: Firm) -> None:
    page = signed_in(opened, told, "lead", "/tx/pickup/disputed")
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    page.keyboard.press("o")
    expect(page.locator("#said")).to_contain_text("You have it now")
    # A key means something when the page's scripts are there.
    page.wait_for_load_state()
    page.keyboard.press("u")
    expect(page.locator("#said")).to_contain_text("Nobody has it now")
    page.wait_for_load_state()
    assert to(page, "Write a note", most=60)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("ox: letters are letters here")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Your note is kept")
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()


def test_the_slider_says_where_it_stands_and_their_way_is_walked_by_arrows(opened: Open, told: Firm) -> None:
    page = signed_in(opened, told, "reader", "/tx/pickup/ready")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#tick-says")).not_to_have_text("now")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tick-says")).to_have_text("now")
    page.get_by_role("link", name="In their shoes").click()
    # A key means something when the page that it is meant for is there.
    page.wait_for_url("**/shoes*")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("step 2 of")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("step 1 of")).to_be_visible()


def test_news_come_by_themselves_and_leave_what_is_being_written(opened: Open, told: Firm) -> None:
    page = signed_in(opened, told, "associate", "/tx/pickup/at_risk")
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    expect(page.get_by_text("State: Collected")).to_have_count(0)
    place = page.locator("#find")
    place.fill("half a num")
    told.event("pickup/at_risk", "pos", "pickup.handed_over")
    expect(page.get_by_text("State: Collected")).to_be_visible()
    expect(place).to_be_focused()
    expect(place).to_have_value("half a num")


def test_who_else_is_looking_is_seen(opened: Open, told: Firm) -> None:
    first = signed_in(opened, told, "admin", "/tx/pickup/moved")
    expect(first.locator("#liveness")).to_have_attribute("data-state", "live")
    second = signed_in(opened, told, "associate", "/tx/pickup/moved")
    expect(second.get_by_text("ada is looking at this, too.")).to_be_visible()


def test_a_server_that_is_gone_is_said_to_be(opened: Open, brief_firm: Firm) -> None:
    brief_firm.tell("well")
    page = signed_in(opened, brief_firm, "reader", "/tx/pickup/well", frozen=True)
    says_that_it_is_not_live(page, brief_firm)
