"""Spreading work over a history: bucket by bucket, in this process or in several that share nothing."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any, Final, Protocol, TypeVar

from troth.model.ids import BUCKETS
from troth.runtime.backtest.history import History, Opened, opening

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Progress = Callable[[int], None]
"""Is told how many more subjects have been looked at."""

PAYS_FROM: Final = 60_000
"""Events from which on a second process is worth its start."""

SHARES: Final = 32
"""Into how many shares of buckets the work is cut, so that no process waits long for the other."""

_COLLECTED_AFTER: Final = 50_000
"""Objects after which a process of its own looks for cycles: what is folded makes none."""


class Job(Protocol[T_co]):
    """Work on some buckets of a history; a value that another process can be handed."""

    def run(self, opened: Opened, buckets: Sequence[int] | None, progress: Progress) -> T_co:
        """Return what was found in some buckets; `None`: in all."""
        ...


def spread(
    history: History,
    job: Job[T],
    take: Callable[[T], None],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Do a job over a history, and hand over what it finds share by share, in the order of the buckets.

    Args:
        history: What to look at.
        job: What to do.
        take: Gets the findings of each share.
        processes: At most so many; `None`: as many as there are cores, and one where more would not pay.
        progress: Is told of subjects.
    """
    tell = progress or _nobody
    count = min(os.cpu_count() or 1, processes or (os.cpu_count() or 1))
    if processes is None and history.events < PAYS_FROM:
        count = 1
    if count == 1 or not history.shared:
        with opening(history) as opened:
            take(job.run(opened, None, tell))
        return
    shares = [list(range(start, BUCKETS, SHARES)) for start in range(SHARES)]
    found: dict[int, Any] = {}
    upcoming = 0
    # A process that begins anew holds nothing of this one: no open database, no thread.
    with ProcessPoolExecutor(count, get_context("spawn"), _begin, (history, job)) as pool:
        waiting = {pool.submit(_share, buckets): number for number, buckets in enumerate(shares)}
        for future in as_completed(waiting):
            found[waiting[future]], subjects = future.result()
            tell(subjects)
            while upcoming in found:
                take(found.pop(upcoming))
                upcoming += 1


class _Here:
    """What a process of the pool holds: the history, opened once, and the job."""

    opened: Opened
    job: Job[Any]
    context: Any


def _begin(history: History, job: Job[Any]) -> None:
    """Open the history in a process of the pool; it is closed when the process ends."""
    _Here.context = opening(history)
    _Here.opened = _Here.context.__enter__()
    _Here.job = job
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)


def _share(buckets: Sequence[int]) -> tuple[Any, int]:
    """Do a share of the work; return what was found, and how many subjects there were."""
    seen = [0]

    def count(more: int) -> None:
        """Count subjects."""
        seen[0] += more

    return _Here.job.run(_Here.opened, buckets, count), seen[0]


def _nobody(more: int) -> None:
    """Tell nobody."""
