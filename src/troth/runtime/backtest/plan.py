"""Plan: a history replayed under two packs, and what the second one would have changed, for whom."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from troth.engine.backtest import Backtest
from troth.engine.compare import changes
from troth.lang.compile import compile_pack
from troth.model.plan import Change, is_in
from troth.model.times import Micros
from troth.runtime.backtest.history import History, Opened
from troth.runtime.backtest.spread import Progress, spread

_T = TypeVar("_T", str, Change)

IDS: Final = 5
"""Subjects named beside each change: the first by name."""

EXAMPLES: Final = 3
"""Examples in full of each change."""


class Group(msgspec.Struct):
    """All like changes: how many, of how many subjects, with the first ones in full."""

    count: int = 0
    subjects: int = 0
    ids: list[str] = []
    examples: list[Change] = []


class Planned(msgspec.Struct):
    """What a plan has found.

    Attributes:
        subjects: Subjects of the pack.
        changed: Of these, those about which anything changes.
        events: Their events.
        groups: Part → all like changes.
        listed: The changes of the part that was asked for, ordered.
    """

    subjects: int = 0
    changed: int = 0
    events: int = 0
    groups: dict[str, Group] = {}
    listed: list[Change] = []

    def add(self, found: Sequence[Change], events: int, wanted: str | None) -> None:
        """Count one subject."""
        self.subjects += 1
        self.events += events
        self.changed += bool(found)
        seen: set[str] = set()
        for change in found:
            group = self.groups.setdefault(change.part, Group())
            group.count += 1
            if change.part not in seen:
                seen.add(change.part)
                group.subjects += 1
                _keep(group.ids, change.subject, IDS)
            _keep(group.examples, change, EXAMPLES)
            if wanted is not None and is_in(change.part, wanted):
                self.listed.append(change)

    def merge(self, other: Planned) -> None:
        """Add what was found among other subjects."""
        self.subjects += other.subjects
        self.changed += other.changed
        self.events += other.events
        self.listed += other.listed
        for part, found in other.groups.items():
            group = self.groups.setdefault(part, Group())
            group.count += found.count
            group.subjects += found.subjects
            for name in found.ids:
                _keep(group.ids, name, IDS)
            for change in found.examples:
                _keep(group.examples, change, EXAMPLES)


class PlanJob(msgspec.Struct, frozen=True):
    """Compares.

    Attributes:
        now: The moment up to which events count.
        pack: Name of the pack.
        old, new: Its files before and after, name → text.
        wanted: List the changes of this part; `None`: only count.
    """

    now: Micros
    pack: str
    old: dict[str, str]
    new: dict[str, str]
    wanted: str | None = None

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> Planned:
        """Return what changes among the subjects of some buckets."""
        packs = [compile_pack(files).require() for files in (self.old, self.new)]
        before, after = (Backtest(pack, opened.heard, self.now, opened.whose_with(pack)) for pack in packs)
        planned = Planned()
        for subject, events in opened.scan(self.pack, buckets):
            found = changes(before.judge(subject, events), after.judge(subject, events))
            planned.add(found, len(events), self.wanted)
            progress(1)
        return planned


def plan(history: History, job: PlanJob, *, processes: int | None = None, progress: Progress | None = None) -> Planned:
    """Return what a changed pack changes about a history.

    Args:
        history: What happened.
        job: The two packs.
        processes: At most so many; `None`: as many as pay.
        progress: Is told of subjects.
    """
    total = Planned()
    spread(history, job, total.merge, processes=processes, progress=progress)
    total.listed.sort()
    return total


def _keep(kept: list[_T], one: _T, most: int) -> None:
    """Keep one if it is among the first and not among those kept."""
    if one not in kept and (len(kept) < most or one < kept[-1]):
        insort(kept, one)
        del kept[most:]
