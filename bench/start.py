"""Row: starting the command line, against starting Python and doing nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.harness import Row, Work

STARTS = 20
_HELP = "import sys; sys.argv = ['troth', '--help']; from troth.surfaces.cli import main; main()"


def starts(code: str, count: int) -> Work:
    """Return the work of starting Python so many times with a piece of code, one start after another."""

    def work() -> None:
        for _ in range(count):
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)

    return work


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the row of this module.

    Args:
        folder: Not used: nothing is written.
        scale: 1 for the figures that are published; less for a quick look.
    """
    del folder
    count = max(2, int(STARTS * scale))
    return [
        Row(
            name="command line start",
            work=f"{count} processes that print `troth --help`, one after another",
            units=count,
            unit="starts",
            subject=lambda: starts(_HELP, count),
            floor=lambda: starts("pass", count),
            floor_is="the same interpreter, doing nothing",
            bar=1 / 3,
        )
    ]
