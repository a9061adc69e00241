"""The backtest of a history: counts, examples with their evidence, or the rows behind a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from troth.engine.backtest import Backtest
from troth.engine.backtest_evidence import evidence_of
from troth.engine.machine import prepare
from troth.errors import Place, Problem, UsageError
from troth.measures.backtest.part import Part
from troth.measures.backtest.tally import Tally, chosen
from troth.model.backtest import BrokenWord, Evidence, Judgement
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.runtime.backtest.history import History, Opened, opening
from troth.runtime.backtest.spread import Progress, spread
from troth.runtime.catalog import require_kept


class Found(msgspec.Struct):
    """What a backtest has found.

    Attributes:
        as_of: The moment of which it speaks.
        packs: The packs looked at, by name.
        heard: Source → watermark.
        tally: The counts.
        examples: The worst ones, spread over messages, with their evidence.
    """

    as_of: Micros
    packs: Mapping[str, Pack]
    heard: Mapping[str, Micros]
    tally: Tally
    examples: tuple[Evidence, ...]


class Rows(msgspec.Struct):
    """The rows behind a part, in the order of telling, or of the moments when promises were due."""

    messages: list[Judgement]
    promises: list[BrokenWord]


class CountJob(msgspec.Struct, frozen=True):
    """Counts.

    Attributes:
        now: The moment up to which events count.
        pack: Only this pack; empty: all.
    """

    now: Micros
    pack: str = ""

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> dict[str, Tally]:
        """Return the counts of each pack."""
        found: dict[str, Tally] = {}
        for name in _packs(opened, self.pack):
            tally = found[name] = Tally()
            test = Backtest(opened.packs[name], opened.heard, self.now, opened.whose)
            for subject, events in opened.scan(name, buckets):
                tally.add(test.judge(subject, events)[0], events, test.tells)
                progress(1)
        return found


class RowsJob(msgspec.Struct, frozen=True):
    """Lists the rows behind a part.

    Attributes:
        now: The moment up to which events count.
        part: Which rows.
        pack: Only this pack; empty: all.
    """

    now: Micros
    part: Part
    pack: str = ""

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> Rows:
        """Return the rows."""
        rows = Rows([], [])
        for name in _packs(opened, self.pack):
            test = Backtest(opened.packs[name], opened.heard, self.now, opened.whose)
            for subject, events in opened.scan(name, buckets):
                judged, _ = test.judge(subject, events)
                rows.messages += [one for one in judged.messages if self.part.has_message(one)]
                rows.promises += [one for one in judged.promises if self.part.has_promise(one)]
                progress(1)
        return rows


def backtest(
    history: History, *, pack: str = "", processes: int | None = None, progress: Progress | None = None
) -> Found:
    """Return the backtest of a history.

    Args:
        history: What happened.
        pack: Only subjects of this pack; empty: of all.
        processes: At most so many; `None`: as many as pay.
        progress: Is told of subjects.

    Raises:
        UsageError: B108, two packs use one name for what they tell or promise; P301, there is no such pack.
    """
    with opening(history) as opened:
        _require_apart(opened, pack)
        packs = {name: opened.packs[name] for name in _packs(opened, pack)}
        heard = {source: opened.heard[source] for source in sorted(opened.heard)}
    tallies: dict[str, Tally] = {}

    def take(found: dict[str, Tally]) -> None:
        """Add the counts of a share."""
        for name, tally in found.items():
            tallies.setdefault(name, Tally()).merge(tally)

    spread(history, CountJob(history.now, pack), take, processes=processes, progress=progress)
    total = Tally()
    machines = {name: prepare(one) for name, one in packs.items()}
    owner = {id(one): name for name, tally in tallies.items() for kept in tally.examples.values() for one in kept}
    for tally in tallies.values():
        total.merge(tally)
    examples = tuple(evidence_of(machines[owner[id(one)]], one.judgement, one.events, heard) for one in chosen(total))
    return Found(history.now, packs, heard, total, examples)


def rows_of(
    history: History, part: Part, *, pack: str = "", processes: int | None = None, progress: Progress | None = None
) -> Rows:
    """Return the rows behind a part of a backtest. Arguments as of `backtest`."""
    rows = Rows([], [])

    def take(found: Rows) -> None:
        """Add the rows of a share."""
        rows.messages += found.messages
        rows.promises += found.promises

    spread(history, RowsJob(history.now, part, pack), take, processes=processes, progress=progress)
    rows.messages.sort(key=lambda one: (one.told_at, one.subject, one.message_id))
    rows.promises.sort(key=lambda one: (one.due or 0, one.subject, one.kind, one.key))
    return rows


def _packs(opened: Opened, only: str) -> list[str]:
    """Return the packs to look at: those that tell or promise anything.

    Raises:
        UsageError: P301, the one that is asked for is not there.
    """
    if only:
        require_kept(opened.packs, only)
    return [
        name for name, pack in opened.packs.items() if (not only or name == only) and (pack.messages or pack.promises)
    ]


def _require_apart(opened: Opened, only: str) -> None:
    """Make sure that no name stands for two things: kinds of promises and messages of two packs are never pooled.

    Raises:
        UsageError: B108, one does.
    """
    seen: dict[str, str] = {}
    for name in _packs(opened, only):
        pack = opened.packs[name]
        for one in (*pack.messages, *(kind.name for kind in pack.promises)):
            if seen.setdefault(one, name) != name:
                found = f"{seen[one]} and {name} both have {one!r}"
                problem = Problem(Place(path=name), "B108", found, "one pack at a time", f"add --pack {name}")
                raise UsageError(problem)
