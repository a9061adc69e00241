"""A firm and the live service before it, put together: what `troth sim` runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from troth.bootstrap import MEMORY, open_ledger
from troth.errors import Place, Problem, UsageError
from troth.model.times import Micros
from troth.runtime import catalog
from troth.sim.conduct import Answers, Driver, Witness, conduct
from troth.sim.drivers import LiveDriver
from troth.sim.firm import Firm
from troth.sim.score import Score
from troth.sim.steps import Step
from troth.sim.systems import CUSTOMER, PICKUP

PACKS: Final = (PICKUP, CUSTOMER)
"""The packs that the simulated firm lives by."""


def live_driver(path: str = MEMORY, *, start: Micros) -> LiveDriver:
    """Return the live service on a ledger of its own, with the packs of the firm.

    Args:
        path: The database file, not there yet or empty; `:memory:`: none.
        start: The first virtual moment.

    Raises:
        UsageError: U104, something is in the database already.
        LedgerError: The file cannot be used.
        PackError: A pack is not right.
    """
    ledger = open_ledger(path)
    if ledger.last_position():
        ledger.close()
        problem = Problem(Place(path), "U104", "there are events in it", "a file that is not there yet", "give another")
        raise UsageError(problem)
    return LiveDriver(ledger, catalog.gather(ledger, PACKS), start)


class Counting:
    """A witness that tells how many orders have been placed so far.

    Args:
        firm: The firm.
        placed: Is told the number.
    """

    def __init__(self, firm: Firm, placed: Callable[[int], None]) -> None:
        self._firm, self._placed = firm, placed

    def saw(self, now: Micros, steps: Sequence[Step], answers: Answers) -> None:  # noqa: ARG002 - see `Witness`
        """Tell the number; see `Witness`."""
        if steps:
            self._placed(len(self._firm.orders))


def judged(
    firm: Firm, driver: Driver, witnesses: Sequence[Witness] = (), *, wait: Callable[[Micros], None] | None = None
) -> Score:
    """Run a firm before a service to its end, and return the score. The driver is closed, whatever happens."""
    score = Score(firm)
    try:
        conduct(firm, driver, [score, *witnesses], wait=wait)
    finally:
        driver.close()
    score.close_bypasses()
    return score
