"""The audit: is all that was acknowledged there, nothing twice, and everything of one piece?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.reliability.load import Book, Sent
from tests.reliability.served import DOOR, Answer, Client
from troth.bootstrap import open_ledger
from troth.engine.fold import refold
from troth.engine.journal import JOURNAL
from troth.engine.machine import Machine, prepare
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.verify import verify

_ALL: Final = 1_000_000


class Audited(NamedTuple):
    """What an audit has counted: events stored, records compared with a refold, outgoings, journal events by type."""

    events: int
    records: int
    deliveries: int
    journal: Mapping[str, int]


def audit(db: Path | str, book: Book, *, packs: Iterable[str | Path] = (DOOR, "customer")) -> Audited:
    """Compare a ledger that nobody serves with the book, and with itself.

    Raises:
        AssertionError: Something acknowledged is lost, something is there twice, or records are not what the events
            define.
    """
    machines = {}
    for pack in packs:
        compiled = catalog.load(str(pack)).compiled.require()
        machines[compiled.name] = prepare(compiled)
    with closing(open_ledger(db, must_exist=True)) as ledger:
        verified = verify(ledger)
        assert not verified.count, verified.problems
        events = [event for _, some in ledger.scan_events() for event in some]
        journal = [event for event in events if event.source == JOURNAL]
        _nothing_acknowledged_is_lost(book, events)
        _nothing_is_there_twice(journal)
        deliveries = _every_effect_is_there_once(ledger, journal)
        records = _records_are_the_refold(ledger, machines)
    return Audited(len(events), records, deliveries, Counter(event.type for event in journal))


def _nothing_acknowledged_is_lost(book: Book, events: list[Event]) -> None:
    """Every event, decision, confirmation and receipt that was answered is in the ledger."""
    reported = {event.id for event in events if event.source != JOURNAL}
    lost = [sent.name for sent, _ in book.of("event") if sent.name not in reported]
    assert not lost, f"{len(lost)} acknowledged events are lost: {lost[:5]}"
    decided = {(event.data["id"], event.data["outcome"]) for event in events if event.type == "troth.decided"}
    lost = [sent.name for sent, answer in book.of("ask") if (sent.name, answer.data["outcome"]) not in decided]
    assert not lost, f"{len(lost)} acknowledged decisions are lost: {lost[:5]}"
    confirmed = {event.data["id"] for event in events if event.type == "troth.confirmed"}
    lost = [sent.name for sent, answer in book.of("confirm") if answer.data["ok"] and sent.name not in confirmed]
    assert not lost, f"{len(lost)} acknowledged confirmations are lost: {lost[:5]}"
    told = {event.data["id"] for event in events if event.type == "troth.receipt"}
    lost = [sent.name for sent, _ in book.of("receipt") if sent.name not in told]
    assert not lost, f"{len(lost)} acknowledged receipts are lost: {lost[:5]}"


def _nothing_is_there_twice(journal: list[Event]) -> None:
    """No permit is used twice, no case opened twice, no receipt noted twice."""
    marks = {"troth.confirmed": "id", "troth.case.opened": "case", "troth.receipt": "id"}
    done = Counter(
        (event.type, event.subject, event.data[marks[event.type]]) for event in journal if event.type in marks
    )
    twice = [mark for mark, times in done.items() if times > 1]
    assert not twice, f"{len(twice)} journal events are there twice: {twice[:5]}"


def _every_effect_is_there_once(ledger: Ledger, journal: list[Event]) -> int:
    """Each case that was opened is told to each destination that wants it, once; return how many deliveries there are.

    A delivery's id is its key in storage, so it cannot be there twice: what could be is one effect under two ids.
    """
    deliveries: list[Any] = []
    while page := ledger.deliveries(after=deliveries[-1].id if deliveries else "", limit=10_000):
        deliveries += page
    told = Counter(
        (one.destination, one.outgoing.body["case"]) for one in deliveries if one.outgoing.topic == "case.opened"
    )
    twice = [mark for mark, times in told.items() if times > 1]
    assert not twice, f"{len(twice)} cases are told twice: {twice[:5]}"
    opened = {event.data["case"] for event in journal if event.type == "troth.case.opened"}
    for destination in ledger.destinations():
        missing = opened - {case for name, case in told if name == destination.id}
        assert not missing, f"{len(missing)} cases were never told to {destination.id}"
    return len(deliveries)


def _records_are_the_refold(ledger: Ledger, machines: Mapping[str, Machine]) -> int:
    """Every record says what a fold of all its events says; return how many there are."""
    heard, compared = ledger.watermarks(), 0
    subjects = [record.subject for record in ledger.scan_records()]
    for start in range(0, len(subjects), 1_000):
        some = subjects[start : start + 1_000]
        pasts = ledger.events_of(some)
        for subject, record in ledger.records(some).items():
            again = refold(machines[record.pack], subject, pasts[subject], heard, record.at)
            assert record_hash(again) == record_hash(record), f"{subject} is not the refold of its events"
            nameless = [case.kind for case in record.cases if case.closed_at is None and not case.id]
            assert not nameless, f"{subject}: nobody was told of its cases {nameless}"
            compared += 1
    return compared


def repeated(client: Client, kept: Iterable[tuple[Sent, Answer]]) -> int:
    """Send answered requests again, with the keys they had: each has to be answered as it was; return how many.

    Raises:
        AssertionError: One was answered otherwise.
    """
    number = 0
    for sent, before in kept:
        again = client.post(sent.path, sent.body, key=sent.key, media=sent.media)
        assert again.repeated, f"{sent.key} was carried out again: {again}"
        assert (again.status, again.body) == (before.status, before.body), sent.key
        number += 1
    return number
