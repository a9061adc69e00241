"""The timeline of one subject: changes of attributes stand beside events and what followed from them."""

from __future__ import annotations

from tests.unit.engine.kit import SUBJECT, a_pack, fold
from troth.model.event import Event
from troth.model.times import HOUR, MINUTE
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
