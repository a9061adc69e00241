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
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import ibis
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from troth.engine.cases.kinds import is_plain
from troth.measures.question import Question, Tables
from troth.measures.registry import answer
from troth.measures.tables import SCHEMAS
from troth.model.estimate import Estimate
from troth.model.pack import Pack
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.holding import holding
from troth.runtime.quiet import quiet
from troth.runtime.snapshot_build import Manifest, Progress, build
from troth.runtime.told import Opener, Told

FORMAT: Final = 4
"""Version of the snapshot format; part of a snapshot's name."""

KEEP: Final = 3
"""Snapshots kept beside a ledger, the youngest first."""


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
        opener: Opens the ledger anew, so that several processes can share either.

    Raises:
        MeasureError: Q105, a record of a pack that was not given.
    """
    told = partial(Told, ledger, packs, as_of, progress=telling, opener=opener)
    keep = folder or _folder_of(ledger)
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="troth-snapshot-") as room:
            built = build(ledger, packs, as_of, Path(room) / "snapshot", progress, opener)
            return _opened(built, packs, told, in_memory=True)
    place = keep / _name(ledger, packs, as_of)
    if not (place / "manifest.json").exists():
        build(ledger, packs, as_of, place, progress, opener)
        _prune(keep, place)
    return _opened(place, packs, told, in_memory=False)


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
