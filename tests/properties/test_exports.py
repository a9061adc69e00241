"""What is exported and imported again is the same: ids, times to the microsecond, data, what was heard when."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.bootstrap import open_ledger
from troth.model.event import Event
from troth.model.times import DAY, FOREVER, SECOND, format_instant
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.importing import EXTRACT
from troth.runtime.incoming import event_of
from troth.surfaces.exporting import export
from troth.surfaces.importing import import_source, source_of

pytestmark = pytest.mark.slow

DELIVERY = catalog.load("delivery")

# Instants of the years 1 to 9999, mostly near one another.
moments = st.one_of(
    st.integers(1_700_000_000 * SECOND, 1_700_000_000 * SECOND + 3 * DAY),
    st.integers(-62_135_596_800 * SECOND, 253_402_300_799 * SECOND),
)
words = st.text(min_size=1, max_size=8)
plain = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), words
)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
payloads = st.dictionaries(words.filter(lambda name: name != "attributes"), values, max_size=4)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Make an event such as a mapping makes one: any text, any time, any JSON."""
    occurred = draw(moments)
    assumed = draw(st.sampled_from(["", "heard_at", "occurred_at"]))
    data = draw(payloads)
    if draw(st.booleans()):
        data["attributes"] = draw(st.dictionaries(words, values, max_size=3))
    return Event(
        source=draw(st.sampled_from(["shop", "carrier", "a/b", "a%2Fb", "é"])),
        id=draw(words),
        type=draw(st.sampled_from(["order.placed", "Order Placed", "order placed", "object", "…", "x"])),
        subject=draw(st.sampled_from(["order/1", "order/2", "order/ü/3", "alone", "/odd"])),
        occurred_at=occurred,
        heard_at=occurred if assumed else draw(moments),
        data=data,
        sequence=draw(st.sampled_from([0, 0, 1, -5, 2**63 - 1])),
        assumed=assumed,
    )


def ledger_of(found: Iterable[Event]) -> Ledger:
    """Return a ledger with events, its feeds heard up to some moment."""
    ledger = open_ledger()
    catalog.store(ledger, DELIVERY)
    ledger.append(list(found), pack="delivery")
    ledger.advance({"shop": 1_700_000_000_123_456, "a/b": 5})
    ledger.put(EXTRACT, 1_700_000_100_000_001)
    return ledger


def again(ledger: Ledger, format_: str) -> Ledger:
    """Return a ledger that was filled from an export of another."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "log"
        export(ledger, target, format_)
        copy = open_ledger()
        with source_of(DELIVERY, "", target, journal=True) as source:
            import_source(copy, DELIVERY, source, lambda *_: lambda _more: None)
        return copy


@pytest.mark.parametrize("format_", ["ocel2-sqlite", "ocel2-json"])
@given(found=st.lists(events(), max_size=6))
@settings(max_examples=25)
def test_an_object_centric_export_read_back_is_the_same_ledger(format_: str, found: list[Event]) -> None:
    ledger = ledger_of(found)
    copy = again(ledger, format_)
    assert dict(copy.scan_events()) == dict(ledger.scan_events())
    assert copy.watermarks() == ledger.watermarks()
    assert copy.get(EXTRACT) == ledger.get(EXTRACT)
    assert copy.count()["quarantined"] == 0


@given(found=st.lists(events(), max_size=6))
@settings(max_examples=25)
def test_cloudevents_read_back_are_the_same_events(found: list[Event]) -> None:
    taken: list[Event] = []
    for event in found:
        raw = {
            "specversion": "1.0", "id": str(len(taken)), "source": "shop", "type": event.type, "subject": event.subject,
            "time": format_instant(event.occurred_at), "sequence": str(event.sequence), "data": event.data,
        }  # fmt: skip
        taken.append(event_of(raw, heard_at=event.heard_at, now=FOREVER))
    ledger = ledger_of(taken)
    assert dict(again(ledger, "cloudevents").scan_events()) == dict(ledger.scan_events())
