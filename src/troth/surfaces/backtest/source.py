"""The history that a command names: a ledger, or files read into spill files for as long as the command runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from troth.errors import LedgerError, Place, Problem, SourceError
from troth.model.times import Micros
from troth.ports.ledger import Refused
from troth.runtime import catalog
from troth.runtime.backtest.history import History, LedgerHistory, SpilledHistory
from troth.runtime.backtest.spill import Spill
from troth.surfaces.cli.progress import Bars
from troth.surfaces.importing import SHOWN_REASONS, source_of

_HELD: Final = (
    "Only what the history holds is judged: a message, or a notice, of which it has no receipt counts as not given."
)


_NO_CUSTOMERS: Final = (
    "No customer's record is known: whether a message may be sent at that hour, or by that channel, is not judged."
)


class Named(msgspec.Struct, frozen=True):
    """A history that is ready to be looked at.

    Attributes:
        history: The history.
        refused: Rows that could not be used.
        assumptions: What a reader has to know of how it was read, in sentences.
        notes: What the reading has to say.
    """

    history: History
    refused: int = 0
    assumptions: tuple[str, ...] = ()
    notes: tuple[Problem, ...] = ()


@contextmanager
def ledger_history(db: str, moment: Micros | None) -> Iterator[Named]:
    """Yield the history of a ledger.

    Args:
        db: A file, or the address of a database.
        moment: As known at this moment; `None`: all that is known, as of the moment that the ledger speaks of.

    Raises:
        LedgerError: C105, no such file; C107, nothing is in it.
    """
    from troth.bootstrap import open_ledger
    from troth.runtime.work import as_of

    opener = partial(open_ledger, db, must_exist=True)
    ledger = opener()
    try:
        events, present = ledger.count()["events"], as_of(ledger)
        refused = ledger.count()["quarantined"]
    finally:
        ledger.close()
    if present is None:
        found = "events are there, but not folded yet" if events else "the ledger is empty"
        raise LedgerError(Problem(Place(db), "C107", found, "records", "run `troth import`, again if need be"))
    now = present if moment is None else moment
    assumptions = [
        _HELD,
        "Watermarks are those of now: a feed that has been heard since counts as heard at every moment before.",
    ]
    if refused:
        assumptions.append(f"What is in quarantine is not part of it: {_rows(refused)} or events.")
    yield Named(LedgerHistory(opener, now, events, as_known=moment is not None), refused, tuple(assumptions))


@contextmanager
def file_history(path: str, pack: str, map_: str, bars: Bars) -> Iterator[Named]:
    """Yield the history that files hold, read by a mapping where they need one; nothing is kept afterwards.

    Args:
        path: A file, or the folder of a data set.
        pack: The pack: a name, or the path of a folder or file.
        map_: A mapping of the pack, or a mapping file; empty: the file holds events already.
        bars: How to show progress.

    Raises:
        PackError: The pack or the mapping is not right.
        SourceError: The data set does not fit the mapping; B102, it holds no event.
    """
    loaded = catalog.load(pack)
    compiled = loaded.compiled.require()
    with (
        tempfile.TemporaryDirectory(prefix="troth-backtest-") as folder,
        source_of(loaded, map_, Path(path)) as source,
    ):
        spill, latest, assumed = Spill(Path(folder), compiled), None, 0
        refused = _Refusals()
        advance = bars("reading", None)
        for batch in source.batches():
            spill.add(batch.events)
            refused.take(batch.refused)
            assumed += sum(event.assumed == "heard_at" for event in batch.events)
            heard = max((event.heard_at for event in batch.events), default=None)
            latest = heard if latest is None else latest if heard is None else max(latest, heard)
            advance(len(batch.events))
        spill.flush()
        if latest is None:
            raise SourceError(_nothing(path, refused))
        now = latest if source.extract is None else source.extract
        marks = {**dict.fromkeys(source.sources, now), **getattr(source, "watermarks", {})}
        history = SpilledHistory(folder, dict(loaded.files), marks, now, spill.events)
        notes = (*source.notes, *refused.notes())
        yield Named(history, refused.count, _assumed(spill.events, assumed, refused.count), notes)


class _Refusals:
    """Rows that could not be used, counted by the code of the reason, with the first of each."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        self._of: dict[str, tuple[int, Refused]] = {}

    def take(self, refused: Sequence[Refused]) -> None:
        """Count some."""
        self.count += len(refused)
        for one in refused:
            before, first = self._of.get(one.code, (0, one))
            self._of[one.code] = before + 1, first

    def notes(self) -> Iterator[Problem]:
        """Yield a warning for each of the most frequent reasons."""
        remedy = "`troth import` keeps such rows, and `troth quarantine list` shows each with what is wrong with it"
        for code, (count, first) in sorted(self._of.items(), key=lambda item: (-item[1][0], item[0]))[:SHOWN_REASONS]:
            found = f"{_rows(count)} could not be used ({code}), such as {first.place}: {first.reason}"
            yield Problem(Place(), "C112", found, "", remedy, "warning")


def _nothing(path: str, refused: _Refusals) -> list[Problem]:
    """Return the problem of files that hold no event, with the reasons of refused rows."""
    if not refused.count:
        remedy = "is the export empty? If it has rows, the mapping makes an event of none of them: look at its `when`"
        return [Problem(Place(path), "B102", "no event", "at least one row that becomes an event", remedy)]
    reasons = "; ".join(one.found for one in refused.notes())
    remedy = "put the rows right, or the mapping that reads them"
    return [Problem(Place(path), "B102", f"no event: {reasons}", "at least one row that can be used", remedy)]


def _rows(count: int) -> str:
    """Return so many rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"


def _assumed(events: int, assumed: int, refused: int) -> tuple[str, ...]:
    """Return what has to be known of a history that was read from files."""
    found = [_HELD, "Every source counts as heard up to the moment of the extract.", _NO_CUSTOMERS]
    if assumed:
        found.append(
            f"{assumed:,} of {events:,} events do not say when they were heard: they count as heard at once, "
            "so that what was known then is the most that can have been known."
        )
    if refused:
        found.append(f"{_rows(refused)} could not be used and {'is' if refused == 1 else 'are'} not part of it.")
    return tuple(found)
