"""The second part: a simulated firm that errs on purpose asks the gate, live; its pages and the flights' are served."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Final

import click

from troth.model.times import HOUR
from troth.sim.conduct import conduct
from troth.sim.firm import START, Firm
from troth.surfaces.demo.airport import Airport
from troth.surfaces.demo.flights import command_name
from troth.surfaces.demo.house import FIRM, FIRST_PORT, House
from troth.surfaces.demo.once import run_once
from troth.surfaces.demo.pace import PAST, PER_HOUR, SEED, SPEED, Pace, StoppedError
from troth.surfaces.demo.staff import LEAD, PASSWORD, READER
from troth.surfaces.demo.visit import visit
from troth.surfaces.watch.line import Counts
from troth.surfaces.watch.marks import BEGINNING

FOLDER: Final = Path("var")
_LIMIT: Final = 500
_LOOK_S: Final = 0.25


def show(folder: Path, *, once: bool, keep: bool, flights: Path | None = None) -> int:
    """Run the firm before the gate, and serve it and the flights; return the exit code.

    Args:
        folder: Where the firm's ledger goes.
        once: End by itself after a number of orders, as fast as it can, with one visit to each page; else go on until
            SIGINT or SIGTERM.
        keep: Leave the file of a former run where it is.
        flights: The ledger with the flights; `None`: they are not served.
    """
    file, stop = fresh(folder, keep=keep), Event()
    with _stopping(stop), ExitStack() as stack:
        airport = None if flights is None else Airport(flights)
        if airport is not None:
            stack.callback(airport.close)
        house = House(file, START, "" if airport is None else f"Flights={airport.address}/measures")
        stack.callback(house.close)
        if airport is not None:
            airport.open(f"{FIRM}={house.address}/console")
        _introduce(once=once)
        if not once:
            return _until_stopped(house, airport, file, stop)
        return run_once(house, file, stop) or visit(house, airport)


def fresh(folder: Path, *, keep: bool) -> Path:
    """Return a file that is not there: `firm.db`, whose former run is removed unless it is to be kept."""
    folder.mkdir(parents=True, exist_ok=True)
    file, number = folder / "firm.db", 1
    while keep and file.exists():
        number += 1
        file = folder / f"firm-{number}.db"
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    return file


@contextmanager
def _stopping(stop: Event) -> Iterator[None]:
    """Have SIGINT and SIGTERM ask for the end."""

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal calls it so
        stop.set()

    former = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _introduce(*, once: bool) -> None:
    """Say what begins."""
    click.echo(
        "\n== 5. The gate, live ==\n"
        "A simulated firm with stores asks before it says anything to a customer.\n"
        "It errs on purpose: reports are lost, late, repeated and contradicted, clocks\n"
        "are wrong, and some senders do not ask."
    )
    pace = (
        "as fast as it can" if once else f"its first {PAST // HOUR} hours at once, then {SPEED:g} times as fast as ours"
    )
    click.echo(f"Its time passes: {pace}.")
    sys.stdout.flush()


def say_where(house: House, airport: Airport | None, file: Path) -> None:
    """Say where everything is reached, and how to end it."""
    click.echo(f"\n== Open in a browser ==\nSign in as  {LEAD}  or  {READER}, password:  {PASSWORD}")
    click.echo("" if airport is None else f"To the flights as  {READER}: of a year that is over nothing is changed.\n")
    if house.moved:
        click.echo(f"Port {FIRST_PORT} is taken: another one is used.")
    subject = house.worth_a_look()
    rows = {"the firm, live": f"{house.address}/console"}
    if subject:
        rows |= {"one order": f"{house.address}/tx/{subject}", "its customer": house.link(subject)}
    rows |= {
        "its measures": f"{house.address}/measures",
        "its rules": f"{house.address}/packs/store_pickup",
    }
    if airport is not None:
        rows |= {
            "the flights": f"{airport.address}/measures",
            "their rules": f"{airport.address}/packs/travel_disruption",
        }
    rows |= {
        "interface": f"{house.address}/openapi.json",
        "the gate": f"{command_name()} watch --url {house.address}",
        "ledger": str(file),
    }
    click.echo("".join(f"{name:<15} {value}\n" for name, value in rows.items()))
    click.echo("Stop with Ctrl-C.")
    sys.stdout.flush()


def run_on(house: House, stop: Event, begun: Event, *, firm: Firm | None = None, speed: float = SPEED) -> Thread:
    """Start the firm: its past at once, then at its pace, until the end is asked for.

    Args:
        house: The service.
        stop: Ends it; set when it has failed, too.
        begun: Is set when its past is over.
        firm: Another firm than the usual.
        speed: Firm's seconds in one of ours.
    """
    firm = firm or Firm(SEED, START, per_hour=PER_HOUR)

    def work() -> None:
        try:
            conduct(firm, house, wait=Pace(stop, speed, firm.now + PAST, begun.set))
        except StoppedError:
            pass
        finally:
            stop.set()

    running = Thread(target=work, name="firm", daemon=True)
    running.start()
    return running


def _until_stopped(house: House, airport: Airport | None, file: Path, stop: Event) -> int:
    """Run the firm until the end is asked for; return the exit code."""
    begun = Event()
    running = run_on(house, stop, begun)
    while not begun.wait(_LOOK_S) and not stop.is_set():
        pass
    if begun.is_set():
        say_where(house, airport, file)
    stop.wait()
    running.join()
    click.echo(f"Stopped: {_counted(house).text()}.")
    return 0


def _counted(house: House) -> Counts:
    """Return what the feed has told of."""
    counts, after = Counts(), BEGINNING
    while True:
        page = house.reader.page(after, _LIMIT)
        counts.note(page.items)
        if not page.more:
            return counts
        after = page.position
