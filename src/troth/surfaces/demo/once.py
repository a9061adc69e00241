"""The firm for a number of orders, as fast as it goes: what the gate did, and how right it was."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size
from threading import Event
from typing import Any, Final

import click

from troth.sim.conduct import conduct
from troth.sim.firm import START, Firm
from troth.sim.score import Score
from troth.surfaces.cli.common import on_terminal
from troth.surfaces.cli.progress import counted, progress
from troth.surfaces.demo.flights import command_name
from troth.surfaces.demo.house import House
from troth.surfaces.demo.pace import PER_HOUR, SEED, ZONE, Pace, StoppedError
from troth.surfaces.watch.line import Counts, FeedLine
from troth.surfaces.watch.marks import BEGINNING
from troth.surfaces.watch.screen import screen_on

ORDERS: Final = 120
"""Orders of a run that ends by itself."""
_LIMIT: Final = 500
_EXAMPLES: Final = (
    ("held", 3), ("released", 2), ("replaced", 3), ("suppressed", 2), ("corrected", 3), ("bypass", 1), ("lapse", 1),
    ("case", 2),
)  # fmt: skip
"""Which lines are shown, and how many of each kind."""


def run_once(house: House, file: Path, stop: Event, *, orders: int | None = None) -> int:
    """Run a number of orders as fast as it goes, print what the gate did, and return the exit code."""
    orders = orders or ORDERS
    firm = Firm(SEED, START, orders=orders, per_hour=PER_HOUR)
    score = Score(firm)
    try:
        with progress(transient=True) as bars:
            conduct(firm, house, [score, _Placed(firm, bars("orders", orders))], wait=Pace(stop, 0))
    except StoppedError:
        return 130
    score.close_bypasses()
    counts, examples = _gathered(house)
    say_summary(counts, examples, score, orders)
    click.echo(f"\nAll of it: {command_name()} watch --db {file} --once --format table")
    return 0


class _Placed:
    """A witness that moves a bar."""

    def __init__(self, firm: Firm, advance: Any) -> None:
        self._firm, self._told = firm, counted(advance)

    def saw(self, *_: Any) -> None:
        """Tell how many orders have been placed so far."""
        self._told(len(self._firm.orders))


def _gathered(house: House) -> tuple[Counts, dict[str, list[FeedLine]]]:
    """Return the counts of the whole feed, and its first lines of each kind, one a subject and reason."""
    counts, examples, after = Counts(), {kind: list[FeedLine]() for kind, _ in _EXAMPLES}, BEGINNING
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    while True:
        page = house.reader.page(after, _LIMIT)
        counts.note(page.items)
        for line in page.items:
            mark = (line.kind, line.message, line.codes)
            if line.kind in examples and mark not in seen:
                seen.add(mark)
                examples[line.kind].append(line)
        if not page.more:
            return counts, examples
        after = page.position


def say_summary(counts: Counts, examples: dict[str, list[FeedLine]], score: Score, orders: int) -> None:
    """Print what the gate did, some of it line by line, and how right it was."""
    of, said = counts.kinds, score.counts
    rows = (
        ("asked", counts.asked, "messages that senders put to the gate"),
        ("sent", of["sent"], "left with a permit"),
        ("replaced", of["replaced"], "by the message that was true"),
        ("held", of["held"], f"until it was known or could be done; {of['released']} of them released as asked"),
        ("suppressed", of["suppressed"], "untrue, pointless or not wanted"),
        (
            "corrected",
            of["corrected"],
            "messages that the gate asked for, since what was believed had become untrue",
        ),
        ("bypasses", of["bypass"], "left without asking, found by their receipts"),
        ("lapses", of["lapse"], "promises not kept, found by a timer"),
        ("cases", of["case"], "other failures that somebody has to repair"),
    )
    click.echo(f"\nOf {orders} orders:")
    for name, count, text in rows:
        click.echo(f"{count:>7,}  {name:<10}  {text}")
    click.echo(
        f"\nThe simulator knows the truth: {said['asks_false']} of {said['asks']} messages would have been false when "
        f"they were asked about.\n{said['false_sends_knowable']} of {said['sent']} that went out were false by what "
        "was known at that moment.\n\nSome of it:"
    )
    screen = screen_on(sys.stdout, ZONE, terminal=False, colour=False, width=_width())
    chosen = [line for kind, most in _EXAMPLES for line in examples[kind][:most]]
    for line in sorted(chosen, key=lambda line: line.position):
        screen.line(line)


def _width() -> int:
    """Return the columns that lines may take; 0: nobody looks."""
    return get_terminal_size().columns if on_terminal(sys.stdout) else 0
