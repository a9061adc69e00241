"""The explorer in a real browser: diagram, counts as they change, by keyboard, without scripts, narrow, dark, large."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Firm, Open, signed_in
from tests.browser.looks import WIDER, faults_of

_TOUCHING = """() => {
  const texts = [...document.querySelectorAll(".graph text")];
  const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
  const near = ([a, one], [b, other]) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  return boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => near(one, other)).map((other) => one[0]));
}"""
_BURST = """() => [...document.querySelectorAll(".graph .node")].filter((node) => {
  const box = node.querySelector(".box").getBoundingClientRect();
  return [...node.querySelectorAll("text")].some((text) => {
    const inner = text.getBoundingClientRect();
    return inner.left < box.left || inner.right > box.right;
  });
}).map((node) => node.dataset.node)"""
STEP = "/packs/store_pickup/steps?scenario=collected_as_promised&at=2"
PATHS = ("/packs", "/packs/store_pickup", "/packs/store_pickup/changes", STEP, "/packs/store_pickup/subjects")
_UNFOLD = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"
_DRAWN = ("/packs/store_pickup", STEP)
"""Those with a diagram, which has colours of its own."""


def test_every_page_is_accessible_light_dark_and_forced_and_fits(opened: Open, firm: Firm) -> None:
    firm.tell("ready", "closed", "late")
    for path in PATHS:
        page = signed_in(opened, firm, "lead", path, viewport={"width": 320, "height": 640})
        expect(page.locator("ul.at-narrow")).to_be_visible(visible=path == "/packs/store_pickup")
        page.evaluate(_UNFOLD)
        assert page.evaluate(WIDER) <= 0, path
        assert faults_of(page) == [], path
        page.emulate_media(color_scheme="dark")
        assert faults_of(page, "color-contrast") == [], path
        page.emulate_media(color_scheme="light", forced_colors="active")
        if path in _DRAWN:
            assert faults_of(page, "color-contrast") == [], path
            expect(page.get_by_text("scroll it sideways")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(forced_colors="none")
        expect(page.get_by_text("scroll it sideways")).to_be_hidden()
        page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%')")
        assert page.evaluate(WIDER) <= 0, path
        assert page.locator("h1").count() == 1
        page.context.close()


def test_no_labels_of_the_diagram_touch_and_none_leaves_its_box(opened: Open, firm: Firm) -> None:
    for path in ("/packs/store_pickup", "/packs/customer", STEP):
        page = signed_in(opened, firm, "reader", path)
        assert page.locator(".graph .node").count() >= 3
        assert page.evaluate(_TOUCHING) == []
        assert page.evaluate(_BURST) == []
        page.context.close()


def test_sections_are_folded_a_link_unfolds_one_and_paper_has_all(opened: Open, firm: Firm) -> None:
    page = signed_in(opened, firm, "reader", "/packs/store_pickup", java_script_enabled=False)
    facts, timers = page.locator("#facts table"), page.locator("#timers table")
    expect(facts).to_be_hidden()
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Facts").click()
    expect(facts).to_be_in_viewport()
    expect(timers).to_be_hidden()
    page.emulate_media(media="print")
    expect(timers).to_be_visible()
    # A sheet of A4 between its margins.
    page.set_viewport_size({"width": 718, "height": 1000})
    assert page.evaluate(WIDER) <= 0


def test_counts_change_in_their_places_and_the_focus_stays(brief_firm: Firm, opened: Open) -> None:
    page = signed_in(opened, brief_firm, "reader", "/packs/store_pickup")
    expect(page.locator("#liveness")).to_have_attribute("data-state", "live")
    ready = page.locator('.graph a[data-node="ready"]')
    expect(ready.locator(".note")).to_have_text("0")
    ready.focus()
    brief_firm.tell("ready")
    expect(ready.locator(".note")).to_have_text("1", timeout=15_000)
    expect(ready).to_be_focused()
    expect(page.locator("[data-said]")).to_contain_text("1 subject")
    page.context.clear_cookies()
    brief_firm.tell("well")
    expect(page.locator("#liveness")).to_have_attribute("data-state", "ended", timeout=15_000)
    expect(page.locator("#liveness-words")).to_contain_text("Signed out")
    expect(page.locator("#liveness-pause")).to_be_hidden()


def test_the_way_by_keyboard_from_a_state_to_its_subjects(opened: Open, firm: Firm) -> None:
    page = signed_in(opened, firm, "reader", "/packs/store_pickup")
    page.locator('.graph a[data-node="ready"]').focus()
    assert page.locator(".graph.is-picked .edge.is-near").count() > 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("in the state ready")


def test_a_story_is_composed_and_stepped_through_without_scripts(opened: Open, firm: Firm) -> None:
    page = signed_in(opened, firm, "reader", "/packs/store_pickup/steps", java_script_enabled=False)
    page.get_by_label("What happens", exact=True).select_option("order.placed")
    page.get_by_role("button", name="Choose this event").click()
    page.get_by_label("promised_by", exact=True).fill("soon")
    page.get_by_role("button", name="Add it to the story").click()
    expect(page.get_by_text("S112")).to_be_visible()
    page.get_by_label("promised_by", exact=True).fill("4h")
    page.get_by_role("button", name="Add it to the story").click()
    expect(page.locator(".graph .lit")).to_contain_text("placed")
    page.get_by_label("What happens", exact=True).select_option("pick.started")
    page.get_by_role("button", name="Choose this event").click()
    page.get_by_role("button", name="Add it to the story").click()
    expect(page.locator(".graph .lit")).to_contain_text("preparing")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".graph .lit")).to_contain_text("placed")


def test_a_broken_pasted_pack_is_answered_with_its_problems(opened: Open, firm: Firm) -> None:
    page: Any = signed_in(opened, firm, "lead", "/packs/store_pickup/changes")
    page.get_by_label("The whole pack.yaml").fill("pack: store_pickup\nversion: one\n")
    page.get_by_role("button", name="Show what it would change").click()
    expect(page.get_by_role("heading", name="What is wrong")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("It cannot be compared")
    assert faults_of(page) == []
