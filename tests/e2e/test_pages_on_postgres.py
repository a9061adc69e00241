"""The pages on PostgreSQL: of the same events they show what they show on a ledger in memory, to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.postgres_server import Server
from tests.unit.surfaces.web.conftest import PACKS, House, submit
from troth.runtime import catalog
from troth.runtime.config import Settings
from troth.runtime.privacy import KEYS
from troth.runtime.work import fold

pytestmark = pytest.mark.slow

_WORKING = 202
_PATIENCE = 60
"""How often a page is asked for; each time the answer takes a moment."""
TOLD = ("contradiction", "late", "well")
STAFF = (
    "/console.json", "/console.json?closed=1", "/packs.json", "/packs/store_pickup.json",
    "/measures/promise_reliability.json",
    *(f"/tx/pickup/{name}.json" for name in TOLD),
)  # fmt: skip


@pytest.fixture
def houses(postgres: Server) -> Iterator[tuple[House, House]]:
    """Return two firms of which the same is known: one in memory, to which stories were told, one on PostgreSQL."""
    packs = {name: catalog.load(name).compiled.require() for name in PACKS}
    with ExitStack() as stack:
        told, there = (House(packs, Settings(db=db, firm="Basel Books"), stack) for db in ("", postgres.database()))
        told.customer()
        for name in TOLD:
            told.tell(name, f"pickup/{name}")
        there.turn(told.now)
        for stored in told.store.tail(after=0, limit=100_000):
            pack = told.context.nouns.pack_of(stored.event.subject)
            there.store.append([stored.event], pack=pack)
        for key in told.store.keys(KEYS):
            there.store.put(key, told.store.get(key))
        there.store.advance(told.store.watermarks())
        for house in (told, there):
            fold(house.store, packs, now=house.now)
        yield told, there


def of_staff(house: House, path: str) -> Any:
    """Return a page of staff as data; one that is being worked on is asked for again."""
    client = house.staff("admin")
    response = next(one for _ in range(_PATIENCE) if (one := client.get(path)).status_code != _WORKING)
    assert response.status_code == 200, (path, response.text[:400])
    shown = response.json()
    # How many events a ledger has counted is its own affair.
    shown.pop("position", None)
    # So is how many of a pack's scenarios have been run already.
    if "scenarios" in shown:
        del shown["scenarios"], shown["pack"]["checking"]
    return shown


def test_everybody_sees_the_same_on_every_ledger(houses: tuple[House, House]) -> None:
    for path in STAFF:
        seen, there = (of_staff(house, path) for house in houses)
        assert seen == there, path
    for name in TOLD:
        seen, there = (house.view(house.link(f"pickup/{name}")) for house in houses)
        assert seen == there, name


def test_what_is_done_on_a_page_is_done_on_every_ledger(houses: tuple[House, House]) -> None:
    for house in houses:
        lead = house.staff("lead")
        case = of_staff(house, "/console.json")["cases"][0]
        shown = of_staff(house, f"{case['address']}.json")["cases"]
        version = next(one["version"] for one in shown if one["id"] == case["id"])
        answer = submit(lead, case["address"], do="own", case=case["id"], version=version)
        assert answer.status_code == 303, answer.text[:400]
        house.later(1)
        after = of_staff(house, "/console.json")["cases"]
        assert next(one for one in after if one["id"] == case["id"])["owner"] == "lea"
