"""The composition root: the one place that knows which adapters stand behind the ports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from troth.errors import LedgerError, Place, Problem, UsageError
from troth.ports.ledger import Ledger
from troth.ports.sender import Couriers

MEMORY = ":memory:"
"""The path of a ledger that lives as long as the process."""


def open_ledger(path: str | Path = MEMORY, *, must_exist: bool = False) -> Ledger:
    """Return a ledger: on SQLite at a path, or in memory.

    Args:
        path: The database file; it is made when it is not there. `:memory:`: in memory.
        must_exist: Refuse to make a new file.

    Raises:
        LedgerError: C105, no such file; or the adapter's own: not a ledger, written by a newer troth, locked.
    """
    if str(path) == MEMORY:
        from troth.ledger.memory import MemoryLedger

        return MemoryLedger()
    if must_exist and not Path(path).is_file():
        problem = Problem(Place(str(path)), "C105", "no such database file", "a ledger made by `troth import`",
                          "check the path, or import something into it first")  # fmt: skip
        raise LedgerError(problem)
    from troth.ledger.sqlite import SqliteLedger

    return SqliteLedger(str(path))


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
    return {"webhook": WebhookCourier(Poster(networks)), "smtp": SmtpCourier(), "sink": SinkCourier()}
