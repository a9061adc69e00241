"""The timeline of one subject: changes of attributes stand beside events and what followed from them."""

from __future__ import annotations

from tests.unit.engine.cases_kit import PLACED, by_people, done, opened, record_at, sent, talking
from tests.unit.engine.kit import SUBJECT, a_pack, fold
from troth.model.event import Event
from troth.model.times import HOUR, MINUTE
from troth.surfaces.views.card import card
from troth.surfaces.views.moments import Moments
from troth.surfaces.views.timeline import timeline


def assigned(minute: int, group: str | None) -> Event:
    """Return an event that says which group has the order."""
    at = minute * MINUTE
    return Event("desk", f"e{minute}", "order.placed", SUBJECT, at, at, {"attributes": {"group": group, "kind": "a"}})


def test_a_reassignment_is_a_row_and_the_first_word_is_none() -> None:
    """Only what changes is told; what happens after the moment asked about is not."""
    pack = a_pack()
    said = ((0, "north"), (5, "north"), (9, "south"), (12, None), (90, "east"))
    events = [assigned(minute, group) for minute, group in said]
    rows = timeline(fold(pack, events, "1h"), pack, events, Moments(HOUR))
    changes = [(row["at"], row["what"], row["detail"]) for row in rows if row["lane"] == "attribute"]
    assert changes == [
        ("1970-01-01T00:09:00Z", "group", "north → south"),
        ("1970-01-01T00:12:00Z", "group", "south → none"),
    ]


def test_a_case_tells_when_it_broke_who_found_it_who_took_it_and_how_it_was_closed() -> None:
    pack = talking(wrong={"of": "contradiction", "after": "15m", "dwell": "10m"})
    events = [PLACED, done("10m"), sent("11m", "ready_note"), done("20m", False), opened("35m", "wrong", "pickup")]
    events += [
        by_people("40m", "case.owned", case="c1", by="ann"),
        by_people("50m", "case.closed", case="c1", by="ann"),
    ]
    record = record_at(pack, events, "1h")
    rows = [row for row in timeline(record, pack, events, Moments(HOUR)) if row["lane"] == "case"]
    assert [(row["at"][11:16], row["what"], row["detail"]) for row in rows] == [
        ("00:20", "wrong pickup broke", ""),
        ("00:35", "wrong pickup detected", "by system"),
        ("00:35", "wrong pickup opened", ""),
        ("00:40", "wrong pickup owned", "by ann"),
        ("00:50", "wrong pickup closed", "unclean"),
    ]
    (case,) = card(record, pack, Moments(HOUR))["cases"]
    assert (case["id"], case["owner"], case["broke_at"], case["closed_as"]) == (
        "c1",
        "ann",
        "1970-01-01T00:20:00Z",
        "unclean",
    )
