"""`troth sim`: a firm that errs on purpose, before the live service; the service judged from the truth beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from troth.surfaces.cli.common import Command
from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.model.times import Micros
    from troth.sim.coverage.study import Covered
    from troth.sim.coverage.study import Figure as Covers
    from troth.sim.faults import Faults
    from troth.sim.figure import Figure
    from troth.sim.firm import Firm
    from troth.sim.score import Score

_Function = TypeVar("_Function", bound=Callable[..., Any])
_RATES: Final = (
    ("lost", 0.02, "Share of scans and receipts never reported."),
    ("late", 0.05, "Share of reports that come ten minutes late or more."),
    ("duplicated", 0.02, "Share of reports that come twice."),
    ("reordered", 0.02, "Share of reports that later ones overtake."),
    ("contradicted", 0.01, "Share of orders of which a second system says what is not so."),
    ("early", 0.02, "Share of parcels scanned as delivered too early."),
    ("stale-stock", 0.04, "Share of stock checks that count what is gone."),
    ("bypass", 0.03, "Share of messages that leave without asking."),
    ("failing", 0.005, "Share of messages that the provider fails to send."),
    ("outages", 0.3, "Share of days with an hour of a provider down and of a feed silent."),
)
_SHOWN: Final = ("figure", "value", "of", "share", "bar", "met", "definition")


class _Duration(click.ParamType[Any]):
    """A duration such as 2m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Micros:
        """Return microseconds."""
        from troth.model.times import parse_duration

        try:
            return value if isinstance(value, int) else parse_duration(value)
        except ValueError as error:
            self.fail(f"{error}; write it as 90s or 2m", param, ctx)


class _Speed(click.ParamType[Any]):
    """How many virtual seconds pass in one; `max`: no pause."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the factor, 0 for `max`."""
        try:
            speed = 0.0 if value == "max" else float(value)
        except ValueError:
            self.fail(f"{value!r} is no speed; write a number such as 60, or max", param, ctx)
        if value != "max" and not 0 < speed < float("inf"):
            self.fail(f"{value} is no speed; write a number above zero, or max", param, ctx)
        return speed


def _with_firm(function: _Function) -> _Function:
    """Add what a firm is made of: orders, seed, and a rate for each fault."""
    for name, rate, text in reversed(_RATES):
        option = click.option(f"--{name}", type=float, default=rate, show_default=True, metavar="RATE", help=text)
        function = option(function)
    options = (
        click.option("--skew", type=_Duration(), default="2m", show_default=True, metavar="DURATION",
                     help="Clocks of systems are off by at most so much."),
        click.option("--per-hour", type=float, default=1200.0, show_default=True, metavar="N",
                     help="Orders an hour by day."),
        click.option("--seed", type=int, default=7, show_default=True, metavar="N", help="Another one, another firm."),
        click.option("--orders", type=int, default=1000, show_default=True, metavar="N", help="How many are placed."),
    )  # fmt: skip
    for option in options:
        function = option(function)
    return function


def _with_file(function: _Function) -> _Function:
    """Add `--db FILE`."""
    return click.option("--db", default=":memory:", metavar="FILE", help="Keep the ledger in this new file.")(function)


@click.group(
    "sim", epilog="\b\nExamples:\n  troth sim run --orders 500 --db firm.db\n  troth sim score --orders 2000 --seed 11"
)
def command() -> None:
    """Run a simulated firm that errs on purpose before the live service, or judge the service by it."""


@command.command(
    "run",
    cls=Command,
    examples=["troth sim run --orders 500 --db firm.db", "troth sim run --orders 100 --speed 600 --seed 3"],
)
@_with_firm
@click.option("--speed", type=_Speed(), default="max", show_default=True, metavar="X|max",
              help="Virtual seconds in a second.")  # fmt: skip
