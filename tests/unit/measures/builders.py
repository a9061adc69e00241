"""Plain builders for the measures' tests: a small pack, records with good defaults, tables opened over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from troth.measures.question import Tables
from troth.model.event import Event
from troth.model.pack import CaseKind, Due, Pack, PromiseKind, State
from troth.model.record import Attribute, Case, Promise, Record, Span, Window
from troth.model.rules import Rules
from troth.model.times import DAY, HOUR, Micros
from troth.ports.ledger import Ledger
from troth.runtime import snapshot

AS_OF: Micros = 100 * DAY


def a_pack(**changes: Any) -> Pack:
    """Return a pack with a usable end, one that is not, and a promise with an hour of grace."""
    pack = Pack(
        name="parcel",
        version=1,
        digest="d" * 64,
        title="A parcel",
        subject="parcel",
        sources=(),
        facts=(),
        events={},
        rules=Rules((), lambda *_: (), lambda *_: None),  # type: ignore[arg-type]
        states=(
            State("delivered", 0, usable=True, terminal=True),
            State("ready", 0, usable=True, lasts=2 * HOUR),
            State("cancelled", 0, terminal=True),
            State("shipped", 0),
            State("placed", 0),
        ),
        transitions={},
        statements={},
        messages={},
        actions={},
        promises=(PromiseKind("by_day", Due(), 0, grace=HOUR), PromiseKind("hand_over", Due(), 0)),
        cases=(CaseKind("lost", owned_when=0, resolved_when=0), CaseKind("late", lapse_of=0)),
    )
    return msgspec.structs.replace(pack, **changes)


def a_promise(outcome: str = "kept", due: Micros | None = 10 * DAY, **changes: Any) -> Promise:
    """Return a promise of one window, made at 0; the renegotiated outcome is the same unless given."""
    windows = (Window(due, 0, "first", "e1"),)
    promise = Promise("by_day", "", 0, 0, windows, outcome, outcome)
    return msgspec.structs.replace(promise, **changes)


def a_record(
    number: int | str,
    states: Sequence[tuple[str, Micros] | Span] = (("placed", 0),),
    *,
    promises: Sequence[Promise] = (),
    cases: Sequence[Case] = (),
    alignment: Sequence[tuple[str, Micros]] = (),
    attributes: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Record:
    """Return a record of the pack of `a_pack` that was requested at 0 and holds at `AS_OF`."""
    given: dict[str, Any] = {
        "subject": f"parcel/{number}",
        "pack": "parcel",
        "digest": "d" * 64,
        "at": AS_OF,
        "requested_at": 0,
        "states": tuple(state if isinstance(state, Span) else Span(*state) for state in states),
        "promises": tuple(promises),
        "cases": tuple(cases),
        "alignment": tuple(Span(name, since) for name, since in alignment),
        "attributes": {name: Attribute(value, 0) for name, value in (attributes or {}).items()},
    }
    return Record(**{**given, **changes})


class Shelf:
    """A ledger that holds nothing but records: all that a snapshot reads."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = list(records)
        self.scans = 0

    def scan_records(self, *, pack: str = "") -> Iterator[Record]:
        self.scans += 1
        return (record for record in self.records if pack in ("", record.pack))

    def events_of(self, subjects: Iterable[str]) -> dict[str, list[Any]]:
        return {name: [] for name in subjects}

    def scan_events(
        self, *, pack: str = "", buckets: Collection[int] | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        """Yield nothing: whoever asks for events finds none."""
        return iter(())

    def last_position(self) -> int:
        return len(self.records)

    def get(self, key: str) -> Any:
        return None

    def keys(self, prefix: str) -> Sequence[str]:
        return ()

    def dirty_buckets(self) -> Sequence[int]:
        return ()

    def watermarks(self) -> dict[str, Micros]:
        return {}


def opened(
    records: Iterable[Record], as_of: Micros = AS_OF, folder: Path | None = None, pack: Pack | None = None
) -> Tables:
    """Return the tables of records."""
    return snapshot.open_tables(cast(Ledger, Shelf(records)), {"parcel": pack or a_pack()}, as_of, folder=folder)
