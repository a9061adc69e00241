"""The ledger on PostgreSQL passes the suite, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres_server import Server
from troth.ports.ledger import Ledger
from troth.scale.postgres import PostgresLedger
from troth.testing.conformance.ledger import LedgerConformance


@pytest.fixture(scope="session")
def suite_address(postgres: Server) -> str:
    """Return the address of one database for the whole suite."""
    address = postgres.database()
    PostgresLedger(address).close()
    return address


class TestPostgresLedger(LedgerConformance):
    """Every ledger of the suite is a tenant `main`; making the next one renames the former, which goes on working."""

    @pytest.fixture(autouse=True)
    def _database(self, suite_address: str) -> Iterator[None]:
        self._address = suite_address
        with psycopg.connect(suite_address, autocommit=True) as self._beside:
            yield

    def make(self) -> Ledger:
        self._beside.execute("UPDATE troth.tenant SET name = 'former ' || key WHERE name = 'main'")
        return PostgresLedger(self._address)

    def reopen(self, ledger: Ledger) -> Ledger:
        ledger.close()
        return PostgresLedger(self._address, create=False)

    def beside(self, ledger: Ledger) -> Ledger:
        assert ledger.tenant == "main"
        return PostgresLedger(self._address, create=False)
