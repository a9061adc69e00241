"""The dashboard in a real browser: light, dark, forced colours, narrow, large, printed, by keyboard, without script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SETTINGS, Firm, Open, signed_in
from tests.browser.looks import SMALL, WIDER, break_off, faults_of
from troth.bootstrap import open_ledger
from troth.model.times import SECOND
from troth.runtime import catalog
from troth.runtime.live import LiveService
from troth.sim.conduct import conduct
from troth.sim.drivers import LiveDriver
from troth.sim.firm import START
from troth.sim.firm import Firm as Simulated
from troth.sim.world import PACKS
from troth.surfaces.web.dashboard.asked import Asked
from troth.surfaces.web.dashboard.desk import Desk, Outcome
from troth.surfaces.web.dashboard.words import Words
from troth.surfaces.web.dashboard.working import Working

_TOUCHING = """() => [...document.querySelectorAll("svg.chart")].filter((one) => one.checkVisibility())
  .flatMap((chart) => {
    const boxes = [...chart.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
    const near = ([a, one], [b, other]) => one.left < other.right - 1 && other.left < one.right - 1
      && one.top < other.bottom - 1 && other.top < one.bottom - 1;
    const frame = chart.getBoundingClientRect();
    const cut = boxes.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1);
    const touching = boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => near(one, other)));
    return [...cut, ...touching].map(([text]) => text);
  })"""
PATHS = (
    "/measures", "/measures/promise_reliability?over=all&step=day", "/measures/time_to_usable_outcome",
    "/measures?where=nothing_like_it", "/measures?at=2020-01-01",
)  # fmt: skip


class Measured(Firm):
    """A firm with some days of orders behind it, whose clock stands at their end."""

    def __init__(self) -> None:
        self.store = open_ledger()
        self._packs = catalog.gather(self.store, PACKS)
        driver = LiveDriver(self.store, self._packs, START)
        conduct(Simulated(7, START, orders=60, per_hour=2.0), driver)
        driver.service.close()
        self._told = driver._now
        self.service = LiveService(self.store, self._packs, clock=self.now)
        self.settings, self.address = SETTINGS, ""
        self._thread = self._server = None


@pytest.fixture(scope="module")
def measured() -> Iterator[Firm]:
    """Return the firm, served."""
    made = Measured()
    made.start()
    yield made
    made.close()


def look(opened: Open, firm: Firm, path: str, **options: object) -> Page:
    """Open a page, and wait until it has been worked out."""
    page = signed_in(opened, firm, "reader", path, **options)
    expect(page.locator("h1")).not_to_have_text("Working it out", timeout=60_000)
    return page


def test_every_page_is_accessible_in_light_dark_and_forced_colours_and_fits(opened: Open, measured: Firm) -> None:
    for path in PATHS:
        page = look(opened, measured, path, viewport={"width": 320, "height": 640})
        for details in page.locator("details").all():
            details.evaluate("(one) => { one.open = true; }")
        assert page.evaluate(WIDER) <= 0, path
        assert faults_of(page) == [], path
        assert page.evaluate(_TOUCHING) == [], path
        page.emulate_media(color_scheme="dark")
        assert faults_of(page, "color-contrast") == [], path
        page.emulate_media(color_scheme="light", forced_colors="active")
        assert faults_of(page, "color-contrast") == [], path
        page.emulate_media(forced_colors="none")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.evaluate(_TOUCHING) == [], path
        page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%')")
        assert page.evaluate(WIDER) <= 0, path
        assert page.locator("h1").count() == 1
        page.context.close()


def test_without_a_script_and_by_keyboard_a_number_leads_to_its_rows_and_they_to_a_subject(
    opened: Open, measured: Firm
) -> None:
    page = look(opened, measured, "/measures", java_script_enabled=False)
    number = page.locator("h2 a.num").first
    count = int(number.get_attribute("data-rows") or 0)
    number.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("behind this number", timeout=30_000)
    expect(page.locator("h1")).to_contain_text(f"{count:,}")
    assert page.locator("tbody tr").count() == min(count, 50)
    page.locator("tbody th a").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/tx/.+\?at="))


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_while_figures_are_worked_out_its_steps_are_told_and_then_they_are_shown(
    opened: Open, measured: Firm, monkeypatch: pytest.MonkeyPatch, script: bool
) -> None:
    real, answers = Desk.scene, [Working(4.0, 1234), *[Working(6.0, 4321)] * 2][: 3 if script else 1]

    async def slow(desk: Desk, asked: Asked, words: Words) -> Outcome:
        return answers.pop(0) if answers else await real(desk, asked, words)

    monkeypatch.setattr(Desk, "scene", slow)
    page = signed_in(opened, measured, "reader", "/measures?over=7d", java_script_enabled=script)
    expect(page.locator(".steps li").first).to_contain_text("1,234 read so far, for 4 seconds now")
    assert faults_of(page) == [] if script else True
    page.get_by_role("link", name="Look now").focus()
    if script:
        # An answer that does not come to its end is asked for again.
        break_off(page)
        expect(page.locator(".steps li").first).to_contain_text("4,321", timeout=10_000)
        expect(page.get_by_role("link", name="Look now")).to_be_focused()
    expect(page.locator("h1")).not_to_have_text("Working it out", timeout=60_000)
    assert page.url.endswith("/measures?over=7d")


def test_a_form_without_a_script_says_all_of_it_in_the_address(opened: Open, measured: Firm) -> None:
    page = look(opened, measured, "/measures?over=7d", java_script_enabled=False)
    page.locator(".ask-more summary").click()
    page.locator("#vs").select_option("year")
    page.locator(".ask-more button").click()
    assert "over=7d" in page.url
    assert "vs=year" in page.url


def test_targets_are_large_enough_for_a_finger(opened: Open, measured: Firm) -> None:
    page = look(opened, measured, "/measures", viewport={"width": 320, "height": 640})
    inline = "a.num, .small a, .lede a, .way a, .aim a, .plainrows a, .chip a, p.soft a, svg a"
    page.evaluate("(inline) => document.querySelectorAll(inline).forEach((one) => one.remove())", inline)
    assert page.evaluate(SMALL) == []


def test_it_prints_the_sentences_and_no_controls(opened: Open, measured: Firm) -> None:
    page = look(opened, measured, "/measures")
    page.emulate_media(media="print")
    expect(page.locator(".ask-more")).to_be_hidden()
    expect(page.locator("h2.says").first).to_be_visible()


def test_newer_data_are_told_of_and_nothing_is_drawn_anew(opened: Open, measured: Firm) -> None:
    page = look(opened, measured, "/measures")
    before = page.locator(".cards").inner_html()
    expect(page.locator("#newer")).to_be_hidden()
    measured._told = measured.now() + SECOND
    measured.customer()
    expect(page.locator("#newer")).to_be_visible(timeout=20_000)
    assert page.locator(".cards").inner_html() == before
    page.locator("#newer-show").click()
    expect(page.locator("h1")).not_to_have_text("Working it out", timeout=60_000)
    expect(page.locator("#newer")).to_be_hidden()
