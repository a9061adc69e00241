"""The composition root: the one place that knows which adapters stand behind the ports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from troth.errors import LedgerError, Place, Problem, UsageError
from troth.ports.ledger import Ledger
from troth.ports.outbox import Outbox
from troth.ports.sender import Couriers
from troth.scale.address import is_address, shown

if TYPE_CHECKING:
    from troth.model.times import Micros
    from troth.runtime.live import LiveService
    from troth.runtime.live.run import Done
    from troth.runtime.outbound import OutboxWorker

MEMORY = ":memory:"
"""The path of a ledger that lives as long as the process."""


def open_ledger(path: str | Path = MEMORY, *, must_exist: bool = False) -> Ledger:
    """Return a ledger: on SQLite at a path, on PostgreSQL at an address, or in memory.

    Args:
        path: The database file; it is made when it is not there. `postgresql://…`: a database on a server; troth makes
            its tables in it. `:memory:`: in memory.
        must_exist: Refuse to make a new ledger.

    Raises:
        LedgerError: C105, no such file; or the adapter's own: not a ledger, written by a newer troth, locked, not to
            be reached.
    """
    if is_address(str(path)):
        from troth.scale.postgres import PostgresLedger

        return PostgresLedger(str(path), create=not must_exist)
    if str(path) == MEMORY:
        from troth.ledger.memory import MemoryLedger

        return MemoryLedger()
    if must_exist and not Path(path).is_file():
        problem = Problem(Place(str(path)), "C105", "no such database file", "a ledger that is there",
                          "check the path; `troth import`, `troth serve` and `troth sim run` make one")  # fmt: skip
        raise LedgerError(problem)
    from troth.ledger.sqlite import SqliteLedger

    return SqliteLedger(str(path))


def ledger_name(path: str | Path) -> str:
    """Return how a ledger is called in what people read: its path, or its address without the password."""
    return shown(str(path)) if is_address(str(path)) else str(path)


def snapshots_of(path: str | Path) -> Path | None:
    """Return the folder beside a ledger's file where snapshots are kept; `None` for a ledger without a file."""
    return None if is_address(str(path)) or str(path) == MEMORY else Path(f"{path}.snapshot")


def open_couriers(allow: Iterable[str] = (), ports: Iterable[int] = ()) -> Couriers:
    """Return who delivers outgoings, by kind of destination.

    Args:
        allow: Networks that webhooks may go to although they are not public, such as `127.0.0.0/8`.
        ports: The only ports that webhooks may go to; empty: any.

    Raises:
        UsageError: C101, a text is no network.
    """
    from troth.connectors.smtp import SmtpCourier
    from troth.connectors.webhooks import Networks, WebhookCourier
    from troth.connectors.webhooks.post import Poster
    from troth.runtime.outbound.sink import SinkCourier

    try:
        networks = Networks.of(allow, ports)
    except ValueError as error:
        problem = Problem(Place(), "C101", str(error), "a network such as 10.1.0.0/16")
        raise UsageError(problem) from error
    return {"webhook": WebhookCourier(Poster(networks)), "smtp": SmtpCourier(networks), "sink": SinkCourier()}


def open_worker(outbox: Outbox, allow: Iterable[str] = (), ports: Iterable[int] = ()) -> OutboxWorker:
    """Return the thread that delivers what is due in an outbox; `start` begins it, `stop` ends it.

    Args:
        outbox: Whose deliveries.
        allow: See `open_couriers`.
        ports: See `open_couriers`.

    Raises:
        UsageError: C101, a text is no network.
    """
    from random import Random

    from troth.runtime.clock import wall_clock
    from troth.runtime.outbound import Deliverer, OutboxWorker

    # Seeded by the moment: processes that start together need not wait for the same times.
    jitter = Random(wall_clock())  # noqa: S311 - it guards nothing
    return OutboxWorker(Deliverer(outbox, open_couriers(allow, ports), wall_clock, jitter), wall_clock)


@contextmanager
def open_service(
    path: str | Path = MEMORY,
    *,
    packs: Iterable[str | Path] = (),
    clock: Callable[[], Micros] | None = None,
    on_turn: Callable[[Done], None] | None = None,
) -> Iterator[LiveService]:
    """Open the live service in this process, for a `with` block: its end answers what waits and closes the ledger.

    What the service tells others waits in the outbox for `open_worker` or `troth outbox deliver`.

    Args:
        path: The ledger, as `open_ledger` takes it.
        packs: Packs by name or path, beside those that the ledger keeps. The pack of customers comes along.
        clock: Returns the present moment, in microseconds since 1970 UTC; `None`: the machine's.
        on_turn: Is told of each turn after its commit, such as `troth.runtime.telemetry.Metrics().turned`.

    Raises:
        UsageError: P301, there is no pack of that name; H304, no pack is named and the ledger keeps none.
        PackError: A pack does not compile.
        LedgerError: As `open_ledger`.
    """
    from troth.runtime import catalog
    from troth.runtime.clock import wall_clock
    from troth.runtime.live import LiveService

    ledger = open_ledger(path)
    try:
        gathered = catalog.gather(ledger, map(str, packs))
        if not gathered:
            problem = Problem(Place(), "H304", "no pack is named", 'packs=["store_pickup"], or the path of one')
            raise UsageError(problem)
        service = LiveService(ledger, gathered, clock=clock or wall_clock, on_turn=on_turn)
        try:
            yield service
        finally:
            service.close()
    finally:
        ledger.close()
