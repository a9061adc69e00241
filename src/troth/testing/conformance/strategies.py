"""Events, records and arrivals for suites: plain builders with good defaults, and hypothesis strategies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from troth.model.event import Event
from troth.model.ids import BUCKETS, bucket_of
from troth.model.record import Record, Span
from troth.model.times import SECOND, Micros
from troth.ports.ledger import Refused

START: Micros = 1_600_000_000 * SECOND
"""The moment at which the suites' stories start."""


def an_event(id: str = "1", *, subject: str = "order/1", at: int = 0, heard: int | None = None, **others: Any) -> Event:
    """Return an event of source `oms`; `at` and `heard` are seconds after `START`."""
    given: dict[str, Any] = {"source": "oms", "type": "order.placed"} | others
    heard_at = START + SECOND * (at if heard is None else heard)
    return Event(id=id, subject=subject, occurred_at=START + SECOND * at, heard_at=heard_at, **given)


def a_record(subject: str = "order/1", *, at: int = 0, pack: str = "delivery") -> Record:
    """Return a record; `at` is seconds after `START`."""
    moment = START + SECOND * at
    return Record(subject=subject, pack=pack, digest="d", at=moment, states=(Span("placed", moment),), events=1)


def a_refusal(id: str = "r1", *, heard: int = 0, raw: str = "{}", kind: str = "event") -> Refused:
    """Return a refusal; `heard` is seconds after `START`."""
    return Refused(id, "E102", "no id", "oms", raw, START + SECOND * heard, kind, "delivery")


def subjects_of(bucket: int, count: int, *, tenant: str = "main") -> list[str]:
    """Return so many subjects that the bucket holds."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        subject = f"order/{number}"
        number += 1
        if bucket_of(tenant, subject) == bucket % BUCKETS:
            found.append(subject)
    return found


def arrivals() -> st.SearchStrategy[list[Event]]:
    """Return lists of events with few identities, contents, subjects and moments: most of them clash."""
    one = st.builds(
        an_event,
        id=st.sampled_from(["1", "2"]),
        subject=st.sampled_from(["order/1", "order/2"]),
        at=st.integers(0, 1),
        heard=st.integers(0, 3),
        data=st.sampled_from([{}, {"n": 1}, {"n": 2}]),
        assumed=st.sampled_from(["", "heard_at"]),
    )
    return st.lists(one, max_size=8)
