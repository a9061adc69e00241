"""Pages of the codes U: the simulator and the tools around it."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "U101",
        "A rate of faults is not between 0 and 0.5.",
        "Beyond one half a system errs more often than not, and what it reports is no evidence of anything.",
        "troth sim score --orders 300 --lost 0.8",
        "Give a share, such as 0.02 for two of a hundred.",
    ),
    Page(
        "U102",
        "A clock skew is out of range.",
        "Clocks of the simulated systems are wrong by a constant of at most this much either way, plus jitter. A "
        "service quarantines what lies more than 5 minutes ahead of its own clock, so a larger skew would simulate a "
        "quarantine.",
        "troth sim score --orders 300 --skew 30m",
        "Give a duration from 0s to 4m.",
    ),
    Page(
        "U103",
        "A size or a speed of the simulated firm is not positive.",
        "Orders, orders an hour and speed are numbers above zero; only `max` stands for no pause at all.",
        "troth sim run --orders 0",
        "Give a number above zero.",
    ),
    Page(
        "U104",
        "The database of a simulation is not empty.",
        "A simulated firm starts on its own virtual day: its events among others would be neither history nor live.",
        "troth sim run --orders 10 --db year.db",
        "Give a file that is not there yet.",
    ),
)
PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
