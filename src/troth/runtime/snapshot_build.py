"""Building a snapshot: records become the four tables, in this process or in several that share the buckets."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

import duckdb
import msgspec
import pyarrow.parquet as pq

from troth.measures.question import AttributeColumn
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.backtest.history import LedgerHistory
from troth.runtime.backtest.spread import pays, spread
from troth.runtime.replay import records_at
from troth.runtime.snapshot_rows import ARROW_SCHEMAS, OutdatedError, Part, SnapshotJob, holds, parts_of
from troth.runtime.snapshot_types import Seen

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of records done so far."""

_DUCK: Final[Mapping[str, str]] = {"bool": "BOOLEAN", "int64": "BIGINT", "float64": "DOUBLE", "string": "VARCHAR"}


class Manifest(msgspec.Struct, frozen=True):
    """What a snapshot says about itself.

    Attributes:
        as_of: The moment it speaks of.
        rows: Table name → number of rows.
        attributes: Attribute name → its column.
        several: Some subject has several promises of one kind.
        replayed: Its records were folded again, from what had been heard by then.
        words: Something may have been said of a promise that was not kept, or a customer spoke up.
    """

    as_of: Micros
    rows: dict[str, int]
    attributes: dict[str, AttributeColumn]
    several: bool
    replayed: bool = False
    words: bool = False


class _OtherPacks(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """The ledger keeps other packs than those that were given."""


def build(
    ledger: Ledger,
    packs: Mapping[str, Pack],
    as_of: Micros,
    place: Path,
    progress: Progress | None = None,
    opener: Callable[[], Ledger] | None = None,
) -> Path:
    """Write a snapshot into a folder that appears only when it is whole; return the folder.

    Args:
        ledger: Whose records.
        packs: Packs by name; all that the records name.
        as_of: The moment.
        place: The folder.
        progress: Told about records done.
        opener: Opens the ledger anew in another process, so that several share the work where that pays.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f"{place.name}.", suffix=".partial", dir=place.parent))
    try:
        manifest = _built(ledger, packs, as_of, room, progress, opener if opener is not None and pays(ledger) else None)
        (room / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        try:
            room.replace(place)
        except OSError:
            # Somebody else was faster with the same content: theirs is as good.
            if not (place / "manifest.json").exists():
                raise
        return place
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _built(
    ledger: Ledger,
    packs: Mapping[str, Pack],
    as_of: Micros,
    room: Path,
    progress: Progress | None,
    opener: Callable[[], Ledger] | None,
) -> Manifest:
    """Write the tables, from the stored records if they hold, else from those of the past."""
    for replay in (False, True):
        writer = _Writer(room, progress)
        try:
            if opener is not None:
                if not replay and not all(holds(one, as_of) for one in islice(ledger.scan_records(), 1)):
                    # No process need be started to find that out.
                    continue
                job = SnapshotJob(as_of, {name: pack.digest for name, pack in packs.items()}, replay)
                history = LedgerHistory(opener, as_of, ledger.last_position(), as_known=replay)
                spread(history, job, writer.take)
            else:
                records = records_at(ledger, packs, as_of) if replay else ledger.scan_records()
                for part in parts_of(records, packs, as_of):
                    writer.take([part])
        except OutdatedError:
            continue
        except _OtherPacks:
            return _built(ledger, packs, as_of, room, progress, None)
        finally:
            writer.close()
        return msgspec.structs.replace(writer.manifest(as_of), replayed=replay)
    raise AssertionError("what is folded again up to a moment holds at it")


class _Writer:
    """Writes parts into a folder, one Parquet file a table; what a former try has left there is removed."""

    def __init__(self, place: Path, progress: Progress | None) -> None:
        for left in place.iterdir():
            left.unlink()
        self._place = place
        self._progress = progress
        self._writers = {
            name: pq.ParquetWriter(
                place / ("raw.parquet" if name == "subjects" else f"{name}.parquet"), schema, compression="zstd"
            )
            for name, schema in ARROW_SCHEMAS.items()
        }
        self._seen, self._rows, self._done = Seen(), dict.fromkeys(ARROW_SCHEMAS, 0), 0

    def take(self, parts: Sequence[Part] | str) -> None:
        """Write some parts.

        Raises:
            OutdatedError: There are none: a stored record does not hold.
            _OtherPacks: There are none: the packs are others.
        """
        if isinstance(parts, str):
            raise OutdatedError if parts == "outdated" else _OtherPacks
        for part in parts:
            for name, table in part.tables.items():
                self._writers[name].write_table(table)
                self._rows[name] += table.num_rows
            self._seen.join(part.seen)
            self._done += part.records
        if self._progress is not None:
            self._progress(self._done)

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()

    def manifest(self, as_of: Micros) -> Manifest:
        """Turn attributes into columns, and return what the snapshot says about itself."""
        self.close()
        attributes = _columns(self._seen)
        _spread(self._place, attributes)
        return Manifest(as_of, self._rows, attributes, self._seen.several, words=self._seen.words)


def _spread(place: Path, attributes: Mapping[str, AttributeColumn]) -> None:
    """Rewrite `raw.parquet` as `subjects.parquet`, the JSON text replaced by one typed column for each attribute."""
    raw, final = place / "raw.parquet", place / "subjects.parquet"
    with duckdb.connect() as connection:
        source = f"read_parquet({_text(str(raw))})"
        query = f"SELECT * EXCLUDE (attributes) FROM {source}"  # noqa: S608 - quoted by _text
        if attributes:
            # One list of JSON pointers, so that every text is parsed once.
            pointers = ", ".join(_text(_pointer(name)) for name in attributes)
            fields = ", ".join(
                f"TRY_CAST(found[{index}] AS {_DUCK[column.type]}) AS {_name_of(column.column)}"
                for index, column in enumerate(attributes.values(), start=1)
            )
            found = f"SELECT *, json_extract_string(attributes, [{pointers}]) AS found FROM {source}"  # noqa: S608 - quoted
            query = f"SELECT * EXCLUDE (attributes, found), {fields} FROM ({found})"  # noqa: S608 - quoted
        connection.execute(f"COPY ({query}) TO {_text(str(final))} (FORMAT parquet, COMPRESSION zstd)")
    raw.unlink()


def _pointer(name: str) -> str:
    """Return the JSON pointer of a member (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name_of(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _columns(seen: Seen) -> dict[str, AttributeColumn]:
    """Return the attributes by name; column names differ even where case is ignored."""
    taken: set[str] = set()
    found: dict[str, AttributeColumn] = {}
    for name in sorted(seen.types):
        column, again = f"a:{name}", 2
        while column.lower() in taken:
            column, again = f"a:{name}~{again}", again + 1
        taken.add(column.lower())
        found[name] = AttributeColumn(column, _narrowest(seen.types[name]), seen.later.get(name, 0))
    return found


def _narrowest(types: set[type]) -> str:
    real = types - {type(None)}
    if real == {bool}:
        return "bool"
    if real == {int}:
        return "int64"
    if real and real <= {int, float}:
        return "float64"
    return "string"
