"""The customer's page in a real browser: every state, by keyboard, without scripts, on small screens, live and not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SHOWN, Firm
from tests.browser.looks import SMALLEST, WIDER, break_off, faults_of, fits_and_is_accessible, to
from troth.runtime import links
from troth.runtime.clock import wall_clock

Open = Callable[..., Page]


class Held:
    """Keeps requests waiting."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __call__(self, route: Route) -> None:
        self._routes.append(route)

    def let_go(self, page: Page) -> None:
        """Let them go on, as those after them."""
        for route in self._routes:
            route.continue_()
        page.unroute("**/part*", self)


def test_what_is_wrong_would_be_found(opened: Open, addresses: dict[str, str]) -> None:
    page = opened(addresses["well"])
    page.evaluate(
        """() => {
          document.querySelector(".answer .small").style.color = "#999";
          document.querySelector("main").append(Object.assign(document.createElement("img"), {src: "data:,"}));
        }"""
    )
    assert {one.partition(":")[0] for one in faults_of(page)} == {"image-alt", "color-contrast"}


@pytest.mark.parametrize("name", SHOWN)
def test_a_state_is_accessible_in_light_and_dark_and_fits(opened: Open, addresses: dict[str, str], name: str) -> None:
    fits_and_is_accessible(opened(addresses[name], viewport=SMALLEST))


@pytest.mark.parametrize("option", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_it_holds_in_other_ways_of_seeing(opened: Open, addresses: dict[str, str], option: dict[str, str]) -> None:
    page = opened(addresses["contradiction"], **option)
    assert faults_of(page) == []
    expect(page.get_by_text("We told you otherwise")).to_be_visible()


def test_it_fits_at_twice_the_text_and_in_german(opened: Open, addresses: dict[str, str]) -> None:
    page = opened(addresses["contradiction"] + "?lang=de", viewport={"width": 640, "height": 900})
    page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate(WIDER) <= 0
    assert page.locator("html").get_attribute("lang") == "de"
    assert faults_of(page) == []


def test_it_prints_what_is_read_and_no_buttons(opened: Open, addresses: dict[str, str]) -> None:
    page = opened(addresses["well"])
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("button:visible").count() == 0


def test_a_link_that_is_wrong_has_a_page_that_is_accessible(opened: Open, firm: Firm) -> None:
    page = opened(f"{firm.address}/s/nothing")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no page here.")
    assert faults_of(page) == []


def test_markup_is_read_and_breaks_no_policy(opened: Open, addresses: dict[str, str]) -> None:
    page = opened(addresses["ready"])
    body = json.loads(page.locator('script[type="application/ld+json"]').text_content() or "")
    assert body["orderStatus"] == "https://schema.org/OrderPickupAvailable"


def test_the_whole_way_without_scripts(opened: Open, firm: Firm, addresses: dict[str, str]) -> None:
    page = opened(firm.link("pickup/well"), java_script_enabled=False)
    page.get_by_role("button", name="Request: Cancel and get the money back").click()
    expect(page.locator("#said")).to_contain_text("only once this page says so")
    expect(page.get_by_text("You asked for this:")).to_be_visible()
    page.get_by_text("Something here is wrong").click()
    page.get_by_label("What is wrong?").fill("I ordered three, not two")
    page.get_by_role("button", name="Tell us, and a person looks into it").click()
    expect(page.locator("#said")).to_contain_text("opened a case")
    page.get_by_label("Please enter one of these").fill("0000")
    page.get_by_role("button", name="Show what is personal").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not what we know")
    page.get_by_label("Please enter one of these").fill("9876")
    page.get_by_role("button", name="Show what is personal").click()
    expect(page.get_by_text("ada@roe.example")).to_be_visible()
    expect(page.get_by_text("I ordered three, not two")).to_be_visible()
    page.get_by_role("button", name="Hide what is personal").click()
    expect(page.get_by_text("ada@roe.example")).to_have_count(0)
    seen = firm.service.look("pickup/well")
    assert seen is not None
    assert "complaint" in {case.kind for case in seen.record.cases}


def test_the_whole_way_by_keyboard(opened: Open, addresses: dict[str, str]) -> None:
    page = opened(addresses["moved"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert to(page, "Note that I want to be told of changes")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("We have noted your wish")
    assert to(page, "Something here is wrong")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("It is late already")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("opened a case")


def test_what_happens_is_seen_at_once_and_the_focus_stays(brief_firm: Firm, opened: Open) -> None:
    address = brief_firm.tell("ready")["ready"]
    page = opened(address)
    other = page.context.new_page()
    other.goto(address)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    page.get_by_text("Something here is wrong").click()
    page.get_by_label("What is wrong?").fill("Half a sen")
    brief_firm.event("pickup/ready", "pos", "pickup.handed_over")
    for one in (page, other):
        expect(one.get_by_role("heading", level=1)).to_have_text("You have collected your order.", timeout=8_000)
    expect(page.get_by_label("What is wrong?")).to_be_focused()
    expect(page.get_by_label("What is wrong?")).to_have_value("Half a sen")
    expect(page.locator("#announced")).to_contain_text("You have collected your order.")
    assert "You have collected your order." in page.title()


def test_it_can_be_paused_and_goes_on(brief_firm: Firm, opened: Open) -> None:
    page = opened(brief_firm.tell("ready")["ready"])
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#liveness")).to_have_attribute("data-state", "paused")
    brief_firm.event("pickup/ready", "pos", "pickup.handed_over")
    page.wait_for_timeout(800)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your order is ready to collect.")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have collected your order.")


def test_what_is_on_its_way_does_not_come_while_it_is_paused(brief_firm: Firm, opened: Open) -> None:
    page = opened(brief_firm.tell("ready")["ready"])
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    with page.expect_request("**/part*"):
        page.route("**/part*", held := Held())
        brief_firm.event("pickup/ready", "pos", "pickup.handed_over")
    page.get_by_role("button", name="Pause").click()
    held.let_go(page)
    page.wait_for_timeout(500)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your order is ready to collect.")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have collected your order.")


def test_what_broke_off_is_asked_for_again(brief_firm: Firm, opened: Open) -> None:
    page = opened(brief_firm.tell("ready")["ready"])
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    break_off(page)
    brief_firm.event("pickup/ready", "pos", "pickup.handed_over")
    page.wait_for_function("() => window.brokeOff")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have collected your order.")


def test_a_page_whose_stream_was_refused_becomes_live_again(brief_firm: Firm, opened: Open) -> None:
    page = opened(brief_firm.tell("ready")["ready"], frozen=True)
    page.route("**/live*", lambda route: route.fulfill(status=429))
    page.reload()
    page.clock.fast_forward(45_000)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "not")
    page.unroute("**/live*")
    page.clock.fast_forward(35_000)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")