@_with_file
def run(speed: float, db: str, **firm: Any) -> Answer:
    """Run the firm to its end, on a virtual clock, and say what happened."""
    score, _ = _judged(_firm(firm), db, speed)
    counts = score.counts
    names = ("reports", "asks", "sent", "corrections", "lapses_found", "cases_by_system", "contacts", "bypasses")
    outcomes = {outcome: counts[f"decided_{outcome}"] for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS")}
    return Answer(data=({"orders": firm["orders"]} | {name: counts[name] for name in names} | outcomes,))


@command.command(
    "score",
    cls=Command,
    examples=["troth sim score --orders 2000 --seed 11", "troth sim score --orders 50000 --lost 0.1 --format json"],
)
@_with_firm
@_with_file
@click.option("--fail/--no-fail", default=True, help="Exit with 1 when a bar is missed (default), or not.")
def score(fail: bool, db: str, **firm: Any) -> Answer:
    """Judge the service: each figure with its definition and denominator, from the truth beside the simulator.

    The same arguments give the same figures. Throughput goes to standard error.
    """
    from troth.sim.judgement import figures

    result, seconds = _judged(_firm(firm), db, 0.0)
    reports = result.counts["reports"]
    click.echo(f"{reports} reports in {seconds:.1f} s: {reports / seconds:.0f} a second", err=True)
    found = figures(result)
    rows = tuple(_row(figure, result) for figure in found)
    missed = [figure for figure in found if not figure.met]
    bars = tuple(row for row in rows if row["bar"])
    rest = tuple(row for row in rows if not row["bar"])
    return Answer(
        data=rows,
        status="findings" if missed else "ok",
        exit_code=1 if missed and fail else 0,
        sections=(
            Section("Bars", bars, _SHOWN, optional=("definition",)),
            Section("Reported", rest, ("figure", "value", "of", "share", "definition"), optional=("definition",)),
        ),
    )


def _firm(given: dict[str, Any]) -> Firm:
    """Return the firm that a command line describes.

    Raises:
        UsageError: U101 to U103.
    """
    from troth.sim.faults import Faults
    from troth.sim.firm import Firm

    faults: Faults = Faults(**{name: given[name] for name in Faults.__struct_fields__})
    return Firm(given["seed"], faults=faults, orders=given["orders"], per_hour=given["per_hour"])


def _judged(firm: Firm, db: str, speed: float) -> tuple[Score, float]:
    """Run a firm to its end; return the score, and how many seconds it took."""
    from troth.model.times import SECOND
    from troth.runtime.clock import wall_clock
    from troth.sim.firm import START
    from troth.sim.world import Counting, judged, live_driver
    from troth.surfaces.cli.progress import counted, progress

    driver = live_driver(db, start=START)
    began = wall_clock()
    with progress() as bars:
        counting = Counting(firm, counted(bars("orders", firm.planned)))
        score = judged(firm, driver, [counting], wait=_paced(START, began, speed) if speed else None)
    return score, max(1, wall_clock() - began) / SECOND


def _paced(start: Micros, began: Micros, speed: float) -> Callable[[Micros], None]:
    """Return how to wait for a virtual moment at a speed."""
    from threading import Event

    from troth.model.times import SECOND
    from troth.runtime.clock import wall_clock

    never = Event()

    def wait(moment: Micros) -> None:
        left = began + (moment - start) / speed - wall_clock()
        if left > 0:
            never.wait(left / SECOND)

    return wait


def _row(figure: Figure, score: Score) -> Row:
    """Return a figure as a row; of a missed bar with examples."""
    row: Row = {
        "figure": figure.name,
        "value": figure.value,
        "of": figure.of,
        "share": None if figure.share is None else round(figure.share, 6),
        "unit": figure.unit,
        "bar": figure.bar,
        "met": figure.met,
        "definition": figure.definition,
    }
    if not figure.met:
        row["examples"] = score.examples.get(figure.name, [])[:5]
    return row


@command.command(
    "coverage",
    cls=Command,
    examples=["troth sim coverage", "troth sim coverage --measure status_fidelity --runs 10000 --format json"],
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=2_000,
    show_default=True,
    metavar="N",
    help="Samples of a figure, shared evenly by its cells; of a cell at least ten.",
)
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Another one, other samples.")
@click.option("--measure", "name", metavar="NAME", help="Only the figures of this measure.")
@click.option("--cells", "each", is_flag=True, help="A row for each cell of the grid, in place of one for each figure.")
@click.option("--fail/--no-fail", default=True, help="Exit with 1 when a figure misses 93 to 97 % (default), or not.")
def coverage(runs: int, seed: int, name: str | None, each: bool, fail: bool) -> Answer:
    """Judge the intervals: how often they hold the truth, over samples whose truth is known.

    The grid has three sizes (30, 100, 300), four laws of durations, 30 to 60 % censored, competing endings, late entry,
    several promises of one customer. Every sample goes through the measure that `troth measure` computes.
    """
    from troth.measures.registry import measure_of
    from troth.sim.coverage.cells import grid
    from troth.sim.coverage.study import evenly, figures, study
    from troth.surfaces.cli.progress import counted, progress

    if name is not None:
        measure_of(name)
    cells = [cell for cell in grid() if name in (None, cell.measure)]
    with progress() as bars:
        found = study(cells, evenly(cells, runs), seed, counted(bars("cells", len(cells))))
    judged = figures(found)
    missed = any(not one.met for one in judged)
    rows = tuple(_cell_row(one) for one in found) if each else tuple(_figure_row(one) for one in judged)
    return Answer(data=rows, status="findings" if missed else "ok", exit_code=1 if missed and fail else 0)


def _figure_row(one: Covers) -> Row:
    """Return a figure's coverage as a row."""
    return {
        "measure": one.measure,
        "figure": one.figure,
        "coverage": round(one.coverage, 4),
        "least": round(one.least, 4),
        "most": round(one.most, 4),
        "cells": one.cells,
        "samples": one.runs,
        "met": one.met,
        "beyond": one.beyond,
        "imputed": one.imputed,
    }


def _cell_row(one: Covered) -> Row:
    """Return a cell's coverage as a row."""
    cell = one.cell
    return {
        "measure": cell.measure,
        "figure": cell.figure,
        "cell": cell.name,
        "drawn": cell.kind,
        "coverage": None if one.coverage is None else round(one.coverage, 4),
        "samples": one.runs,
        "below": one.below,
        "above": one.above,
        "not_reached": one.not_reached,
        "reachable": cell.reachable,
    }
