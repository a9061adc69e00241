"""Real browsers against a real server: Debian's chromium, and `troth serve`'s own application on 127.0.0.1.

Without chromium or its driver the tests are skipped, and say so; tools/setup.sh installs it.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.unit.surfaces.web.conftest import NAMES
from tests.unit.surfaces.web.stories import CUSTOMER, STORIES, tell_all
from troth.bootstrap import open_ledger
from troth.model.times import HOUR, Micros, format_instant
from troth.runtime import catalog, links, sessions, staff
from troth.runtime.clock import wall_clock
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.surfaces.api.context import Context, Store
from troth.surfaces.api.serving import Server, address_of, listening
from troth.surfaces.web.staff.porter import COOKIE

FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
AXE = Path(__file__).parents[1] / "foreign" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN = tuple(name for name, story in STORIES.items() if not story.silent)
"""The stories that can be told side by side: a feed that is silent is so for all."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for one file of tests: an event loop runs with it, which other tests cannot do with."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, chromium_sandbox=False, args=list(FLAGS))
        yield started
        started.close()


def noon() -> str:
    """Return a zone where it is about noon now: a customer there is not asleep, whenever the tests run."""
    ahead = 12 - wall_clock() // HOUR % 24
    return f"Etc/GMT{-ahead:+d}"


class Firm:
    """A firm that is served: with the real service, on the real clock once its stories are told."""

    def __init__(self, settings: Settings) -> None:
        self.store: Store = open_ledger()
        self._packs = {name: catalog.load(name).compiled.require() for name in ("store_pickup", "customer")}
        self._told: Micros | None = None
        self.service = LiveService(self.store, self._packs, clock=self.now)
        self.settings = settings
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self.address = ""

    def now(self) -> Micros:
        """Return the moment: of the story that is being told, else the present."""
        return wall_clock() if self._told is None else self._told

    def accept(self, raw: dict[str, Any]) -> None:
        """Take in an event."""
        assert self.service.accept("", [raw]).result(10).accepted == 1

    def event(self, subject: str, source: str, kind: str, **data: Any) -> None:
        """Take in something that happens now."""
        now = format_instant(self.now())
        self.accept({
            "specversion": "1.0", "id": f"{subject}-{kind}-{now}", "source": source, "type": kind, "subject": subject,
            "time": now, "data": data,
        })  # fmt: skip

    def customer(self, zone: str = "Europe/Zurich") -> None:
        """Make the customer known."""
        self.event(CUSTOMER, "crm", "customer.registered", email="ada@roe.example", phone="+41 61 555 98 76",
                   zone=zone, language="en")  # fmt: skip

    def tell(self, *names: str) -> dict[str, str]:
        """Tell some stories that end now; return the address of the page of each, `pickup/<name>`."""

        def turn(at: Micros) -> None:
            self._told = at

        stories = {f"pickup/{name}": STORIES[name] for name in names}
        beat = lambda marks: self.service.heartbeat(marks).result(10)  # noqa: E731
        tell_all(stories, wall_clock(), turn, self.accept, beat)
        self._told = None
        return {name: self.link(f"pickup/{name}") for name in names}

    def link(self, subject: str, **more: Any) -> str:
        """Make a link; return the address of its page."""
        _, token = links.create(self.store, subject, now=wall_clock(), **more)
        return f"{self.address}/s/{token}"

    def start(self) -> None:
        """Serve."""
        reached = listening(self.settings)
        self.address = address_of(reached)
        context = Context(self.service, self.store, self._packs, self.settings)
        ready = threading.Event()
        self._server = Server(self.settings, context, ready.set)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [reached]}, daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None and self._thread is not None:
            self._server._context.stopping = True
            self._server.should_exit = True
            self._thread.join(10)

    def close(self) -> None:
        """Stop everything."""
        self.stop()
        self.service.close()
        self.store.close()


SETTINGS = Settings(
    port=0, open=True, firm="Basel Books", zone="Europe/Zurich", contact_phone="+41 61 555 00 00",
    contact_email="help@books.example", contact_hours="Monday to Friday, 9 to 18", page_rate_per_s=0, grace_s=0.2,
)  # fmt: skip


@pytest.fixture(scope="module")
def firm() -> Iterator[Firm]:
    """Return a firm that is served to all tests."""
    made = Firm(SETTINGS)
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def addresses(firm: Firm) -> dict[str, str]:
    """Return the page of each story."""
    found = firm.tell(*SHOWN)
    firm.customer()
    return found


@pytest.fixture
def brief_firm() -> Iterator[Firm]:
    """Return a firm that a test may stop."""
    made = Firm(SETTINGS)
    made.start()
    yield made
    made.close()


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Return what opens a page in a context of its own; nothing may be fetched from elsewhere, and no script fail."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(address: str, *, frozen: bool = False, cookies: Sequence[Any] = (), **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB"} | options)
        context.add_cookies(cookies)
        contexts.append(context)
        page = context.new_page()
        host = re.match(r"http://[^/]+", address)
        assert host is not None
        own = host[0]
        page.on("request", lambda sent: None if sent.url.startswith(own) else faults.append(f"fetched {sent.url}"))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("console", lambda said: faults.append(said.text) if _is_fault(said.type, said.text) else None)
        if frozen:
            page.clock.install()
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults, faults


def signed_in(opened: Open, firm: Firm, role: str, path: str = "/console", **options: Any) -> Page:
    """Open a page as somebody of the staff who is signed in.

    Args:
        opened: The fixture.
        firm: The firm that is served.
        role: `reader`, `associate`, `lead` or `admin`.
        path: Which page.
        options: Of the browser's context, as for `opened`.
    """
    name = NAMES[role]
    if staff.find(firm.store, name) is None:
        staff.create(firm.store, name, role=role, now=wall_clock(), shown=name.capitalize())
    _, token = sessions.begin(firm.store, name, now=wall_clock())
    cookie = {"name": COOKIE, "value": token, "url": firm.address, "httpOnly": True, "sameSite": "Lax"}
    return opened(firm.address + path, cookies=[cookie], **options)


def _is_fault(kind: str, text: str) -> bool:
    """Return whether a line on the console says that something is wrong; what a server refuses is not its fault."""
    return kind == "error" and not any(sign in text for sign in ("net::ERR_", "status of 4"))
