"""The documentation site in a browser: from a server under the strictest policy, and from a folder without one."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks import faults_of
from tests.repo.site import built

Open = Callable[..., Page]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'"
)
PAGES = (
    "index.html", "overview.html", "tutorial/first-steps.html", "how-to/serve.html", "reference/settings.html",
    "explanation/the-gate.html", "decisions/index.html", "glossary.html",
)  # fmt: skip
"""The front page, and one page of each kind."""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class _Files(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_said: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site."""
    return built(tmp_path_factory)


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Return where the site is served, under a policy that allows nothing but its own files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 320)])
def test_one_page_of_each_kind_is_clean_and_fits(opened: Open, address: str, scheme: str, width: int) -> None:
    page = opened(f"{address}/{PAGES[0]}", color_scheme=scheme, viewport={"width": width, "height": 800})
    for name in PAGES:
        if name != PAGES[0]:
            page.goto(f"{address}/{name}")
        assert page.locator("h1").count() == 1
        assert page.evaluate(WIDER) == 0, name
        assert faults_of(page) == [], name


def test_the_search_finds_a_page_by_keyboard_and_says_what_it_is_for(opened: Open, address: str) -> None:
    page = opened(f"{address}/index.html")
    page.keyboard.press("/")
    page.keyboard.type("quarantine")
    page.keyboard.press("Enter")
    result = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Replay what could not be accepted"))
    result.first.wait_for()
    assert "mend the cause" in result.first.inner_text().lower()
    assert faults_of(page) == []
    result.first.get_by_role("link").first.click()
    page.wait_for_url("**/how-to/replay-quarantine.html*")


def test_without_a_server_the_pages_and_the_search_work(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith("file:") else faults.append(sent.url))
    page.goto((folder / "index.html").as_uri())
    page.locator(".sidebar-search").fill("permit")
    page.keyboard.press("Enter")
    page.locator("ul.search .purpose").first.wait_for()
    page.locator("ul.search > li").nth(5).wait_for()
    page.close()
    assert not faults, faults


def test_the_chosen_look_stays_on_the_next_page(opened: Open, address: str) -> None:
    page = opened(f"{address}/index.html", color_scheme="light")
    page.locator(".theme-toggle:visible").first.click()
    chosen = page.locator("body").get_attribute("data-theme")
    assert chosen in {"dark", "light"}
    page.goto(f"{address}/glossary.html")
    assert page.locator("body").get_attribute("data-theme") == chosen


def test_without_scripts_every_page_is_there_and_the_menu_opens(opened: Open, address: str) -> None:
    page = opened(f"{address}/index.html", java_script_enabled=False)
    page.locator("nav.menu summary", has_text="How-to").click()
    page.get_by_role("link", name="Serve the gate over HTTP").first.click()
    assert page.url.endswith("/how-to/serve.html")
    assert page.locator("nav.menu a[aria-current=page]").count() == 1


def test_what_is_copied_of_a_session_is_the_commands(opened: Open, address: str) -> None:
    page = opened(f"{address}/tutorial/first-steps.html", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator(".highlight-console", has_text="troth import").first
    block.hover()
    block.get_by_role("button", name="Copy").click()
    block.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("troth import ")
    assert "$" not in copied
    assert "quarantined" not in copied


def test_on_paper_there_is_the_page_and_nothing_else(opened: Open, address: str) -> None:
    page = opened(f"{address}/how-to/serve.html")
    page.emulate_media(media="print")
    assert page.locator("article h1").is_visible()
    for away in ("nav.menu", ".toc-drawer", ".sidebar-search", "button.copy"):
        assert not page.locator(away).first.is_visible(), away
