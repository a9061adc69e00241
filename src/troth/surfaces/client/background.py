"""Work beside a sender that must not hold it up: a few threads and a short queue."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Overdue
from threading import Lock
from typing import Final, TypeVar

_T = TypeVar("_T")

WORKERS: Final = 2
MOST: Final = 1_000
"""How much may wait; what comes beyond is not done."""


class Background:
    """Does work in threads, and waits for it no longer than it may.

    Args:
        most: How much may wait.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._pool: ThreadPoolExecutor | None = None
        self._pending = 0
        self._lock = Lock()

    def within(self, work: Callable[[], _T], bound_s: float, late: _T) -> _T:
        """Return what work returns if it is done within a bound, else `late`; begun work is finished all the same."""
        with self._lock:
            if self._pending >= self._most:
                return late
            self._pending += 1
            if self._pool is None:
                self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="troth-shadow")
            future = self._pool.submit(work)
        future.add_done_callback(self._over)
        try:
            return future.result(bound_s)
        except Overdue:
            return late

    def close(self) -> None:
        """Finish what was begun."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _over(self, _: Future[_T]) -> None:
        """Note that something is done."""
        with self._lock:
            self._pending -= 1
