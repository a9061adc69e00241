"""The history that a command names: a ledger, or files read into spill files for as long as the command runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from troth.errors import LedgerError, Place, Problem, SourceError
from troth.model.times import Micros
from troth.runtime import catalog
from troth.runtime.backtest.history import History, LedgerHistory, SpilledHistory
from troth.runtime.backtest.spill import Spill
from troth.surfaces.cli.progress import Bars
from troth.surfaces.importing import source_of

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
        assumptions.append(f"{refused:,} rows or events are in quarantine and are not part of it.")
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
        spill, refused, latest, assumed = Spill(Path(folder), compiled), 0, None, 0
        advance = bars("reading", None)
        for batch in source.batches():
            spill.add(batch.events)
            refused += len(batch.refused)
            assumed += sum(event.assumed == "heard_at" for event in batch.events)
            heard = max((event.heard_at for event in batch.events), default=None)
            latest = heard if latest is None else latest if heard is None else max(latest, heard)
            advance(len(batch.events))
        spill.flush()
        if latest is None:
            found = f"no event{' but refused rows' if refused else ''}"
            raise SourceError(Problem(Place(path), "B102", found, "at least one event", "check the mapping"))
        now = latest if source.extract is None else source.extract
        marks = {**dict.fromkeys(source.sources, now), **getattr(source, "watermarks", {})}
        history = SpilledHistory(folder, dict(loaded.files), marks, now, spill.events)
        yield Named(history, refused, _assumed(spill.events, assumed, refused), tuple(source.notes))


def _assumed(events: int, assumed: int, refused: int) -> tuple[str, ...]:
    """Return what has to be known of a history that was read from files."""
    found = [_HELD, "Every source counts as heard up to the moment of the extract.", _NO_CUSTOMERS]
    if assumed:
        found.append(
            f"{assumed:,} of {events:,} events do not say when they were heard: they count as heard at once, "
            "so that what was known then is the most that can have been known."
        )
    if refused:
        found.append(f"{refused:,} rows could not be used and are not part of it.")
    return tuple(found)
