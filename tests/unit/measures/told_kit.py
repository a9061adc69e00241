"""A small firm that talks: its pack, subjects with random pasts (from a seed), and tables opened over their events."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import ibis
import pyarrow as pa

from tests.unit.engine.kit import a_pack
from troth.engine.fold import refold
from troth.measures.question import Question, Tables
from troth.model.estimate import Estimate
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import DAY, HOUR, MINUTE, Micros
from troth.ports.ledger import Ledger
from troth.runtime import snapshot
from troth.runtime.replay import heard_by
from troth.runtime.snapshot import measure, run

AS_OF: Micros = 30 * DAY
SUBJECT = "order/{}"
TRUTH, GATE, FORETOLD = "told_truth", "gate_quality", "predictive_fidelity"
INFORMED, FIDELITY, PROMISES, CLOSURE = "informativeness", "status_fidelity", "promise_reliability", "exception_closure"
WHOLE = Question()

TALK: Mapping[str, Any] = {
    "sources": {"desk": {}, "floor": {}, "mailer": {}},
    "more_facts": {
        "packed": {"type": "bool", "authority": [["floor"]], "otherwise": False},
        "open": {"type": "bool", "authority": [["desk"]], "otherwise": True},
        "gone": {"type": "bool", "authority": [["desk"]], "otherwise": False},
    },
    "events": {
        "order.placed": {"observe": {"placed": True}},
        "order.done": {"observe": {"done": "data.done"}},
        "order.packed": {"observe": {"packed": True}},
        "order.gone": {"observe": {"gone": True}},
        "shop.open": {"observe": {"open": "data.open"}},
        "order.moved": {"from": ["desk"]},
        "message.sent": {
            "receipt": {"message": "data.message", "phase": "sent", "id": "data.id", "channel": "data.channel"}
        },
    },
    "states": {
        "gone": {"when": "gone", "terminal": True, "tell": ["cancelled"], "tell_within": "1d"},
        "done": {
            "when": "done", "usable": True, "terminal": True, "lasts": "6h", "tell": ["ready"], "tell_within": "2h",
        },
        "packed": {"when": "packed", "tell": ["soon"], "tell_within": "4h"},
        "open": {"when": "placed"},
    },
    "transitions": {"open": ["packed", "gone"], "packed": ["done", "gone"], "done": [], "gone": []},
    "actions": {"fetch": {"by": "customer", "available_when": "open && done"}},
    "statements": {
        "ready": {"about": "pickup", "true_when": "done", "invites": ["fetch"], "valid_for": "3d", "title": "Ready."},
        "soon": {"about": "pickup", "true_when": "packed && !done", "valid_for": "2d", "title": "It is packed."},
        "pending": {"about": "pickup", "true_when": "placed", "title": "We have it."},
        "cancelled": {"about": "pickup", "true_when": "gone", "title": "It is cancelled."},
        "by_then": {"about": "date", "promise": "in_time", "title": "Ready by then."},
    },
    "messages": {
        "ready_note": {
            "purpose": "inform", "statements": ["ready"], "told_at": {"*": "sent"}, "replace": {"*": "pending_note"},
            "fail": "closed",
        },
        "soon_note": {
            "purpose": "inform", "statements": ["soon"], "told_at": {"*": "sent"}, "replace": {"*": "pending_note"},
        },
        "pending_note": {"purpose": "checking", "statements": ["pending"], "told_at": {"*": "sent"}},
        "gone_note": {
            "purpose": "inform", "statements": ["cancelled"], "told_at": {"*": "sent"},
            "replace": {"*": "pending_note"},
        },
        "date_note": {
            "purpose": "promise", "statements": ["by_then"], "told_at": {"*": "sent"},
            "replace": {"*": "pending_note"},
        },
    },
    "promises": {
        "in_time": {
            "made_by": "order.placed",
            "due": {"after": "2d"},
            "kept_when": "done",
            "renewed_by": {"event": "order.moved", "due": {"at": "timestamp(data.due)"}},
        }
    },
}  # fmt: skip


def talk(**changes: Any) -> Pack:
    """Return the firm's pack, with sections exchanged."""
    return a_pack(**{**TALK, **changes})


