"""The ledger on PostgreSQL passes the suite, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres_server import Server
from troth.ports.ledger import Ledger
from troth.scale.postgres import PostgresLedger
from troth.testing.conformance.ledger import LedgerConformance

# Hundreds of small ledgers, each made over a connection of its own.
pytestmark = pytest.mark.slow

_COLUMNS = (
    "tenant, bucket, number, chain, pack, subject, source, type, occurred_at, sequence, heard_at, assumed, hash, body, "
    "standing, replaces"
)


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

    def tamper(self, ledger: Ledger, change: str, position: int) -> None:
        mine = "tenant = (SELECT key FROM troth.tenant WHERE name = 'main') AND"
        statements = {
            "alter": f"UPDATE troth.event SET type = 'order.forged' WHERE {mine} position = %s",
            "remove": f"DELETE FROM troth.event WHERE {mine} position = %s",
            "insert": f"INSERT INTO troth.event ({_COLUMNS}, position, id) "
            f"SELECT {_COLUMNS}, (SELECT max(position) + 1 FROM troth.event WHERE {mine} true), 'forged' "
            f"FROM troth.event WHERE {mine} position = %s",
            "hide": f"UPDATE troth.event SET standing = 0 WHERE {mine} position = %s",
            "cut": f"DELETE FROM troth.event WHERE {mine} position >= %s",
            "forget": f"DELETE FROM troth.head WHERE {mine} %s > 0",
        }
        self._beside.execute(statements[change].encode(), (position,))

    def beside(self, ledger: Ledger) -> Ledger:
        assert ledger.tenant == "main"
        return PostgresLedger(self._address, create=False)
