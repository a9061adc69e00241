"""A simulated firm whose dashboard is looked at: its ledger in memory, served in the process, all of it read only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from typing import Any

from starlette.testclient import TestClient

from troth.bootstrap import open_ledger
from troth.runtime import catalog, sessions, staff
from troth.runtime.config import Settings
from troth.sim.conduct import conduct
from troth.sim.drivers import LiveDriver
from troth.sim.firm import START, Firm
from troth.sim.world import PACKS
from troth.surfaces.api.app import create_app
from troth.surfaces.api.context import Context, Store
from troth.surfaces.web.app import pages
from troth.surfaces.web.staff.porter import COOKIE

LINK = re.compile(r'<a class="num[^"]*" href="([^"]+)" data-rows="(\d+)"(?: data-exact="(\d+)")?[^>]*>([^<]*)</a>')
TRIES = 600


class Measured:
    """A firm that is served: its context, and a client of a reader who is signed in."""

    def __init__(self, stack: ExitStack, *, orders: int, per_hour: float, seed: int = 7, db: str = "") -> None:
        self.store: Store = open_ledger(db) if db else open_ledger()
        packs = catalog.gather(self.store, PACKS)
        driver = LiveDriver(self.store, packs, START)
        stack.callback(driver.close)
        if orders:
            conduct(Firm(seed, START, orders=orders, per_hour=per_hour), driver)
        self.context = Context(
            driver.service, self.store, packs, Settings(db=db, firm="Basel Books", zone="Europe/Zurich")
        )
        app = create_app(self.context, mounts=pages(self.context))
        self.client = stack.enter_context(TestClient(app, raise_server_exceptions=False, follow_redirects=False))
        now = self.context.now()
        if staff.find(self.store, "rea") is None:
            staff.create(self.store, "rea", role="reader", now=now)
        _, token = sessions.begin(self.store, "rea", now=now)
        self.client.cookies.set(COOKIE, token)

    def get(self, path: str) -> Any:
        """Return an answer, once it has been worked out."""
        for _ in range(TRIES):
            answer = self.client.get(path)
            working = answer.status_code == 202 or "<h1>Working it out</h1>" in answer.text
            if not working:
                return answer
        raise AssertionError(f"{path} is never worked out")

    def page(self, path: str) -> str:
        """Return a page, whole."""
        for _ in range(TRIES):
            answer = self.get(path)
            assert answer.status_code == 200, (path, answer.text[:2_000])
            if " data-waits" not in answer.text:
                return str(answer.text)
        raise AssertionError(f"{path} is never whole")

    def data(self, path: str) -> dict[str, Any]:
        """Return the data of a page."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.text[:2_000])
        found: dict[str, Any] = answer.json()
        return found


def numbers(page: str) -> list[tuple[str, int, int | None, str]]:
    """Return the numbers of a page: address of the rows, how many there are to be, and the text."""
    found = LINK.findall(page)
    return [
        (unescape(href), int(count), int(exact) if exact else None, unescape(text))
        for href, count, exact, text in found
    ]


@contextmanager
def measured(*, orders: int = 160, per_hour: float = 1.2, db: str = "") -> Iterator[Measured]:
    """Serve a firm of some orders, its ledger in a file if one is named."""
    with ExitStack() as stack:
        yield Measured(stack, orders=orders, per_hour=per_hour, db=db)