def test_a_page_says_when_it_is_not_live_and_that_its_link_has_ended(brief_firm: Firm, opened: Open) -> None:
    address = brief_firm.tell("ready")["ready"]
    page = opened(address, frozen=True)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    brief_firm.stop()
    page.clock.fast_forward(30_000)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    page.clock.fast_forward(15_000)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "not")
    expect(page.locator("#liveness-words")).to_contain_text("Not live: last checked")
    assert faults_of(page) == []


def test_a_page_whose_link_is_revoked_says_so(brief_firm: Firm, opened: Open) -> None:
    page = opened(brief_firm.tell("ready")["ready"])
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    (link,) = links.all_links(brief_firm.store)
    links.revoke(brief_firm.store, link.id, now=wall_clock())
    brief_firm.event("pickup/ready", "pos", "pickup.handed_over")
    expect(page.locator("#liveness")).to_have_attribute("data-state", "ended", timeout=8_000)
    expect(page.locator("#liveness-words")).to_have_text("This link has ended.")


def test_all_tabs_share_one_stream(firm: Firm, opened: Open, addresses: dict[str, str]) -> None:
    page = opened(addresses["cancelled"])
    streams: list[str] = []
    page.context.on("request", lambda sent: streams.append(sent.url) if "/live" in sent.url else None)
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    tabs: list[Any] = [page.context.new_page() for _ in range(4)]
    for tab in tabs:
        tab.goto(addresses["cancelled"])
        expect(tab.locator("#liveness")).to_have_attribute("data-state", "live")
    assert len(streams) <= 1
