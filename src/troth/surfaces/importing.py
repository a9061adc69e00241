"""An import as a whole: find pack and mapping, read the rows into events, fold the events into records."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from troth.bootstrap import ledger_name
from troth.connectors.forms import form_of
from troth.connectors.history import History
from troth.connectors.tabular.load import check_against_pack, load_mapping
from troth.connectors.tabular.source import TabularSource
from troth.errors import PackError, Place, Problem, SourceError, UsageError
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.importing import ImportSummary, Progress, import_events
from troth.runtime.privacy import Sealer
from troth.runtime.work import Folded, fold
from troth.surfaces.cli.progress import Advance, Bars

SHOWN_REASONS = 5
"""Reasons of quarantine that an import names; `troth quarantine list` shows all."""


class Imported(msgspec.Struct, frozen=True):
    """What an import did.

    Attributes:
        pack: Name of the pack.
        summary: What became of the rows.
        folded: What became of the records.
        notes: What a reader should know.
    """

    pack: str
    summary: ImportSummary
    folded: Folded
    notes: tuple[Problem, ...]


@contextmanager
def source_of(loaded: catalog.Loaded, map_name: str, path: Path, *, journal: bool = False) -> Iterator[History]:
    """Open a data set: behind a mapping of a pack, or a file that holds events already.

    Args:
        loaded: The pack.
        map_name: A mapping of the pack or a mapping file; empty: the file holds CloudEvents, or is an export of troth.
        path: A file, or the folder of a data set.
        journal: Take from an export also what troth itself has noted.

    Raises:
        PackError: The pack or the mapping is not right, or they do not fit each other; all problems at once.
        UsageError: The pack has no such mapping; D108, there is nothing to map.
        SourceError: The data set does not fit the mapping; D107, it needs one.
    """
    pack = loaded.compiled.require()
    if not map_name:
        with _unmapped(pack.name, path, journal=journal) as history:
            yield history
        return
    if path.is_file() and form_of(path) == "cloudevents":
        found, remedy = "a mapping for a file of CloudEvents", "leave --map out: they are events already"
        raise UsageError(Problem(Place(path.name), "D108", found, "no mapping", remedy))
    file, text = catalog.mapping(loaded, map_name)
    mapping = load_mapping(text, file)
    if problems := check_against_pack(mapping, pack):
        raise PackError(problems)
    with TabularSource(mapping, path, pack) as source:
        yield source


def _unmapped(pack: str, path: Path, *, journal: bool) -> History:
    """Open a file that holds events already.

    Raises:
        SourceError: M110, there is no such file; D107, it needs a mapping.
    """
    from troth.connectors.cloudevents.source import CloudEventsSource
    from troth.connectors.ocel.source import OwnLogSource

    if not path.is_file():
        found = "a folder, and no mapping" if path.is_dir() else "there is no such file or folder"
        code = "D107" if path.is_dir() else "M110"
        remedy = "add --map, or name the file" if path.is_dir() else "check the path"
        raise SourceError(Problem(Place(str(path)), code, found, "a file of events", remedy))
    form = form_of(path)
    if form == "cloudevents" or path.stat().st_size == 0:  # of an empty ledger an export holds no line
        return CloudEventsSource(path, pack, journal=journal)
    if form in ("table", "xes", "ocel1-json"):
        found = f"{'a table' if form == 'table' else 'an event log'}, and no mapping"
        remedy = "add --map with the name of a mapping of the pack, or the path of one"
        raise SourceError(Problem(Place(path.name), "D107", found, "--map", remedy))
    return OwnLogSource(path, form, pack, journal=journal)


def import_source(ledger: Ledger, loaded: catalog.Loaded, source: History, bars: Bars) -> Imported:
    """Import an opened data set into a ledger and bring its records up to the moment of the extract.

    Args:
        ledger: Where to.
        loaded: The pack.
        source: The data set.
        bars: How to show progress.

    Raises:
        LedgerError: The ledger cannot store something.
    """
    pack = loaded.compiled.require()
    catalog.store(ledger, loaded)
    summary = import_events(
        ledger, pack.name, source.batches(), extract=source.extract, sources=source.sources, cursor=source.cursor,
        origin=source.origin, series=source.series, sealer=Sealer(ledger, {pack.name: pack}), progress=_reading(bars),
    )  # fmt: skip
    if source.watermarks:
        ledger.advance(dict(source.watermarks))
    folded = fold_all(ledger, bars, now=summary.extract_at)
    return Imported(pack.name, summary, folded, (*source.notes, *_said(summary)))


def fold_all(ledger: Ledger, bars: Bars, *, now: int | None = None) -> Folded:
    """Bring every record of a ledger up to date, with progress."""
    advance = bars("bringing up to date", ledger.count()["subjects"])
    return fold(ledger, catalog.restore(ledger), now=now, progress=advance)


def _reading(bars: Bars) -> Callable[[Progress], None]:
    """Return a callback that shows a bar for each part of the history."""
    started: dict[str, tuple[Advance, list[int]]] = {}

    def show(now: Progress) -> None:
        if now.part not in started:
            started[now.part] = bars(f"reading {now.part}", now.of_rows), [0]
        advance, done = started[now.part]
        advance(now.row - done[0])
        done[0] = now.row

    return show


def _said(summary: ImportSummary) -> Iterator[Problem]:
    """Yield the import's own notes."""
    for text in summary.notes:
        yield Problem(Place(), "C118", text, severity="note")


def reasons(ledger: Ledger, db: str, most: int = SHOWN_REASONS) -> Iterator[Problem]:
    """Yield a warning for each frequent reason of quarantine, the most frequent first.

    Args:
        ledger: Whose quarantine.
        db: Where it is, as the command named it: what helps can be pasted, but for a password.
        most: How many reasons.
    """
    counts: dict[str, int] = {}
    examples: dict[str, tuple[str, str]] = {}
    after = ""
    while page := ledger.quarantine(after=after, limit=1_000):
        after = page[-1].id
        for refused in page:
            counts[refused.code] = counts.get(refused.code, 0) + 1
            examples.setdefault(refused.code, (refused.place, refused.reason))
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]:
        place, reason = examples[code]
        found = f"{count:,} in quarantine ({code}), such as {place}: {reason}"
        yield Problem(
            Place(), "C112", found, "", f"troth quarantine list --db {shlex.quote(ledger_name(db))}", "warning"
        )
