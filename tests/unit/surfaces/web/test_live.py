"""Live: a stream tells only that there is another version; the part is fetched, and not sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.stories import SUBJECT
from troth.model.times import MINUTE, format_instant
from troth.runtime import links
from troth.surfaces.web import live
from troth.surfaces.web.live import Full, Hub
from troth.surfaces.web.status.reading import seen_of, version_of, watched


def hub_of(house: House) -> Hub:
    """Return what watches for the streams of a server."""
    return Hub(house.context, lambda subject: watched(house.context, subject))


async def until(stream: AsyncIterator[bytes], kind: str, most: int = 20) -> str:
    """Return the next event of a kind."""
    for _ in range(most):
        event = (await asyncio.wait_for(anext(stream), 5)).decode()
        if f"event: {kind}\n" in event:
            return event
    raise AssertionError(f"no {kind}")


def version(house: House) -> str:
    """Return the version of the subject."""
    seen = seen_of(house.context, SUBJECT)
    assert seen is not None
    return version_of(seen).tag


def collected(house: House) -> None:
    """Let the order be collected."""
    house.accept({
        "specversion": "1.0", "id": "till", "source": "pos", "type": "pickup.handed_over", "subject": SUBJECT,
        "time": format_instant(house.now), "data": {},
    })  # fmt: skip


def test_a_change_is_told_once_with_its_version_and_no_content(house: House) -> None:
    house.tell("ready")
    before = version(house)

    async def run() -> tuple[str, str, str]:
        stream = hub_of(house).stream(SUBJECT, "tx:1", before)
        first = (await anext(stream)).decode()
        beat = await until(stream, "beat")
        await asyncio.to_thread(collected, house)
        change = await until(stream, "change")
        house.context.stopping = True
        await stream.aclose()
        return first, beat, change

    first, beat, change = asyncio.run(run())
    after = version(house)
    assert first == "retry: 2000\n\n"
    assert beat == "event: beat\ndata: tx:1\n\n"
    assert before != after
    assert change == f"event: change\nid: {after}\ndata: tx:1\n\n"


def test_a_reader_with_an_old_version_is_told_at_once(house: House) -> None:
    house.tell("ready")

    async def run() -> str:
        stream = hub_of(house).stream(SUBJECT, "tx:1", "old")
        change = await until(stream, "change", 2)
        await stream.aclose()
        return change

    assert f"id: {version(house)}\n" in asyncio.run(run())


def test_what_time_alone_changes_is_told_too(house: House) -> None:
    house.tell("well")
    before = version(house)

    async def run() -> str:
        stream = hub_of(house).stream(SUBJECT, "tx:1", before)
        await until(stream, "beat")
        house.turn(house.now + 240 * MINUTE)
        change = await until(stream, "change")
        await stream.aclose()
        return change

    assert before not in asyncio.run(run())


def test_what_happens_to_others_is_not_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.6)
    house.tell("ready")
    before = version(house)

    async def run() -> list[bytes]:
        stream = hub_of(house).stream(SUBJECT, "tx:1", before)
        await until(stream, "beat")
        other = {"specversion": "1.0", "id": "1", "source": "oms", "type": "order.placed", "subject": "pickup/other"}
        await asyncio.to_thread(house.accept, other)
        told = [await anext(stream), await anext(stream)]
        await stream.aclose()
        return told

    assert {one.split(b"\n")[0] for one in asyncio.run(run())} == {b"event: beat"}


def test_no_more_streams_are_served_than_may_be(make: Callable[..., House]) -> None:
    house = make(page_streams=1, page_rate_per_s=0)
    house.tell("well")

    async def run() -> None:
        hub = hub_of(house)
        first = hub.stream(SUBJECT, "tx:1", "")
        await anext(first)
        with pytest.raises(Full):
            await anext(hub.stream(SUBJECT, "tx:2", ""))
        await first.aclose()
        again = hub.stream(SUBJECT, "tx:3", "")
        await anext(again)
        await again.aclose()

    asyncio.run(run())


def test_one_link_cannot_take_the_streams_of_others(house: House) -> None:
    house.tell("well")

    async def run() -> None:
        hub = hub_of(house)
        taken = [hub.stream(SUBJECT, "tx:1", "") for _ in range(live._OF_ONE)]
        for one in taken:
            await anext(one)
        with pytest.raises(Full):
            await anext(hub.stream(SUBJECT, "tx:1", ""))
        other = hub.stream(SUBJECT, "tx:2", "")
        await anext(other)
        for one in (*taken, other):
            await one.aclose()

    asyncio.run(run())


def test_asking_only_for_the_head_of_a_stream_opens_none(house: House) -> None:
    house.tell("well")
    answer = house.client.head(f"{house.link()}/live")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_a_server_that_serves_no_streams_says_when_to_come_again(make: Callable[..., House]) -> None:
    house = make(page_streams=0, page_rate_per_s=0)
    house.tell("well")
    answer = house.client.get(f"{house.link()}/live")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_a_stream_ends_when_its_link_does(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.1)
    house.tell("well")
    path = house.link()
    links.revoke(house.store, links.all_links(house.store)[0].id, now=house.now + 1)
    assert house.client.get(f"{path}/live").status_code == 404
    other = house.link(life=3 * MINUTE)
    with house.client.stream("GET", f"{other}/live?seen=old") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        house.later(4)
        # That it comes to an end at all is what counts: a good link's stream has none.
        assert len(list(lines)) < 100


def test_the_part_is_sent_once_for_each_version(house: House) -> None:
    house.tell("ready")
    path = house.link()
    first = house.client.get(f"{path}/part")
    assert first.text.lstrip().startswith("<div")
    house.later(1)
    again = house.client.get(f"{path}/part", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    collected(house)
    changed = house.client.get(f"{path}/part", headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, "You have collected your order." in changed.text) == (200, True)
    data = house.client.get(f"{path}.json", headers={"if-none-match": changed.headers["etag"]})
    assert data.status_code == 304


def test_the_part_in_another_language_is_another_version(house: House) -> None:
    house.tell("ready")
    path = house.link()
    tags = {house.client.get(f"{path}/part?lang={one}").headers["etag"] for one in ("en", "de")}
    assert len(tags) == 2
