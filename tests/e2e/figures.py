"""What the tests of check figures share: imports and questions through the command line, and answers without troth."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from click.testing import CliRunner

from troth.bootstrap import open_ledger
from troth.model.ids import record_hash
from troth.surfaces.cli.app import cli

# The first of two moments that one wall time names; DuckDB itself takes the second.
INSTANT = """
create macro instant(wall, zone) as epoch_us(least(
    timezone(zone, wall::timestamp), timezone(zone, wall::timestamp - interval 1 hour) + interval 1 hour))
"""


class Book(NamedTuple):
    """An imported data set.

    Attributes:
        db: The ledger's database file.
        folder: The data set.
        done: What the import said.
    """

    db: Path
    folder: Path
    done: dict[str, Any]

    def rows(self, measure: str, *words: str) -> list[dict[str, Any]]:
        """Return the rows of `troth measure`."""
        return run("measure", measure, "--db", str(self.db), *words)

    def row(self, measure: str, *words: str) -> dict[str, Any]:
        """Return the only row of `troth measure`."""
        (row,) = self.rows(measure, *words)
        return row


def run(*words: str) -> list[dict[str, Any]]:
    """Run a command and return its rows; it must succeed."""
    said = CliRunner().invoke(cli, [*words, "--format", "json"])
    assert said.exit_code == 0, said.output[-2_000:]
    rows: list[dict[str, Any]] = json.loads(said.stdout)["data"]
    return rows


def import_set(folder: Path, pack: str, mapping: str, db: Path) -> Book:
    """Import a data set through the command line; nothing may be refused."""
    (done,) = run("import", str(folder), "--pack", pack, "--map", mapping, "--db", str(db))
    assert (done["quarantined"], done["conflicts"]) == (0, 0)
    return Book(db, folder, done)


def ask(query: str, *setup: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over files, which troth has no part in; `instant(wall, zone)` is at hand."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for statement in (INSTANT, *setup):
            connection.execute(statement)
        return connection.execute(query).fetchall()


def counts(rows: Sequence[tuple[Any, ...]]) -> dict[Any, dict[str, int]]:
    """Turn rows (segment, part, n) into part counts by segment."""
    found: dict[Any, dict[str, int]] = {}
    for segment, part, n in rows:
        found.setdefault(segment, {})[part] = n
    return found


def parts_of(row: dict[str, Any]) -> dict[str, int]:
    """Return the parts of a row of promise reliability that are not empty."""
    names = ("kept", "late", "broken", "unknown", "void", "open", "early", "failed_early")
    return {name: row[name] for name in names if row[name]}


def survivors(
    durations: Sequence[float], seen: Sequence[bool], weights: Sequence[float] | None = None
) -> dict[str, float]:
    """Return p25, p50, p75 and p90 by lifelines' Kaplan-Meier."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import KaplanMeierFitter  # noqa: PLC0415 - importing it warns, which would fail the test

        fitter = KaplanMeierFitter().fit(durations, seen, weights=weights)
        return {f"p{share}": float(fitter.percentile(1 - share / 100)) for share in (25, 50, 75, 90)}


def record_hashes(db: Path) -> dict[str, str]:
    """Return the hash of every record in a ledger."""
    with closing(open_ledger(db, must_exist=True)) as ledger:
        return {record.subject: record_hash(record) for record in ledger.scan_records()}


def copies(folder: Path, target: Path, queries: dict[str, str], options: str = "format parquet") -> Path:
    """Write tables of a data set into a folder: file name → query, in which `{folder}` is the data set."""
    target.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        for file, query in queries.items():
            connection.execute(f"copy ({query.format(folder=folder)}) to '{target / file}' ({options})")
    return target


def segments(rows: Sequence[dict[str, Any]], name: str, least: int = 30) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield (value, row) of the segments with enough decided cases."""
    return ((row["segment"][name], row) for row in rows if row["n"] >= least)
