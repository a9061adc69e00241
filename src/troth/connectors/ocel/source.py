"""Reading back a log that troth has exported: its events as they were, no mapping needed."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import pyarrow.parquet as pq

from troth.connectors.forms import unfold
from troth.connectors.ocel.marks import FEED, ID, LEDGER, PACK, SOURCE, event_from
from troth.connectors.tabular.files import file_digest
from troth.engine.journal import JOURNAL
from troth.errors import Place, Problem, SourceError
from troth.model.event import Event
from troth.model.ids import derived_id
from troth.model.times import Micros, parse_instant
from troth.ports.ledger import Refused
from troth.runtime.importing import Batch

CHUNK: Final = 4_000
"""Events a batch."""


class OwnLogSource:
    """The events of an exported OCEL 2.0 log; see `troth.connectors.history.History`."""

    def __init__(self, path: Path, form: str, pack: str, *, journal: bool = False) -> None:
        """Read the log into parts.

        Args:
            path: The file.
            form: Its form, as `troth.connectors.forms.form_of` tells it.
            pack: The pack whose events are wanted; those of others are left out, and counted.
            journal: Take also what troth itself has noted.

        Raises:
            SourceError: The log cannot be read; D107, it was not written by troth, so that a mapping is needed.
        """
        self._path, self._pack, self._journal = path, pack, journal
        self._scratch = tempfile.TemporaryDirectory(prefix="troth-")
        try:
            self._log = unfold(path, form, Path(self._scratch.name))
            self._events = pq.ParquetFile(self._log.paths["events"])
            self._require_marks()
            self.watermarks, self._extract = self._heard()
        except BaseException:
            self._scratch.cleanup()
            raise
        self.sources: frozenset[str] = frozenset()  # each feed has a watermark of its own
        self.notes: list[Problem] = []
        digest = file_digest(path)
        self.cursor = hashlib.sha256(f"ocel\0{digest}\0{pack}\0{journal}".encode()).hexdigest()
        self.origin = derived_id(pack, "ocel", digest)
        self.series = derived_id(pack, "ocel", str(path.resolve()))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was unfolded."""
        self._events.close()
        self._scratch.cleanup()

    @property
    def extract(self) -> Micros | None:
        """Return the moment of the extract of the ledger that the log was made of."""
        return self._extract

    def batches(self) -> Iterator[Batch]:
        """Yield the events in the order of the log."""
        of_rows = self._events.metadata.num_rows
        others: dict[str, int] = {}
        done = own = 0
        if self._log.bad:
            bad = [self._refusal(one.row, one.code, one.reason, one.cells) for one in self._log.bad]
            yield Batch("log", len(bad), len(bad), (), bad)
        for rows in self._events.iter_batches(CHUNK):
            events: list[Event] = []
            refused: list[Refused] = []
            for row in rows.to_pylist():
                marks = json.loads(row["attributes"])
                if marks.get(PACK, self._pack) != self._pack:
                    others[marks[PACK]] = others.get(marks[PACK], 0) + 1
                elif marks.get(SOURCE) == JOURNAL and not self._journal:
                    own += 1
                else:
                    self._take(row, marks, events, refused)
            done += rows.num_rows
            yield Batch("events", done, of_rows, events, refused)
        self._note_left_out(others, own)

    def _take(self, row: dict[str, Any], marks: dict[str, Any], events: list[Event], refused: list[Refused]) -> None:
        """Add the event of a row, or its refusal."""
        try:
            events.append(event_from(row["activity"], row["ts"], marks))
        except (KeyError, ValueError, TypeError) as error:
            reason = f"the event `{row['event_id']}` is no event of an export: {error!r}"
            refused.append(self._refusal(row["file_row"], "D115", reason, {**row, "attributes": marks}))

    def _refusal(self, row: int, code: str, reason: str, cells: Mapping[str, Any]) -> Refused:
        """Return the quarantine entry of something that cannot be used."""
        said = json.dumps(dict(cells), ensure_ascii=False, sort_keys=True, default=str)
        return Refused(
            id=derived_id("event", self._pack, said), code=code, reason=reason,
            place=f"{self._path.name} row {row}", raw=said, heard_at=0, kind="event", pack=self._pack,
        )  # fmt: skip

    def _require_marks(self) -> None:
        """Refuse a log that does not carry what troth needs to read it without a mapping."""
        for rows in self._events.iter_batches(1):
            if ID not in json.loads(rows.column("attributes")[0].as_py()):
                found, expected = "an event log, and no mapping", "--map with a mapping of the log"
                remedy = "`troth schema mapping` and the how-to page on event logs say how to write one"
                raise SourceError(Problem(Place(self._path.name), "D107", found, expected, remedy))
            break

    def _heard(self) -> tuple[dict[str, Micros], Micros | None]:
        """Return up to when each source had been heard, and the moment of the extract."""
        watermarks: dict[str, Micros] = {}
        extract = None
        for rows in pq.ParquetFile(self._log.paths["objects"]).iter_batches(CHUNK):
            for row in rows.to_pylist():
                values = json.loads(row["attributes"]) if row["object_type"] in (FEED, LEDGER) else {}
                if "heard_until" in values:
                    watermarks[values["source"]] = parse_instant(values["heard_until"])
                if "extract" in values:
                    extract = parse_instant(values["extract"])
        return watermarks, extract

    def _note_left_out(self, others: dict[str, int], own: int) -> None:
        """Say what was not taken."""
        for name, count in sorted(others.items()):
            found = f"{count:,} events of the pack {name} are left out"
            remedy = f"import the log again with --pack {name}"
            self.notes.append(Problem(Place(self._path.name), "D402", found, "", remedy, "note"))
        if own:
            found = f"{own:,} events that troth itself has noted (decisions, cases) are left out"
            remedy = "add --journal if the log is an export of a ledger of your own"
            self.notes.append(Problem(Place(self._path.name), "D403", found, "", remedy, "note"))
