"""The console's streams: a list is told of what it shows, looked at once for all who watch it, never for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.console_kit import ONE, told
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.test_live import until
from troth.engine.journal import JOURNAL
from troth.engine.project import OPEN_CASE
from troth.errors import LedgerError, Place, Problem
from troth.runtime.service import CaseAction, Complaint
from troth.runtime.work import fold
from troth.surfaces.web import live
from troth.surfaces.web.console.routes import QUEUE, ConsolePages
from troth.surfaces.web.staff.room import StaffRoom


@pytest.fixture
def busy(house: House) -> House:
    """Return a server of a firm with three customers in trouble."""
    told(house, ONE)
    return house


def own(house: House, subject: str, owner: str) -> None:
    """Have somebody take the first case of a subject."""
    seen = house.service.look(subject)
    assert seen is not None
    case = next(case for case in seen.record.cases if case.id and case.closed_at is None)
    house.later(0.05)
    house.service.act(CaseAction("own", subject, case.id, owner)).result(10)


def streams(room: StaffRoom, *queries: str) -> list[AsyncGenerator[bytes, None]]:
    """Return streams of lists, each with its person before its query."""
    return [
        room.hub.stream(f"{QUEUE}\n{live.ALL}\n{query}", f"{QUEUE}:{number}", "")
        for number, query in enumerate(queries)
    ]


def test_a_list_is_told_of_what_it_shows_and_of_nothing_else(busy: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.7)
    room = StaffRoom(busy.context)
    ConsolePages(room)

    async def run() -> tuple[list[bytes], str, str]:
        bern, mine = streams(room, "\t?store=bern", "abe\t?mine=1")
        for stream in (bern, mine):
            await until(stream, "change")
        await asyncio.to_thread(own, busy, "pickup/contradiction", "eva")
        quiet = [await anext(bern), await anext(bern)]
        await asyncio.to_thread(own, busy, "pickup/late", "abe")
        changes = await until(bern, "change"), await until(mine, "change")
        for stream in (bern, mine):
            await stream.aclose()
        return quiet, *changes

    quiet, bern, mine = asyncio.run(run())
    assert {event.split(b"\n")[0] for event in quiet} == {b"event: beat"}
    assert "event: change\n" in bern
    assert "pickup" not in bern + mine, "a stream tells no content"


def test_many_who_watch_one_list_cost_one_look(busy: House) -> None:
    room = StaffRoom(busy.context)
    pages = ConsolePages(room)
    looks: list[str] = []

    def look(watched: str) -> live.Version:
        looks.append(watched)
        return pages._watched(watched)

    room.watch(QUEUE, look)

    async def run() -> None:
        watching = streams(room, *["\t"] * 20)
        for stream in watching:
            await until(stream, "change")
        before = len(looks)
        await asyncio.to_thread(own, busy, "pickup/late", "abe")
        for stream in watching:
            await until(stream, "change")
        # Once for the event, and once more for what another process may have taken in.
        assert len(looks) - before <= 2
        for stream in watching:
            await stream.aclose()

    asyncio.run(run())


def test_a_promise_that_passes_is_told_without_an_event(house: House) -> None:
    told(house, {"at_risk": "pickup/at_risk"})
    room = StaffRoom(house.context)
    pages = ConsolePages(room)
    due = pages._board.look().again_at

    async def run() -> str:
        (stream,) = streams(room, "\t?overdue=1")
        await until(stream, "change")
        house.turn(due)
        told_ = await until(stream, "change")
        await stream.aclose()
        return told_

    assert "event: change\n" in asyncio.run(run())


def test_a_ledger_that_cannot_be_read_is_said_on_a_page(busy: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = busy.staff("lead")
    assert client.get("/console").status_code == 200
    busy.later(1)

    def fails(*_: object, **__: object) -> None:
        raise LedgerError(Problem(Place(path="disk"), "L102", "the disk is full", "room", "make some"))

    monkeypatch.setattr(busy.store, "watermarks", fails)
    answer = client.get("/console")
    assert answer.status_code == 503
    assert "We cannot answer at the moment." in words(answer.text)


def test_what_is_new_is_found_however_it_came(busy: House) -> None:
    pages = ConsolePages(StaffRoom(busy.context))
    before = len(pages._board.look().opened)
    busy.service.complain(Complaint("pickup/late", "where is it", channel="sms")).result(10)
    busy.later(0.1)
    assert len(pages._board.look().opened) == before + 1
    assert pages._board.look() is pages._board.look(), "what is fresh is not worked out again"


def test_what_history_left_open_is_not_said_to_be_well(busy: House, make: Callable[..., House]) -> None:
    """Failures that a replay finds have no case that somebody opened: the console says so, and lists none of them."""
    later = make()
    later.turn(busy.now)
    for stored in busy.store.tail(after=0, limit=100_000):
        if stored.event.source != JOURNAL:
            later.store.append([stored.event], pack=busy.context.nouns.pack_of(stored.event.subject))
    later.store.advance(busy.store.watermarks())
    fold(later.store, later.context.packs, now=later.now)
    shown = later.staff("reader").get("/console.json").json()
    headline = shown["headline"]
    assert (headline["cases"], shown["cases"]) == (0, [])
    assert headline["unopened"] == len(later.store.entries(OPEN_CASE)) > 1
    assert headline["tone"] == "unknown"
    page = words(later.staff("reader").get("/console").text)
    assert "# No case has been opened here." in page
    assert f"{headline['unopened']} failures that imported history holds are not known to be over" in page
    assert "Nothing is wrong" not in page