class Events:
    """Makes events of one subject, one after the other."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.made: list[Event] = []

    def add(self, source: str, kind: str, at: Micros, heard: Micros | None = None, **data: Any) -> Event:
        """Return a new event, and keep it."""
        name = f"{self.subject}-{len(self.made)}"
        event = Event(source, name, kind, self.subject, at, at if heard is None else heard, data)
        self.made.append(event)
        return event

    def tell(self, message: str, at: Micros, channel: str = "mail") -> Event:
        """Return the receipt of a message."""
        return self.add("mailer", "message.sent", at, message=message, id=f"m{len(self.made)}", channel=channel)


def a_past(number: int, seed: int = 0) -> list[Event]:
    """Return the events of one subject with a random past: late reports, careless messages, a cancellation."""
    dice = random.Random(f"{seed}/{number}")
    made = Events(SUBJECT.format(number))
    at = dice.randrange(0, 20 * DAY, MINUTE)
    made.add("desk", "order.placed", at)
    if dice.random() < 0.7:
        made.tell("date_note", at + dice.randrange(0, HOUR, MINUTE), dice.choice(["mail", "app"]))
    packed = at + dice.randrange(HOUR, 30 * HOUR, MINUTE)
    if dice.random() < 0.9:
        made.add("floor", "order.packed", packed, packed + dice.choice([0, 0, HOUR, 9 * HOUR]))
    if dice.random() < 0.6:
        made.tell("soon_note", packed + dice.randrange(0, 12 * HOUR, MINUTE), dice.choice(["mail", "app"]))
    ready = packed + dice.randrange(HOUR, 40 * HOUR, MINUTE)
    if dice.random() < 0.1:
        made.add("desk", "order.gone", ready)
        made.tell("gone_note", ready + dice.randrange(0, 40 * HOUR, MINUTE))
    elif dice.random() < 0.85:
        made.add("floor", "order.done", ready, ready + dice.choice([0, 0, 5 * HOUR]), done=True)
    if dice.random() < 0.8:
        made.tell("ready_note", ready + dice.randrange(-6 * HOUR, 6 * HOUR, MINUTE), dice.choice(["mail", "app"]))
    if dice.random() < 0.3:
        closed = ready + dice.randrange(0, 2 * HOUR, MINUTE)
        made.add("desk", "shop.open", closed, open=False)
        made.add("desk", "shop.open", closed + 10 * HOUR, open=True)
    if dice.random() < 0.4:
        # The floor takes it back, or cannot tell any more, and says so long after the customer was told.
        again = ready + dice.randrange(0, 3 * HOUR, MINUTE)
        truth = dice.choice([False, None, True])
        made.add("floor", "order.done", again, again + dice.choice([0, 30 * HOUR]), done=truth)
        made.tell("ready_note", again + dice.randrange(HOUR, 20 * HOUR, MINUTE), "app")
    if dice.random() < 0.2:
        made.add("troth", "troth.complaint", ready + dice.randrange(0, 3 * DAY, MINUTE), id="c1")
    return made.made


class EventShelf:
    """A ledger that holds events of subjects, and their records as of a moment: all that the tables read."""

    def __init__(self, pack: Pack, events: Iterable[Event], as_of: Micros = AS_OF, path: Path | None = None) -> None:
        self.pack = pack
        self.path = path
        self.as_of = as_of
        self.events: dict[str, list[Event]] = {}
        for event in events:
            self.events.setdefault(event.subject, []).append(event)
        self.asked = 0

    def watermarks(self) -> dict[str, Micros]:
        return {source.name: self.as_of for source in self.pack.sources}

    def scan_records(self, *, pack: str = "") -> Iterator[Record]:
        for subject, events in self.events.items():
            if pack in ("", self.pack.name):
                yield refold(self.pack, subject, events, self.watermarks(), self.as_of)

    def records(self, subjects: Iterable[str]) -> dict[str, Record]:
        found = {name: self.events[name] for name in subjects if name in self.events}
        return {name: refold(self.pack, name, events, self.watermarks(), self.as_of) for name, events in found.items()}

    def events_of(self, subjects: Iterable[str]) -> dict[str, list[Event]]:
        self.asked += 1
        return {name: self.events.get(name, []) for name in subjects}

    def scan_events(
        self, *, pack: str = "", buckets: Collection[int] | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        assert buckets is None, "one process reads a shelf"
        for subject, events in self.events.items():
            if pack in ("", self.pack.name):
                yield subject, heard_by(events, 10**18)

    def last_position(self) -> int:
        return sum(map(len, self.events.values()))

    def get(self, key: str) -> Any:
        return None

    def keys(self, prefix: str) -> Sequence[str]:
        return ()

    def dirty_buckets(self) -> Sequence[int]:
        return ()


def opened(
    events: Iterable[Event], pack: Pack | None = None, as_of: Micros = AS_OF, folder: Path | None = None
) -> Tables:
    """Return the tables of events."""
    used = pack or talk()
    shelf = EventShelf(used, events, as_of)
    return snapshot.open_tables(cast(Ledger, shelf), {used.name: used}, as_of, folder=folder)


def with_told(tables: Tables, **changed: pa.Table) -> Tables:
    """Return the tables with some of the told ones exchanged."""
    own = {name: ibis.memtable(table) for name, table in changed.items()}
    return dataclasses.replace(tables, further=lambda name: own[name] if name in own else tables.told(name))


def rows_of(tables: Tables, name: str) -> list[dict[str, Any]]:
    """Return the rows of a told table."""
    found: list[dict[str, Any]] = run(tables.told(name)).to_pylist()
    return found


def many(count: int, seed: int = 0) -> list[Event]:
    """Return the events of many subjects."""
    return [event for number in range(count) for event in a_past(number, seed)]


def one(name: str, tables: Tables, question: Question = WHOLE, **figures: Any) -> Estimate:
    """Return the only estimate with these figures."""
    (found,) = [
        row
        for row in measure(name, tables, question)
        if all(row.figures.get(key) == value for key, value in figures.items())
    ]
    return found
