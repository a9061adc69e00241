"""Whole imports: files through a mapping into a ledger on disk; killed, repeated, halved, mended and replayed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from tests.unit.connectors.tabular.kit import PLAIN
from troth.connectors.tabular import TabularSource, load_mapping
from troth.ledger.sqlite import SqliteLedger
from troth.model.event import Event
from troth.ports.ledger import Ledger
from troth.runtime.importing import ImportSummary, import_events

HEADER = "id,placed_at,done_at,city"
ROWS = [f"o{number},2024-01-{number % 28 + 1:02} 10:00:00,2024-02-01 10:00:00,Rome" for number in range(400)]

CHILD = """
import sys
from pathlib import Path
from troth.connectors.tabular import TabularSource, load_mapping
from troth.ledger.sqlite import SqliteLedger
from troth.runtime.importing import import_events

mapping, data, database = map(Path, sys.argv[1:])
with TabularSource(load_mapping(mapping.read_text(), mapping.name), data, chunk=20) as source:
    def told(progress):
        print(progress.row, flush=True)
    ledger = SqliteLedger(str(database))
    import_events(ledger, "small", source.batches(), sources=source.sources, cursor=source.cursor, progress=told)
print("done", flush=True)
"""


def imported(ledger: Ledger, mapping: str, path: Path, *, chunk: int = 20) -> ImportSummary:
    """Import a data set under a mapping."""
    with TabularSource(load_mapping(mapping, "small.yaml"), path, chunk=chunk) as source:
        return import_events(
            ledger, "small", source.batches(), extract=source.extract, sources=source.sources, cursor=source.cursor,
            origin=source.origin,
        )  # fmt: skip


def standing(ledger: Ledger) -> dict[str, list[Event]]:
    """Return all events by subject, as they stand."""
    return dict(ledger.scan_events())


def test_an_import_that_is_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    data, mapping = tmp_path / "orders.csv", tmp_path / "small.yaml"
    data.write_text("\n".join([HEADER, *ROWS]) + "\n")
    mapping.write_text(PLAIN)
    database = tmp_path / "killed.db"
    command = [sys.executable, "-c", CHILD, str(mapping), str(data), str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(3):
            assert child.stdout.readline().strip().isdigit()
        child.send_signal(signal.SIGKILL)
    killed = SqliteLedger(str(database))
    before = killed.count()["events"]
    assert before >= 3 * 40
    done = imported(killed, PLAIN, data)
    assert done.events + done.duplicates == 800
    assert done.duplicates >= 3 * 40
    whole = SqliteLedger(str(tmp_path / "whole.db"))
    imported(whole, PLAIN, data)
    assert standing(killed) == standing(whole)


def test_twice_shuffled_or_in_two_halves_the_same_events_stand(tmp_path: Path) -> None:
    shuffled = random.Random(7).sample(ROWS, len(ROWS))
    for name, parts in {"whole": [ROWS], "shuffled": [shuffled, ROWS], "halves": [ROWS[200:], ROWS[:200]]}.items():
        ledger = SqliteLedger(str(tmp_path / f"{name}.db"))
        for number, rows in enumerate(parts):
            folder = tmp_path / f"{name}{number}"
            folder.mkdir()
            (folder / "orders.csv").write_text("\n".join([HEADER, *rows]) + "\n")
            imported(ledger, PLAIN, folder)
        ledger.close()
    ledgers = [SqliteLedger(str(tmp_path / f"{name}.db")) for name in ("whole", "shuffled", "halves")]
    first, *others = map(standing, ledgers)
    assert all(first == other for other in others)
    assert len({tuple(ledger.watermarks().items()) for ledger in ledgers}) == 1


def test_next_weeks_extract_adds_what_is_new_and_repeats_nothing(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path / "weeks.db"))
    data = tmp_path / "orders.csv"
    data.write_text(f"{HEADER}\na,2024-01-01,,Rome\nb,2024-01-02,2024-01-03,Rome\n")
    assert imported(ledger, PLAIN, data).events == 3
    data.write_text(f"{HEADER}\na,2024-01-01,2024-01-08,Rome\nb,2024-01-02,2024-01-03,Rome\nc,2024-01-09,,Rome\n")
    done = imported(ledger, PLAIN, data)
    assert (done.events, done.duplicates, done.conflicts) == (2, 3, 0)


def test_importing_again_with_the_mended_mapping_settles_what_was_refused(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path / "again.db"))
    data = tmp_path / "orders.csv"
    data.write_text(f"{HEADER}\na,2024-01-01,?,Rome\nb,2024-01-02,,Rome\n")
    assert imported(ledger, PLAIN, data).quarantined == 1
    done = imported(ledger, PLAIN.replace("tables:", 'missing: ["", "?"]\ntables:'), data)
    assert (done.events, done.duplicates, done.released, done.quarantined) == (1, 1, 1, 0)
    assert ledger.quarantine() == []
