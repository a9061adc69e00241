"""What closing a case now would mean: whether the failure is over, and what a clean end still asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from troth.engine.cases.kinds import complaint_kind, kind_named
from troth.engine.cases.legs import by_people, may_close_clean
from troth.engine.cases.watch import is_back, still
from troth.engine.gate.look import evaluated
from troth.engine.live import thaw
from troth.engine.machine import Machine
from troth.engine.resolve import silence_of
from troth.model.record import Case, Record
from troth.model.times import Micros
from troth.model.truth import Truth


class Closing(msgspec.Struct, frozen=True):
    """What closing a case now would mean.

    Attributes:
        failing: Whether the failure is still there; `None`: nobody can tell.
        aligned: Whether message, state and action line up.
        clean: Whether it would be closed clean.
        wants: What a clean end still asks for: `informed`, `remedied`, `dwell`.
        clean_from: From when it will close clean by itself; `None`: not while something else is wanting.
    """

    failing: Truth
    aligned: bool
    clean: bool
    wants: tuple[str, ...] = ()
    clean_from: Micros | None = None

    @property
    def possible(self) -> bool:
        """Return whether it may be closed by somebody who wants nothing wrong to be left behind."""
        return self.aligned and self.failing is False


def closing(machine: Machine, record: Record, case: Case, heard: Mapping[str, Micros], now: Micros) -> Closing:
    """Return what closing a case now would mean.

    Args:
        machine: The pack, prepared.
        record: The record that it stands in, brought to `now`.
        case: An open case of it.
        heard: Source → watermark.
        now: The moment.
    """
    live = thaw(machine, record, heard, silence_of(machine.facts, heard))
    live.results = evaluated(machine, record, now)
    kind = kind_named(machine.pack, case.kind) or complaint_kind(machine.pack)
    failing, aligned = still(live, kind, case.about), is_back(live)
    clean = may_close_clean(live, kind, case, now)
    wants = []
    if (kind.informed_when is not None or by_people(kind, case)) and case.informed_at is None:
        wants.append("informed")
    if (kind.resolved_when is not None or by_people(kind, case)) and case.resolved_at is None:
        wants.append("remedied")
    due = None
    if not wants and kind.dwell and case.right_since is not None and now < case.right_since + kind.dwell:
        wants.append("dwell")
        due = case.right_since + kind.dwell
    return Closing(failing, aligned, clean, tuple(wants), due)
