"""Progress on the standard error stream, for people who wait; nothing at all where nobody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from troth.surfaces.cli.common import coloured, on_terminal

Advance = Callable[[int], None]
"""Is told how many more are done."""
Bars = Callable[[str, int | None], Advance]
"""Starts a bar: (what is being done, how many there are or `None`) → how to advance it."""


@contextmanager
def progress(*, transient: bool = False) -> Iterator[Bars]:
    """Show the bars that are started inside, on a terminal; else show nothing.

    Args:
        transient: Take the bars away at the end.

    Yields:
        How to start a bar. `rich` is imported only if a bar can be seen.
    """
    if not on_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":  # where nothing can be drawn over
        yield lambda _doing, _total: lambda _more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not coloured(sys.stderr))
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, refresh_per_second=5, transient=transient) as shown:

        def start(doing: str, total: int | None) -> Advance:
            task = shown.add_task(doing, total=total)
            return lambda more: shown.advance(task, more)

        yield start


def counted(advance: Advance) -> Advance:
    """Return a callback for those who tell how many are done so far, in place of how many more."""
    done = 0

    def so_far(total: int) -> None:
        nonlocal done
        advance(total - done)
        done = total

    return so_far
