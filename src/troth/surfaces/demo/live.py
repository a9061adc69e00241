"""The second part: a simulated firm that errs on purpose asks the gate, live, and the terminal shows what it says."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Final

import click

from troth.sim.conduct import conduct
from troth.sim.firm import START, Firm
from troth.surfaces.cli.common import coloured, on_terminal
from troth.surfaces.demo.flights import command_name
from troth.surfaces.demo.house import FIRST_PORT, House
from troth.surfaces.demo.once import run_once
from troth.surfaces.demo.pace import PER_HOUR, SEED, SPEED, ZONE, Pace, StoppedError
from troth.surfaces.watch.line import USUAL, Counts
from troth.surfaces.watch.marks import BEGINNING
from troth.surfaces.watch.screen import Screen, screen_on

FOLDER: Final = Path("var")
_LIMIT: Final = 500
_LOOK_S: Final = 0.25


def show(folder: Path, *, once: bool, keep: bool) -> int:
    """Run the firm before the gate and show what the gate says; return the exit code.

    Args:
        folder: Where the firm's ledger goes.
        once: End by itself after a number of orders, as fast as it can; else go on until SIGINT or SIGTERM.
        keep: Leave the file of a former run where it is.
    """
    file = fresh(folder, keep=keep)
    stop = Event()
    with _stopping(stop):
        house = House(file, START)
        try:
            _introduce(house, file, once=once)
            return run_once(house, file, stop) if once else run_on(house, stop)
        finally:
            house.close()


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


def _introduce(house: House, file: Path, *, once: bool) -> None:
    """Say what runs, where it is reached, and how to end it."""
    click.echo(
        "\n== 5. The gate, live ==\n"
        "A simulated firm with stores asks before it says anything to a customer.\n"
        "It errs on purpose: reports are lost, late, repeated and contradicted, clocks\n"
        "are wrong, and some senders do not ask."
    )
    pace = "as fast as it can" if once else f"{SPEED:g} times as fast as time passes, by night faster"
    click.echo(f"It runs {pace}.\n")
    if house.moved:
        click.echo(f"Port {FIRST_PORT} is taken: another one is used.")
    rows = {
        "interface": f"{house.address}/openapi.json",
        "one order": f"{house.address}/v1/subjects/pickup/1/truth",
        "open cases": f"{house.address}/v1/cases",
        "figures": f"{house.address}/metrics",
        "ledger": str(file),
        "these lines": f"{command_name()} watch --url {house.address}",
    }
    click.echo("".join(f"{name:<12} {value}\n" for name, value in rows.items()), nl=False)
    if not once:
        click.echo("Stop with Ctrl-C.\n")
    sys.stdout.flush()


def run_on(house: House, stop: Event, *, firm: Firm | None = None, speed: float = SPEED) -> int:
    """Run the firm at its pace and print what the gate does, until the end is asked for; return the exit code."""
    firm = firm or Firm(SEED, START, per_hour=PER_HOUR)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            conduct(firm, house, wait=Pace(stop, speed))
        except StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody sees it
            failed.append(error)
        finally:
            stop.set()

    running = Thread(target=work, name="firm", daemon=True)
    screen, counts = (
        screen_on(sys.stdout, ZONE, terminal=on_terminal(sys.stdout), colour=coloured(sys.stdout)),
        Counts(),
    )
    try:
        running.start()
        after = BEGINNING
        while not stop.wait(_LOOK_S):
            after = _print(house, screen, counts, after)
        running.join()
        _print(house, screen, counts, after)
    finally:
        stop.set()
        screen.close()
    if failed:
        raise failed[0]
    click.echo("Stopped." if on_terminal(sys.stdout) else f"Stopped: {counts.text()}.")
    return 0


def _print(house: House, screen: Screen, counts: Counts, after: str) -> str:
    """Print what has been told since a position; return the position reached."""
    while True:
        page = house.reader.page(after, _LIMIT)
        counts.note(page.items)
        for line in page.items:
            if line.kind in USUAL:
                screen.line(line)
        screen.counts(counts)
        if not page.more:
            return page.position
        after = page.position
