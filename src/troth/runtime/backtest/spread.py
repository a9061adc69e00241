"""Spreading work over a history: bucket by bucket, in this process or in several that share nothing."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import Any, Final, Protocol, TypeVar

import msgspec

from troth.errors import Place, Problem, ServiceError, TrothError
from troth.model.ids import BUCKETS
from troth.ports.ledger import Ledger
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


def pays(ledger: Ledger) -> bool:
    """Return whether more than one process is worth its start for all that a ledger holds."""
    return (os.cpu_count() or 1) > 1 and ledger.last_position() >= PAYS_FROM


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
    # Neighbours together: they lie together, and what is found comes in the order of a scan.
    width = BUCKETS // SHARES
    shares = [list(range(start, start + width)) for start in range(0, BUCKETS, width)]
    found: dict[int, Any] = {}
    upcoming = 0
    for number, (result, subjects) in _shared(history, job, shares, count):
        found[number] = result
        tell(subjects)
        while upcoming in found:
            take(found.pop(upcoming))
            upcoming += 1


def _shared(
    history: History, job: Job[Any], shares: Sequence[Sequence[int]], count: int
) -> Iterator[tuple[int, tuple[Any, int]]]:
    """Yield what processes find in each share, as they come: (number of the share, (findings, subjects)).

    Raises:
        TrothError: What a process has raised.
        ServiceError: B107, a process was lost.
    """
    others = set(active_children())
    # A process that begins anew holds nothing of this one: no open database, no thread.
    pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (history, job))
    try:
        waiting = {pool.submit(_share, buckets): number for number, buckets in enumerate(shares)}
        for future in as_completed(waiting):
            result = future.result()
            if isinstance(result, _Failed):
                raise result.kind(result.problems)
            yield waiting[future], result
        pool.shutdown()
    except BrokenProcessPool as error:
        remedy = "give the machine more memory, or use --jobs 1"
        raise ServiceError(Problem(Place(), "B107", "a process was lost", "all to finish", remedy)) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        # Whoever stops halfway does not wait for the shares that are under way.
        for child in set(active_children()) - others:
            child.terminate()


class _Failed(msgspec.Struct):
    """An error that a process has raised; errors themselves do not travel."""

    kind: type[TrothError]
    problems: tuple[Problem, ...]


class _Here:
    """What a process of the pool holds: the history, opened once, and the job."""

    history: History
    job: Job[Any]
    opened: Opened | None = None
    context: Any = None


def _begin(history: History, job: Job[Any]) -> None:
    """Get a process of the pool ready; whoever has started it is told of Ctrl-C, and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Here.history, _Here.job = history, job
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)


def _share(buckets: Sequence[int]) -> tuple[Any, int] | _Failed:
    """Do a share of the work; return what was found, and how many subjects there were."""
    seen = [0]

    def count(more: int) -> None:
        """Count subjects."""
        seen[0] += more

    try:
        if _Here.opened is None:
            # It is closed when the process ends.
            _Here.context = opening(_Here.history)
            _Here.opened = _Here.context.__enter__()
        return _Here.job.run(_Here.opened, buckets, count), seen[0]
    except TrothError as error:
        return _Failed(type(error), error.problems)


def _nobody(more: int) -> None:
    """Tell nobody."""
    del more
