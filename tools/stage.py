"""The demonstration's firm, stopped at one moment of its first day: what pictures and audits of pages are made of.

The same seed and the same clock show the same pages each time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from troth.model.times import Micros
from troth.sim.conduct import conduct
from troth.sim.firm import START, Firm
from troth.surfaces.demo.house import House
from troth.surfaces.demo.pace import PAST, PER_HOUR, SEED, StoppedError
from troth.surfaces.demo.staff import LEAD, PASSWORD

_USAGE = "usage: python -m tools.stage [SECONDS]: serve it so long, at most an hour"
_MOST_S = 3_600.0


@contextmanager
def staged(past: Micros = PAST) -> Iterator[House]:
    """Serve the firm as it stands after a time; its clock stands still."""

    def until(moment: Micros) -> None:
        if moment > START + past:
            raise StoppedError

    with tempfile.TemporaryDirectory(prefix="troth-stage-") as folder:
        house = House(Path(folder) / "firm.db", START)
        try:
            try:
                conduct(Firm(SEED, START, per_hour=PER_HOUR), house, wait=until)
            except StoppedError:
                yield house
        finally:
            house.close()


def main() -> None:
    """Serve it for a time, and say where."""
    if len(sys.argv) > 2:
        sys.exit(_USAGE)
    with staged() as house:
        subject = house.worth_a_look()
        print(f"{house.address}\n{house.address}/tx/{subject}\n{house.link(subject)}\n{LEAD}\n{PASSWORD}", flush=True)
        Event().wait(min(_MOST_S, float(sys.argv[1]) if len(sys.argv) > 1 else _MOST_S))


if __name__ == "__main__":
    main()
