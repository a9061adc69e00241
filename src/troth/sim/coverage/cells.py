"""The grid: for each figure that carries an interval, sizes, censorings and truths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from troth.sim.coverage.laws import LAWS, Law, follow_up

SIZES: Final = (30, 100, 300)
CENSORED: Final = (0.3, 0.45, 0.6)
SHARES: Final = (0.5, 0.7, 0.8, 0.9, 0.95)
COMPETING: Final = 0.25
"""Share of endings that are of another kind, where endings compete."""

_REACHED: Final = 0.9
"""A quantile is called reachable if it lies in this part of the follow-up; beyond, hardly anybody is left to tell."""


class Cell(msgspec.Struct, frozen=True):
    """One point of the grid.

    Attributes:
        measure: The measure.
        figure: Its figure: `value` stands for value, low and high; others for NAME, NAME_low, NAME_high.
        n: Subjects of a sample.
        truth: What the interval should contain, in the figure's unit; `None`: it depends on the sample, or there is
            none (a quantile that the follow-up does not reach).
        kind: Which sample is drawn; see `troth.sim.coverage.draws`.
        law: The law of durations, where there is one.
        censored: Share that is censored.
        until: The follow-up is uniform on (0, until].
        share: The parameter of a share, or of a quantile.
        reachable: Whether the truth lies within the follow-up. Where it lies beyond, *not reached* is the right answer.
    """

    measure: str
    figure: str
    n: int
    truth: float | None
    kind: str
    law: Law | None = None
    censored: float = 0.0
    until: float = 0.0
    share: float = 0.0
    reachable: bool = True

    @property
    def name(self) -> str:
        """Return the cell in words."""
        words = [f"n {self.n}", *([self.law.name] if self.law else [])]
        words += [f"{self.censored:.0%} censored"] if self.censored else []
        words += [f"share {self.share:g}"] if self.share else []
        return ", ".join(words)


def grid() -> Iterator[Cell]:
    """Yield all cells, by measure."""
    yield from _shares()
    yield from _fidelities()
    yield from _times()
    yield from _legs()
    yield from _told()


def _shares() -> Iterator[Cell]:
    """Yield cells of promise reliability: promises one by one, and several of one customer that share a fate."""
    for n in SIZES:
        for share in SHARES:
            yield Cell("promise_reliability", "value", n, share, "promises", share=share)
            if n * (1 - share) >= _ENOUGH:
                yield Cell("promise_reliability", "cluster", n, share, "clusters", share=share)


_ENOUGH: Final = 5
"""Failing customers that a sample has to expect before an interval over customers can be asked to hold."""


def _fidelities() -> Iterator[Cell]:
    """Yield cells of status fidelity: lives of two kinds, the longer ones the worse."""
    for n in SIZES:
        for figure in ("value", "mean"):
            yield Cell("status_fidelity", figure, n, None, "lives", share=0.3)


def _times() -> Iterator[Cell]:
    """Yield cells of time to usable outcome: quantiles, shares at the promised moment, restricted means."""
    name = "time_to_usable_outcome"
    for law, censored, until in _censorings():
        for n in SIZES:
            for share, figure in ((0.5, "p50"), (0.9, "p90")):
                yield from _quantile(name, figure, n, law, censored, until, share, "waits")
            yield from _quantile(name, "p50", n, law, censored, until, 0.5, "competing")
            yield from _quantile(name, "p50", n, law, censored, until, 0.5, "entering")
            yield Cell(name, "at_promise", n, 0.4, "waits", law, censored, until, 0.4)
            yield Cell(name, "restricted_mean", n, None, "waits", law, censored, until)


def _legs() -> Iterator[Cell]:
    """Yield cells of exception closure: the time to closing, and relapses within a week."""
    for law, censored, until in _censorings():
        for n in SIZES:
            yield from _quantile("exception_closure", "p50", n, law, censored, until, 0.5, "cases")
    for n in SIZES:
        for share in (0.1, 0.2, 0.4):
            yield Cell("exception_closure", "relapse_7d", n, share, "relapses", LAWS[0], 0.3, share=share)


def _told() -> Iterator[Cell]:
    """Yield cells of what was told, asked and decided, and of what stands beside fidelity, promises and closure."""
    for n in SIZES:
        for share in SHARES:
            for measure, figure, kind in (
                ("told_truth", "value", "told"),
                ("predictive_fidelity", "value", "told"),
                ("status_fidelity", "propagated", "states"),
                ("gate_quality", "value", "asked"),
                ("promise_reliability", "told_first", "failed_words"),
            ):
                yield Cell(measure, figure, n, share, kind, share=share)
            for figure in ("false_send", "false_hold", "bypass"):
                yield Cell("gate_quality", figure, n, 1 - share, "asked", share=share)
            if n * (1 - share) >= _ENOUGH:
                yield Cell("told_truth", "cluster", n, share, "told_together", share=share)
        for figure in ("value", "mean"):
            yield Cell("informativeness", figure, n, None, "helped", share=0.3)
        yield Cell("status_fidelity", "age_mean", n, None, "wrong_beliefs")
        yield Cell("promise_reliability", "interval_score", n, None, "windows")
    for law, censored, until in _censorings():
        for n in SIZES:
            yield from _quantile("exception_closure", "p50", n, law, censored, until, 0.5, "endings")
            for figure in ("clean_share", "found_first"):
                if law is LAWS[0]:
                    yield Cell("exception_closure", figure, n, 1 - COMPETING, "endings", law, censored, until)


def _censorings() -> Iterator[tuple[Law, float, float]]:
    """Yield (law, share censored, end of the follow-up)."""
    for law in LAWS:
        for censored in CENSORED:
            yield law, censored, follow_up(law, censored)


def _quantile(
    measure: str, figure: str, n: int, law: Law, censored: float, until: float, share: float, kind: str
) -> Iterator[Cell]:
    """Yield the cell of a quantile (of the incidence, where endings compete), unless it lies at the follow-up's end."""
    own = share / (1 - COMPETING) if kind in ("competing", "endings") else share
    truth = float(law.quantile(np.array([own]))[0])
    if not _REACHED * until < truth <= until:
        yield Cell(measure, figure, n, truth, kind, law, censored, until, share, reachable=truth <= until)
