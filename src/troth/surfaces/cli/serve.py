"""`troth serve`: the live service with its HTTP interface."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer

if TYPE_CHECKING:
    from troth.model.pack import Pack
    from troth.ports.ledger import Ledger
    from troth.runtime.config import Settings
    from troth.runtime.outbound.worker import OutboxWorker


@make(
    "serve",
    examples=[
        "troth serve --db pickup.db --pack store_pickup --open",
        "troth serve --db pickup.db --host 0.0.0.0 --port 8443",
    ],
)
@click.option("--db", metavar="FILE", help="The ledger: a file, or postgresql://…; made when it is not there.")
@click.option("--pack", "packs", multiple=True, metavar="NAME", help="A pack to serve; else those the ledger keeps.")
@click.option("--host", metavar="ADDRESS", help="Listen there; else 127.0.0.1. Beyond this machine only with keys.")
@click.option("--port", type=int, metavar="PORT", help="Listen there; else 8080. 0 takes a free port.")
@click.option("--open", "open_", is_flag=True, default=None, help="Let everybody who reaches it write (development).")
@click.option("--tick", "tick_ms", type=int, metavar="MS", help="How often deliveries are looked for; else 250.")
@click.option("--config", default="troth.toml", metavar="FILE", help="A file of settings; else troth.toml.")
def command(
    db: str | None,
    packs: tuple[str, ...],
    host: str | None,
    port: int | None,
    open_: bool | None,
    tick_ms: int | None,
    config: str,
) -> Answer:
    """Serve the gate: events in, questions answered, cases kept; until stopped by SIGTERM or Ctrl-C.

    Options go before the environment (TROTH_PORT), that before the file of settings.
    What waits is answered before it stops.
    """
    from troth.errors import Place, Problem, UsageError
    from troth.runtime import access
    from troth.runtime.config import load
    from troth.surfaces.api.serving import serve

    given: dict[str, Any] = {
        "db": db, "packs": packs, "host": host, "port": port, "open": open_, "tick_ms": tick_ms,
    }  # fmt: skip
    settings = load(given, os.environ, config)
    if not settings.db:
        raise UsageError(Problem(Place(path="db"), "H302", "no database is named", "--db FILE, or TROTH_DB"))
    unkeyed: list[bool] = []

    def parts(store: Ledger) -> OutboxWorker:
        unkeyed.append(not access.all_keys(store))
        return _deliveries(store, settings)

    serve(settings, lambda *reached: _ready(*reached, reads_only=any(unkeyed) and not settings.open), parts)
    return Answer()


def _ready(address: str, packs: Mapping[str, Pack], *, reads_only: bool) -> None:
    """Say on standard error that requests are answered, and whether nobody may write."""
    click.echo(f"troth serves {', '.join(packs)} at {address}", err=True)
    if reads_only:
        click.echo(
            "It only reads: the ledger has no key. `troth keys create` makes one, --open does without.", err=True
        )


def _deliveries(store: Ledger, settings: Settings) -> OutboxWorker:
    """Start what delivers the outbox, and return it."""
    from random import SystemRandom

    from troth.bootstrap import open_couriers
    from troth.runtime.clock import wall_clock
    from troth.runtime.outbound import Deliverer, OutboxWorker

    deliverer = Deliverer(store, open_couriers(settings.allow_networks), wall_clock, SystemRandom())
    worker = OutboxWorker(deliverer, wall_clock, idle_s=settings.tick_ms / 1_000)
    worker.start()
    return worker
