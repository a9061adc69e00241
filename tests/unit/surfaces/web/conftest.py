"""A server with pages in the process: the real service on a ledger in memory, with a clock that tests turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from tests.unit.surfaces.web.stories import CUSTOMER, FEEDS, STORIES, SUBJECT, Story, tell
from troth.bootstrap import MEMORY, open_ledger
from troth.model.pack import Pack
from troth.model.times import MINUTE, Micros, format_instant, parse_instant
from troth.runtime import audit, catalog, links, passwords, sessions, staff
from troth.runtime.audit import Entry
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.surfaces.api.app import create_app
from troth.surfaces.api.context import Context, Store
from troth.surfaces.web.app import pages
from troth.surfaces.web.staff.porter import COOKIE

START: Micros = parse_instant("2026-03-02T08:00:00Z")
PACKS = ("store_pickup", "customer")
HTML = {"accept": "text/html,application/xhtml+xml"}
NAMES = {"reader": "rui", "associate": "abe", "lead": "lea", "admin": "ada"}
"""Role → the account of it that tests sign in with."""
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class House:
    """A server with pages, and what is behind it."""

    def __init__(self, packs: dict[str, Pack], settings: Settings, stack: ExitStack) -> None:
        self.now = START
        self.store: Store = open_ledger(settings.db or MEMORY)
        stack.callback(self.store.close)
        self.service = LiveService(self.store, packs, clock=lambda: self.now)
        stack.callback(self.service.close)
        self.context = Context(self.service, self.store, packs, settings)
        self.app = create_app(self.context, mounts=pages(self.context))
        self.client = stack.enter_context(TestClient(self.app, raise_server_exceptions=False, headers=HTML))

    def turn(self, now: Micros) -> None:
        """Set the clock."""
        self.now = now

    def accept(self, raw: dict[str, Any]) -> None:
        """Take in an event."""
        done = self.service.accept("", [raw]).result(10)
        assert done.accepted == 1, done

    def tell(self, story: Story | str, subject: str = SUBJECT) -> None:
        """Tell a story from now on."""
        found = STORIES[story] if isinstance(story, str) else story
        beat = lambda marks: self.service.heartbeat(marks).result(10)  # noqa: E731
        tell(found, self.now, self.turn, self.accept, beat, subject)

    def customer(self, **data: Any) -> None:
        """Make the customer known, with what is personal about them."""
        known = {"email": "ada@roe.example", "phone": "+41 61 555 98 76", "zone": "Europe/Zurich", "language": "en"}
        self.accept({
            "specversion": "1.0", "id": f"c-{self.now}", "source": "crm", "type": "customer.registered",
            "subject": CUSTOMER, "time": format_instant(self.now), "data": known | data,
        })  # fmt: skip

    def link(self, subject: str = SUBJECT, **more: Any) -> str:
        """Make a link and return the path of its page."""
        _, token = links.create(self.store, subject, now=self.now, **more)
        return f"/s/{token}"

    def later(self, minutes: float) -> None:
        """Let time pass."""
        self.now += round(minutes * MINUTE)

    def heard(self) -> None:
        """Have all feeds say that they are alive."""
        self.service.heartbeat(dict.fromkeys(FEEDS, self.now)).result(10)

    def view(self, path: str) -> dict[str, Any]:
        """Return a page as data."""
        response = self.client.get(f"{path}.json")
        assert response.status_code == 200, response.text
        shown: dict[str, Any] = response.json()
        return shown

    def send(self, path: str, **fields: str) -> Any:
        """Send a form of a page as its reader would, and return the answer."""
        found = CSRF.search(self.client.get(path).text)
        assert found is not None
        return self.client.post(path, data={"csrf": found[1]} | fields, follow_redirects=False)

    def staff(self, role: str, name: str = "", **more: Any) -> TestClient:
        """Return a client of somebody of the staff who is signed in; of `NAMES` where no name is given.

        Its cookies are its own: two of them are two people.
        """
        name = name or NAMES[role]
        account = staff.find(self.store, name)
        if account is None:
            staff.create(self.store, name, role=role, now=self.now, **more)
        _, token = sessions.begin(self.store, name, now=self.now, address="testclient")
        client = TestClient(self.app, raise_server_exceptions=False, headers=HTML, follow_redirects=False)
        client.cookies.set(COOKIE, token)
        return client


def submit(client: TestClient, page: str, to: str = "", **fields: Any) -> Any:
    """Send a form that is on a page of staff, and return the answer.

    Args:
        client: Of somebody who is signed in.
        page: The page that has a form token.
        to: Where the form goes; empty: to the page.
        fields: The form's; a list is a field that comes several times.
    """
    found = CSRF.search(client.get(page).text)
    assert found is not None, page
    return client.post(to or page, data={"csrf": found[1]} | fields, follow_redirects=False)


def entries(house: House) -> list[Entry]:
    """Return what the audit has, the earliest first."""
    return list(audit.entries(house.store, until=house.now + 1))[::-1]


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Have passwords hashed at little cost; what that is at its full cost is a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords._nobody.cache_clear()
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def packs() -> dict[str, Pack]:
    """Return the packs that tests serve."""
    return {name: catalog.load(name).compiled.require() for name in PACKS}


@pytest.fixture
def make(packs: dict[str, Pack]) -> Iterator[Callable[..., House]]:
    """Return what starts servers, of settings."""
    with ExitStack() as stack:
        yield lambda **settings: House(packs, Settings(**settings), stack)


@pytest.fixture
def house(make: Callable[..., House]) -> House:
    """Return a server of a firm that can be reached."""
    return make(
        firm="Basel Books", zone="Europe/Zurich", contact_phone="+41 61 555 00 00", contact_email="help@books.example",
        contact_hours="Monday to Friday, 9 to 18", page_rate_per_s=0,
    )  # fmt: skip
