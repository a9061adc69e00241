"""One case of the queue, as far as lists need it: its factors of harm, its clock, its owner, where it belongs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from troth.engine.cases.kinds import complaint_kind, kind_named
from troth.engine.cases.watch import promise_about, still
from troth.engine.gate.look import evaluated
from troth.engine.harm import about_of, harm, score_of, state_of, time_factor, wrong_of
from troth.engine.live import Live, thaw
from troth.engine.machine import Machine
from troth.engine.resolve import silence_of
from troth.model.pack import CaseKind
from troth.model.record import Case, Promise, Record
from troth.model.times import FOREVER, Micros
from troth.model.truth import Truth
from troth.surfaces.api.paging import tag_of

_SETTLED: Final = frozenset({"kept", "void"})
_COUNTING: Final = frozenset({"first", "renegotiated"})


class Clock(msgspec.Struct, frozen=True):
    """A promise that runs.

    Attributes:
        kind: Its kind.
        title: In words.
        due: Its latest due moment that counts; `None`: none was named.
        lapsed: Whether it has lapsed as far as its record tells.
    """

    kind: str
    title: str
    due: Micros | None
    lapsed: bool


class Row(msgspec.Struct, frozen=True):
    """One case.

    Attributes:
        subject: Whose.
        customer: Their name, `customer/17`; empty: nobody has said.
        pack: Name of the subject's pack.
        case: The case.
        title: Its kind in words.
        what: What is wrong, as a sentence without its end.
        severity, people, value: The factors of its harm that time does not change.
        amount: What is at stake, in the pack's own unit; `None`: not known.
        broke_at: From when the fourth counts.
        clock: The promise that somebody waits on; `None`: none.
        segments: Segment → value.
        found: Where a text is looked for, folded.
        version: Another one whenever something else is shown of it, but for what time alone changes.
        going: Whether harm is going on by it; `None`: nobody can tell, or that is what it is about; false: it is over.
    """

    subject: str
    customer: str
    pack: str
    case: Case
    title: str
    what: str
    severity: int
    people: int
    value: float
    amount: float | None
    broke_at: Micros
    clock: Clock | None
    segments: Mapping[str, str]
    found: str
    version: str
    going: Truth = True

    def score(self, now: Micros) -> float:
        """Return the harm at a moment; 0 once it is closed."""
        if self.case.closed_at is not None:
            return 0.0
        return score_of(self.severity, self.people, time_factor(now - self.broke_at), self.value)

    def is_overdue(self, now: Micros) -> bool:
        """Return whether its promise is past due; one that was broken before its moment is not."""
        clock = self.clock
        return clock is not None and (clock.lapsed if clock.due is None else clock.due <= now)

    @property
    def has_owner(self) -> bool:
        """Return whether somebody has it, of the staff or in another system."""
        return bool(self.case.owner) or self.case.owned_at is not None

    @property
    def whom(self) -> str:
        """Return who is harmed: the customer, else whatever stands for them."""
        return self.customer or self.subject


def rows_of(machine: Machine, record: Record, heard: Mapping[str, Micros], now: Micros) -> list[Row]:
    """Return the cases of a record that have names, open and closed.

    Args:
        machine: Its pack, prepared.
        record: The record.
        heard: Source → watermark.
        now: The moment.
    """
    named = [case for case in record.cases if case.id]
    if not named:
        return []
    results = evaluated(machine, record, now)
    segments = {name: str(one.value) for name, one in record.attributes.items() if name in machine.pack.segments}
    live = thaw(machine, record, heard, silence_of(machine.facts, heard))
    live.results = results
    return [_row(live, record, case, segments, now) for case in named]


def kind_of(machine: Machine, case: Case) -> CaseKind:
    """Return the kind of a case."""
    return kind_named(machine.pack, case.kind) or complaint_kind(machine.pack)


def _going(live: Live, kind: CaseKind, case: Case) -> Truth:
    """Return whether harm is going on by a case; `None`: nobody can tell."""
    if case.closed_at is not None:
        return False
    failing = still(live, kind, case.about)
    # That nobody can tell whether something was wrong is no harm that is known of.
    return None if failing is True and kind.of == "unverifiable" else failing


def _row(live: Live, record: Record, case: Case, segments: Mapping[str, str], now: Micros) -> Row:
    """Return one case."""
    machine, results = live.machine, live.results
    kind = kind_of(machine, case)
    going = _going(live, kind, case)
    amount = None if kind.value is None else results[kind.value]
    number = float(amount) if isinstance(amount, int | float) and not isinstance(amount, bool) else None
    found = harm(case, kind, record, now, number)
    clock = clock_of(machine, record, case)
    title = kind.title or case.kind.replace("_", " ")
    what = wrong_of(case, kind, record, about=about_of(machine, case, kind), state=state_of(machine, record))
    texts = (what, record.subject, record.customer, case.id, case.kind, title, case.about, case.owner)
    seen = (case, found.severity, found.people, number, clock, segments, what, record.alignment[-1:], going)
    return Row(
        subject=record.subject,
        customer=record.customer,
        pack=machine.pack.name,
        case=case,
        title=title,
        what=what,
        severity=found.severity,
        people=found.people,
        value=found.value,
        amount=number,
        broke_at=case.opened_at if case.broke_at is None else case.broke_at,
        clock=clock,
        segments=segments,
        found="\n".join((*texts, *segments.values())).casefold(),
        version=tag_of(seen)[1:13],
        going=going,
    )


def clock_of(machine: Machine, record: Record, case: Case) -> Clock | None:
    """Return the promise that a case is about, else the one that is due first among those still to be kept."""
    kind = kind_of(machine, case)
    promises = machine.pack.promises
    waiting = [one for one in record.promises if one.kept_at is None and not _SETTLED & {one.outcome, one.renegotiated}]
    if kind.lapse_of is not None:
        name = promises[kind.lapse_of].name
        waiting = [one for one in waiting if one.kind == name and one.key == case.about] or waiting
    elif kind.of == "at_risk":
        waiting = [one for one in waiting if promise_about(one) == case.about] or waiting
    if not waiting:
        return None
    promise = min(waiting, key=lambda one: _due(one) or FOREVER)
    title = next((one.title for one in promises if one.name == promise.kind), "") or promise.kind.replace("_", " ")
    return Clock(promise.kind, title, _due(promise), promise.renegotiated in ("late", "broken"))


def _due(promise: Promise) -> Micros | None:
    """Return the latest due moment that counts; `None` where none was named."""
    counting = [window for window in promise.windows if window.counts in _COUNTING]
    due = counting[-1].due if counting else None
    return None if due is None or abs(due) >= FOREVER else due
