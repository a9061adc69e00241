"""Rows: folding events into records, against bare decoding and against a fold written by hand for the same pack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench import workload
from bench.by_hand import HandFold
from bench.floors import batches
from bench.harness import Row, Work
from troth.engine.machine import Machine, prepare
from troth.engine.step import Work as Task
from troth.engine.step import apply_batch
from troth.lang.compile import compile_pack
from troth.model.event import Event
from troth.model.record import Record

FOLD_BAR = 60_000
HAND_BAR = 0.6

PACK = Path(__file__).parent / "pack" / "pack.yaml"
_decode = msgspec.json.Decoder(Event).decode


def machine() -> Machine:
    """Return the bench pack, prepared."""
    compiled = compile_pack({"pack.yaml": PACK.read_text(encoding="utf-8")})
    assert compiled.pack is not None, compiled.problems
    return prepare(compiled.pack)


def fold_by_subject(prepared: Machine, lines: Sequence[bytes]) -> dict[str, Record]:
    """Return the records of all subjects: decode, leave out repetitions, group, fold in bulk. The replay's way."""
    grouped: dict[str, dict[tuple[str, str], Event]] = {}
    for line in lines:
        event = _decode(line)
        grouped.setdefault(event.subject, {})[(event.source, event.id)] = event
    work = [Task(subject, None, list(events.values())) for subject, events in grouped.items()]
    batch = apply_batch(prepared, work, workload.HEARD, workload.NOW)
    return {record.subject: record for record in batch.records}


class LiveFold:
    """Records brought forward in the order of arrival, a thousand events at a time: the live way."""

    def __init__(self, prepared: Machine) -> None:
        self.machine = prepared
        self.records: dict[str, Record] = {}
        self.past: dict[str, dict[tuple[str, str], Event]] = {}

    def feed(self, lines: Sequence[bytes]) -> None:
        """Fold one batch; `now` is the latest moment at which any of its events was heard."""
        fresh: dict[str, list[Event]] = {}
        now = 0
        for line in lines:
            event = _decode(line)
            known = self.past.setdefault(event.subject, {})
            if (event.source, event.id) not in known:
                known[(event.source, event.id)] = event
                fresh.setdefault(event.subject, []).append(event)
                now = max(now, event.occurred_at)
        work = [Task(subject, self.records.get(subject), events) for subject, events in fresh.items()]
        batch = apply_batch(self.machine, work, workload.HEARD, now)
        for record in batch.records:
            self.records[record.subject] = record
        again = [Task(subject, None, past=list(self.past[subject].values())) for subject in batch.refold]
        for record in apply_batch(self.machine, again, workload.HEARD, now).records:
            self.records[record.subject] = record


def _by_subject(prepared: Machine, lines: Sequence[bytes]) -> Callable[[], Work]:
    return lambda: lambda: fold_by_subject(prepared, lines)


def _live(prepared: Machine, lines: Sequence[bytes]) -> Callable[[], Work]:
    def make() -> Work:
        fold = LiveFold(prepared)

        def work() -> None:
            for batch in batches(lines):
                fold.feed(batch)

        return work

    return make


def _bare(lines: Sequence[bytes]) -> Callable[[], Work]:
    def work() -> object:
        state: dict[str, dict[str, object]] = {}
        for line in lines:
            event = _decode(line)
            state.setdefault(event.subject, {}).update(event.data)
        return state

    return lambda: work


def _by_hand(lines: Sequence[bytes]) -> Callable[[], Work]:
    def make() -> Work:
        fold = HandFold(workload.NOW)

        def work() -> None:
            for line in lines:
                fold.feed(_decode(line))
            fold.finish()

        return work

    return make


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the rows of this module.

    Args:
        folder: Not used: everything is in memory.
        scale: 1 for the figures that are published; less for a quick look.
    """
    del folder
    prepared = machine()
    lines = [msgspec.json.encode(event) for event in workload.events(max(200, int(20_000 * scale)))]
    what = (
        f"{len(lines):,} JSON events, about 3 facts each, 10 facts, 6 states, 2 promises, 2 cases, 5 % late, 2 % twice"
    )
    bare = "decode the same events and update one dictionary a subject"
    hand = "the same pack folded by Python code written for it alone (bench/by_hand.py)"
    count = len(lines)
    return [
        Row(
            name="fold, replay",
            work=f"{what}; grouped by subject",
            subject=_by_subject(prepared, lines),
            floor=_bare(lines),
            floor_is=bare,
            rate_bar=FOLD_BAR,
            units=count,
            unit="events",
        ),
        Row(
            name="fold, replay, against hand-written",
            work=f"{what}; grouped by subject",
            subject=_by_subject(prepared, lines),
            floor=_by_hand(lines),
            floor_is=hand,
            bar=HAND_BAR,
            units=count,
            unit="events",
        ),
        Row(
            name="fold, live",
            work=f"{what}; in the order of arrival by 1,000, each subject's record stepped",
            subject=_live(prepared, lines),
            floor=_bare(lines),
            floor_is=bare,
            rate_bar=FOLD_BAR,
            units=count,
            unit="events",
        ),
    ]
