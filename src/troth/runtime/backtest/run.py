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
from troth.measures.backtest.weights import weight_of
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
        weights: How many like it each of these stands for; `None`: not known, or not asked for.
        attributes: Attributes that any subject has; only where a weight is asked for.
        weight: The attribute with sampling weights; empty: every message counts once.
    """

    as_of: Micros
    packs: Mapping[str, Pack]
    heard: Mapping[str, Micros]
    tally: Tally
    examples: tuple[Evidence, ...]
    weights: tuple[float | None, ...] = ()
    attributes: frozenset[str] = frozenset()
    weight: str = ""


class Rows(msgspec.Struct):
    """The rows behind a part, in the order of telling, or of the moments when promises were due.

    Attributes:
        messages, promises: The rows.
        weights: Subject → how many like it it stands for; only where a weight is asked for.
        attributes: Attributes that any subject has; only where a weight is asked for.
        packs: The packs looked at, by name.
    """

    messages: list[Judgement]
    promises: list[BrokenWord]
    weights: dict[str, float] = {}
    attributes: set[str] = set()
    packs: Mapping[str, Pack] = {}


class Counted(msgspec.Struct):
    """What was counted among some subjects.

    Attributes:
        tallies: Pack → its counts.
        attributes: Attributes that any subject has; only where a weight is asked for.
    """

    tallies: dict[str, Tally] = {}
    attributes: set[str] = set()


class CountJob(msgspec.Struct, frozen=True):
    """Counts.

    Attributes:
        now: The moment up to which events count.
        pack: Only this pack; empty: all.
        weight: Attribute with sampling weights; empty: every message counts once.
    """

    now: Micros
    pack: str = ""
    weight: str = ""

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> Counted:
        """Return the counts of each pack."""
        found = Counted()
        for name in _packs(opened, self.pack):
            tally = found.tallies[name] = Tally()
            test = Backtest(opened.packs[name], opened.heard, self.now, opened.whose)
            for subject, events in opened.scan(name, buckets):
                judged, record = test.judge(subject, events)
                weight = weight_of(record.attributes, self.weight) if self.weight else None
                tally.add(judged, events, test.dated, weight)
                if self.weight:
                    found.attributes.update(record.attributes)
                progress(1)
        return found


class RowsJob(msgspec.Struct, frozen=True):
    """Lists the rows behind a part.

    Attributes:
        now: The moment up to which events count.
        part: Which rows.
        pack: Only this pack; empty: all.
        weight: Attribute with sampling weights, to list beside the rows; empty: none.
    """

    now: Micros
    part: Part
    pack: str = ""
    weight: str = ""

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> Rows:
        """Return the rows."""
        rows = Rows([], [])
        for name in _packs(opened, self.pack):
            test = Backtest(opened.packs[name], opened.heard, self.now, opened.whose)
            for subject, events in opened.scan(name, buckets):
                judged, record = test.judge(subject, events)
                messages = [one for one in judged.messages if self.part.has_message(one)]
                promises = [one for one in judged.promises if self.part.has_promise(one)]
                rows.messages += messages
                rows.promises += promises
                if self.weight:
                    rows.attributes.update(record.attributes)
                    weight = weight_of(record.attributes, self.weight)
                    if weight is not None and (messages or promises):
                        rows.weights[subject] = weight.value
                progress(1)
        return rows


def backtest(
    history: History,
    *,
    pack: str = "",
    weight: str = "",
    processes: int | None = None,
    progress: Progress | None = None,
) -> Found:
    """Return the backtest of a history.

    Args:
        history: What happened.
        pack: Only subjects of this pack; empty: of all.
        weight: Attribute with sampling weights; empty: every message counts once.
        processes: At most so many; `None`: as many as pay.
        progress: Is told of subjects.

    Raises:
        UsageError: B108, two packs use one name for what they tell or promise; P301, there is no such pack.
        MeasureError: Q107, a negative weight.
    """
    with opening(history) as opened:
        _require_apart(opened, pack)
        packs = {name: opened.packs[name] for name in _packs(opened, pack)}
        heard = {source: opened.heard[source] for source in sorted(opened.heard)}
    tallies: dict[str, Tally] = {}
    attributes: set[str] = set()

    def take(found: Counted) -> None:
        """Add the counts of a share."""
        attributes.update(found.attributes)
        for name, tally in found.tallies.items():
            tallies.setdefault(name, Tally()).merge(tally)

    spread(history, CountJob(history.now, pack, weight), take, processes=processes, progress=progress)
    total = Tally()
    machines = {name: prepare(one) for name, one in packs.items()}
    owner = {id(one): name for name, tally in tallies.items() for kept in tally.examples.values() for one in kept}
    for tally in tallies.values():
        total.merge(tally)
    shown = chosen(total)
    examples = tuple(evidence_of(machines[owner[id(one)]], one.judgement, one.events, heard) for one in shown)
    weights = tuple(one.weight for one in shown)
    return Found(history.now, packs, heard, total, examples, weights, frozenset(attributes), weight)


def rows_of(
    history: History,
    part: Part,
    *,
    pack: str = "",
    weight: str = "",
    processes: int | None = None,
    progress: Progress | None = None,
) -> Rows:
    """Return the rows behind a part of a backtest. Arguments as of `backtest`."""
    rows = Rows([], [])
    with opening(history) as opened:
        rows.packs = {name: opened.packs[name] for name in _packs(opened, pack)}

    def take(found: Rows) -> None:
        """Add the rows of a share."""
        rows.messages += found.messages
        rows.promises += found.promises
        rows.weights.update(found.weights)
        rows.attributes.update(found.attributes)

    spread(history, RowsJob(history.now, part, pack, weight), take, processes=processes, progress=progress)
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
