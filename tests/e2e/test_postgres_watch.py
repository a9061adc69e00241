"""Watching a ledger on a server: what becomes visible late is shown as well, each thing once."""

from __future__ import annotations

from contextlib import closing
from threading import Event as Signal
from threading import Thread

import pytest
from click.testing import CliRunner

from tests.postgres_server import Server
from tests.unit.runtime.live.firm import Firm, packs
from troth.scale.postgres import PostgresLedger
from troth.scale.postgres.transactions import SHARDS
from troth.surfaces.cli.app import cli
from troth.surfaces.watch.marks import BEGINNING, marks_of, next_of, text_of
from troth.surfaces.watch.reader import Reader
from troth.testing.conformance.strategies import an_event, subjects_of

pytestmark = pytest.mark.slow


def test_what_another_writer_commits_late_is_not_skipped(postgres: Server) -> None:
    address = postgres.database()
    drawn, seen = Signal(), Signal()
    early, late = subjects_of(1, 1)[0], subjects_of(2, 1)[0]

    def write() -> None:
        with closing(PostgresLedger(address)) as ledger, ledger.unit([2]):
            ledger.append([an_event("slow", subject=late)], pack="delivery")
            drawn.set()
            assert seen.wait(30)

    with closing(PostgresLedger(address)) as ledger:
        writer = Thread(target=write)
        writer.start()
        assert drawn.wait(30)
        ledger.append([an_event("quick", subject=early)], pack="delivery")
        first = next_of(ledger, marks_of(BEGINNING, SHARDS), 100)
        assert [one.event.id for one in first.stored] == ["quick"]
        seen.set()
        writer.join()
        second = next_of(ledger, marks_of(text_of(first.marks), SHARDS), 100)
        assert [one.event.id for one in second.stored] == ["slow"]
        assert second.stored[0].position < first.stored[0].position
        assert next_of(ledger, second.marks, 100).stored == ()


def test_the_feed_goes_on_from_its_end_and_its_pages_are_the_whole(postgres: Server) -> None:
    address = postgres.database()
    with closing(PostgresLedger(address)) as ledger:
        firm = Firm(ledger)
        reader = Reader(ledger, packs())
        for number in range(1, 6):
            firm.placed(number, number)
        end = reader.end()
        assert reader.page(end, 100).items == []
        for number in range(1, 6):
            firm.ask(name=f"m{number}", subject=f"pickup/{number}")
        told = reader.page(end, 100)
        assert sorted(line.subject for line in told.items) == [f"pickup/{number}" for number in range(1, 6)]
        found, after = [], BEGINNING
        while True:
            page = reader.page(after, 3)
            found += page.items
            after = page.position
            if not page.more:
                break
        assert found == told.items
    said = CliRunner().invoke(cli, ["watch", "--db", address, "--once", "--format", "ndjson"])
    assert said.stdout.count('"kind"') == 5, said.output
