"""Signing in in a real browser: by keyboard, without scripts, on small screens, in light, dark and forced colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect

from tests.browser.conftest import Firm, signed_in
from tests.browser.looks import SMALL, WIDER, faults_of
from troth.runtime import audit, passwords, sessions, staff
from troth.runtime.clock import wall_clock

Open = Callable[..., Page]
PASSWORD = "correct horse battery"  # noqa: S105 - of a test


@pytest.fixture(scope="module", autouse=True)
def ann(firm: Firm) -> Iterator[str]:
    """Return the name of an account with a password; hashing costs little here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords._nobody.cache_clear()
        staff.create(firm.store, "ann", role="admin", now=wall_clock(), password=PASSWORD, shown="Ann Example")
        yield "ann"
    passwords._nobody.cache_clear()


def checked(page: Page, *, wide: int = 1280) -> None:
    """Look at a page on all screens: nothing too wide, nothing too small, nothing that axe finds."""
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(SMALL) == []
    assert faults_of(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults_of(page, "color-contrast") == []
    page.emulate_media(color_scheme="light", forced_colors="active")
    assert page.evaluate(WIDER) <= 0
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": wide, "height": 900})
    assert page.evaluate(WIDER) <= 0
    assert faults_of(page, "color-contrast") == []


def test_one_signs_in_by_keyboard_errs_once_and_signs_out(opened: Open, firm: Firm) -> None:
    page = opened(f"{firm.address}/account")
    assert page.url == f"{firm.address}/sign-in?next=/account"
    checked(page)
    # The name has the focus already.
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type("not my password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The name or the password is not right.")
    checked(page)
    expect(page.get_by_label("Name")).to_have_value("ann")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{firm.address}/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed in as Ann Example.")
    checked(page)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent.trim()") == "Sign out":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in?said=out")
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.go_back()
    page.reload()
    assert "/sign-in" in page.url


def test_it_works_without_scripts_and_with_text_twice_as_large(opened: Open, firm: Firm) -> None:
    page = opened(f"{firm.address}/sign-in?next=/account", java_script_enabled=False)
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed in as Ann Example.")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("status").first).to_have_text("That is kept.")
    large = signed_in(opened, firm, "reader", "/account", viewport={"width": 640, "height": 800})
    large.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    assert large.evaluate(WIDER) <= 0


def test_a_session_that_is_over_leads_to_the_page_where_one_signs_in(opened: Open, firm: Firm) -> None:
    page = signed_in(opened, firm, "associate", "/account")
    for session in sessions.stored(firm.store, "abe"):
        sessions.end(firm.store, session)
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was changed")
    page.goto(f"{firm.address}/account")
    assert page.url.endswith("/sign-in?next=/account")


def test_the_audit_and_what_a_role_does_not_allow_read_well(opened: Open, firm: Firm) -> None:
    audit.note(firm.store, audit.Entry(wall_clock(), "abe", "case", "refused", "/tx/pickup/1", "pickup/1", "c1"))
    page = signed_in(opened, firm, "admin", "/audit")
    expect(page.get_by_role("heading", level=1)).to_contain_text("What staff did")
    checked(page)
    page.get_by_label("Who").fill("abe")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row")).to_have_count(1 + len(list(audit.entries(
        firm.store, until=wall_clock() + 1, who="abe"
    ))))  # fmt: skip
    refused = signed_in(opened, firm, "reader", "/audit")
    expect(refused.get_by_role("heading", level=1)).to_have_text("Your role does not allow this.")
    checked(refused)
