"""Snapshots: records as Parquet, opened as Ibis tables for the measures.

One snapshot format everywhere: the four tables of `troth.measures.tables`, one Parquet file each (zstd), and a
`manifest.json`. A snapshot is a cache: it is named by what it was made of (ledger content, packs, as_of, format),
written beside the ledger in `FILE.snapshot/`, renamed into place when it is whole, and rebuilt whenever it is not
there. Memory is bounded by one chunk. The tables of what was told (`troth.runtime.told`) join it when they are asked
for.

Attributes become one column each (`a:NAME`), of the narrowest type that holds all their values: `bool`, `int64`,
`float64`, else `string`. A value that is not known is null.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb
import ibis
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from troth.engine.cases.kinds import is_plain
from troth.measures.question import AttributeColumn, Question, Tables
from troth.measures.registry import answer
from troth.measures.tables import SCHEMAS, columns_of
from troth.model.estimate import Estimate
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.holding import holding
from troth.runtime.quiet import quiet
from troth.runtime.replay import records_at
from troth.runtime.told import Opener, Told, needs_words

FORMAT: Final = 4
"""Version of the snapshot format; part of a snapshot's name."""

CHUNK: Final = 20_000
KEEP: Final = 3
"""Snapshots kept beside a ledger, the youngest first."""

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of records done so far."""

_ARROW: Final[Mapping[str, pa.DataType]] = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}
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


class _Outdated(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """A stored record does not hold at as_of."""


def open_tables(
    ledger: Ledger,
    packs: Mapping[str, Pack],
    as_of: Micros,
    progress: Progress | None = None,
    folder: Path | None = None,
    telling: Progress | None = None,
    opener: Callable[[], Ledger] | None = None,
) -> Tables:
    """Return the ledger's tables as of a moment, from the snapshot if there is one, else building it.

    Stored records are used where they hold at as_of (derived at or before it, with nothing pending before it);
    otherwise all are replayed up to as_of.

    Args:
        ledger: Whose records.
        packs: Packs by name; all that the records name.
        as_of: The moment.
        progress: Told about records done while a snapshot is built.
        folder: Where snapshots are kept; by default `FILE.snapshot` beside the ledger's file, and for a ledger without
            a file a temporary folder that is removed with the tables.
        telling: Told about records done while tables of what was told are built.
        opener: Opens the ledger anew, so that several processes can share that.

    Raises:
        MeasureError: Q105, a record of a pack that was not given.
    """
    told = partial(Told, ledger, packs, as_of, progress=telling, opener=opener)
    keep = folder or _folder_of(ledger)
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="troth-snapshot-") as room:
            built = build(ledger, packs, as_of, Path(room) / "snapshot", progress)
            return _opened(built, packs, told, in_memory=True)
    place = keep / _name(ledger, packs, as_of)
    if not (place / "manifest.json").exists():
        build(ledger, packs, as_of, place, progress)
        _prune(keep, place)
    return _opened(place, packs, told, in_memory=False)


def build(
    ledger: Ledger, packs: Mapping[str, Pack], as_of: Micros, place: Path, progress: Progress | None = None
) -> Path:
    """Write a snapshot into a folder that appears only when it is whole; return the folder."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{place.name}.", suffix=".partial", dir=place.parent))
    try:
        try:
            manifest = _write(_holding(ledger.scan_records(), as_of), packs, as_of, partial, progress)
        except _Outdated:
            manifest = _write(records_at(ledger, packs, as_of), packs, as_of, partial, progress)
            manifest = msgspec.structs.replace(manifest, replayed=True)
        (partial / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        try:
            partial.replace(place)
        except OSError:
            # Somebody else was faster with the same content: theirs is as good.
            if not (place / "manifest.json").exists():
                raise
        return place
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def run(expression: ibis.expr.types.Table) -> pa.Table:
    """Execute an expression over opened tables; the one place where a measure's query is run."""
    with quiet():
        return expression.to_pyarrow()


def measure(name: str, tables: Tables, question: Question) -> list[Estimate]:
    """Return a measure's estimates over opened tables.

    Raises:
        MeasureError: The question does not fit the tables.
    """
    with holding(tables) as held:
        return answer(name, held, question, run)


def select_subjects(
    tables: Tables, names: Iterable[str], keep: Callable[[Mapping[str, Any]], bool | None]
) -> tuple[Tables, int]:
    """Return the tables restricted by a predicate over attributes, and for how many subjects it is unknown.

    A subject for which the predicate is unknown is left out: unknown is never true.

    Args:
        tables: Opened tables.
        names: Attributes that the predicate reads; it is called once for each combination of their values.
        keep: Attribute name → value (`None`: not known) to a truth.
    """
    read = list(dict.fromkeys(names))
    columns = {f"c{index}": tables.subjects[tables.attributes[name].column] for index, name in enumerate(read)}
    values = tables.subjects.select(subject="subject", **columns)
    distinct = run(values.group_by(list(columns)).aggregate(n=values.count())).to_pylist() if columns else []
    if not columns:
        distinct = [{"n": run(values.aggregate(n=values.count())).to_pylist()[0]["n"]}]
    truths = [keep({name: row[column] for name, column in zip(read, columns, strict=True)}) for row in distinct]
    unknown = sum(row["n"] for row, truth in zip(distinct, truths, strict=True) if truth is None)
    chosen = [row for row, truth in zip(distinct, truths, strict=True) if truth is True]
    if not columns:
        return (tables if chosen else tables.only(values.limit(0))), unknown
    return tables.only(_rows_like(values, list(columns), chosen)), unknown


def _rows_like(values: Any, columns: list[str], chosen: list[dict[str, Any]]) -> Any:
    """Return the rows whose columns equal one of the chosen combinations, null being equal to null."""
    if not chosen:
        return values.limit(0)
    schema = {"choice": "int64", **{column: str(values[column].type()) for column in columns}}
    rows = [{"choice": index, **{column: row[column] for column in columns}} for index, row in enumerate(chosen)]
    wanted = ibis.memtable(rows, schema=ibis.schema(schema))
    alike = [values[column].identical_to(wanted[column]) for column in columns]
    return values.semi_join(wanted, alike)


def _folder_of(ledger: Ledger) -> Path | None:
    """Return `FILE.snapshot` for a ledger that has a file."""
    path = getattr(ledger, "path", None)
    return Path(f"{path}.snapshot") if path and str(path) != ":memory:" else None


def _name(ledger: Ledger, packs: Mapping[str, Pack], as_of: Micros) -> str:
    """Return the name of a snapshot: a digest over everything that its content depends on."""
    made_of = {
        "format": FORMAT,
        "as_of": as_of,
        "last_position": ledger.last_position(),
        "revision": ledger.get("revision"),
        "unfolded": list(ledger.dirty_buckets()),
        "watermarks": ledger.watermarks(),
        "packs": {name: pack.digest for name, pack in packs.items()},
    }
    text = json.dumps(made_of, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _prune(keep: Path, current: Path) -> None:
    """Remove all but the youngest snapshots; the present one stays."""
    done = [place for place in keep.iterdir() if (place / "manifest.json").exists() and place != current]
    for place in sorted(done, key=lambda place: place.stat().st_mtime, reverse=True)[KEEP - 1 :]:
        shutil.rmtree(place, ignore_errors=True)


def _holding(records: Iterable[Record], as_of: Micros) -> Iterator[Record]:
    """Yield records that hold at as_of.

    Raises:
        _Outdated: One does not: it was derived later, or something changes between its moment and as_of.
    """
    for record in records:
        if not record.at <= as_of < min(record.wake_at, record.pending):
            raise _Outdated
        yield record


class _Types:
    """Collects, over all records, what the tables do not tell: attribute types, late attributes, repeated promises."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self.packs = packs
        self.words = False
        self.seen: dict[str, set[type]] = {}
        self.later: dict[str, int] = {}
        self.several = False

    def add(self, record: Record) -> None:
        promises = record.promises
        if len(promises) > 1 and not self.several:
            self.several = len({promise.kind for promise in promises}) < len(promises)
        if not self.words and record.pack in self.packs:
            self.words = needs_words(record, self.packs[record.pack])
        requested = record.requested_at
        for name, attribute in record.attributes.items():
            types = self.seen.get(name)
            if types is None:
                types = self.seen[name] = set()
            value = attribute.value
            # An integer beyond 64 bits is kept as text, exactly.
            types.add(str if type(value) is int and not -(2**63) <= value < 2**63 else type(value))
            if requested is not None and attribute.known_from > requested:
                self.later[name] = self.later.get(name, 0) + 1

    def columns(self) -> dict[str, AttributeColumn]:
        """Return the attributes by name; column names differ even where case is ignored."""
        taken: set[str] = set()
        found: dict[str, AttributeColumn] = {}
        for name in sorted(self.seen):
            column, again = f"a:{name}", 2
            while column.lower() in taken:
                column, again = f"a:{name}~{again}", again + 1
            taken.add(column.lower())
            found[name] = AttributeColumn(column, _narrowest(self.seen[name]), self.later.get(name, 0))
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


def _write(
    records: Iterable[Record], packs: Mapping[str, Pack], as_of: Micros, place: Path, progress: Progress | None
) -> Manifest:
    """Write the four tables chunk by chunk, then turn attributes into columns."""
    for left in place.iterdir():
        left.unlink()
    schemas = {
        name: pa.schema([(column.name, _ARROW[column.type]) for column in schema.columns])
        for name, schema in SCHEMAS.items()
    }
    files = {name: place / ("raw.parquet" if name == "subjects" else f"{name}.parquet") for name in schemas}
    writers = {name: pq.ParquetWriter(files[name], schema, compression="zstd") for name, schema in schemas.items()}
    types, rows, done = _Types(packs), dict.fromkeys(schemas, 0), 0
    source = iter(records)
    try:
        while chunk := list(islice(source, CHUNK)):
            for record in chunk:
                types.add(record)
            for name, columns in columns_of(chunk, packs, as_of).items():
                table = pa.table(columns, schema=schemas[name])
                writers[name].write_table(table)
                rows[name] += table.num_rows
            done += len(chunk)
            if progress is not None:
                progress(done)
    finally:
        for writer in writers.values():
            writer.close()
    attributes = types.columns()
    _spread(place, attributes)
    return Manifest(as_of, rows, attributes, types.several, words=types.words)


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


def _opened(place: Path, packs: Mapping[str, Pack], told: Callable[..., Told], *, in_memory: bool) -> Tables:
    """Return a snapshot's tables on a connection of their own."""
    manifest = msgspec.json.decode((place / "manifest.json").read_bytes(), type=Manifest)
    connection = ibis.duckdb.connect()
    opened = {}
    with quiet():
        for name in SCHEMAS:
            file = place / f"{name}.parquet"
            if in_memory:
                opened[name] = connection.create_table(name, pq.read_table(file))
            else:
                opened[name] = connection.read_parquet(file, table_name=name)
    return Tables(
        **opened,
        attributes=manifest.attributes,
        as_of=manifest.as_of,
        kinds={name: [kind.name for kind in pack.promises] for name, pack in packs.items()},
        legs={(name, kind.name): _legs(kind) for name, pack in packs.items() for kind in pack.cases},
        rows=manifest.rows,
        several=manifest.several,
        further=Opener(
            told(replayed=manifest.replayed, words=manifest.words), connection, None if in_memory else place
        ),
        said={
            "message": list(dict.fromkeys(name for pack in packs.values() for name in pack.messages)),
            "statement": list(dict.fromkeys(name for pack in packs.values() for name in pack.statements)),
            "topic": list(dict.fromkeys(one.about for pack in packs.values() for one in pack.statements.values())),
        },
    )


def _legs(kind: Any) -> list[str]:
    """Return the legs that can be told of a case kind; every case can close.

    Of cases with a full life people walk every leg, whether the pack has a rule for it or not; `detected` says that it
    is known who found them, and how they were closed.
    """
    if not is_plain(kind):
        return ["detected", "owned", "informed", "resolved", "closed"]
    told = {"owned": kind.owned_when, "informed": kind.informed_when, "resolved": kind.resolved_when}
    return [leg for leg, rule in told.items() if rule is not None] + ["closed"]
