"""The thread that keeps delivering until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import Final

from troth.errors import LedgerError
from troth.model.times import Micros
from troth.runtime.outbound.deliverer import Deliverer, Job

_log: Final = logging.getLogger("troth.outbound")


class OutboxWorker:
    """Delivers in the background.

    Args:
        deliverer: Its steps.
        clock: The present moment.
        idle_s: How long to wait when nothing is due, in seconds; `wake` ends the wait.
    """

    def __init__(self, deliverer: Deliverer, clock: Callable[[], Micros], *, idle_s: float = 0.5) -> None:
        self._deliverer = deliverer
        self._clock = clock
        self._idle_s = idle_s
        self._stopping = Event()
        self._changed = Event()
        self._thread = Thread(target=self._run, name="troth-outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something was put into the outbox."""
        self._changed.set()

    def stop(self) -> None:
        """Take no more, wait for the attempts that are under way (each has a time limit), and end."""
        self._stopping.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        """Take and hand out until stopped."""
        with ThreadPoolExecutor(self._deliverer.limits.together, thread_name_prefix="troth-outbox") as pool:
            while not self._stopping.is_set():
                self._changed.clear()
                if not self._round(pool):
                    self._changed.wait(self._idle_s)

    def _round(self, pool: ThreadPoolExecutor) -> int:
        """Take what there is room for; return how many."""
        try:
            jobs = self._deliverer.take(self._clock())
        except LedgerError as error:
            # The storage may come back; what was leased comes back when its lease ends.
            _log.error("the outbox cannot be used: %s", error.problems[0].code)
            return 0
        for job in jobs:
            pool.submit(self._attempt, job).add_done_callback(self._finished)
        return len(jobs)

    def _attempt(self, job: Job) -> None:
        """Attempt one, at the moment at which a thread is free for it."""
        self._deliverer.attempt(job, self._clock())

    def _finished(self, done: Future[None]) -> None:
        """Look again, since there is room now; say what could not be noted."""
        error = done.exception()
        if error is not None:
            code = error.problems[0].code if isinstance(error, LedgerError) else type(error).__name__
            _log.error("a delivery could not be noted: %s", code)
        self._changed.set()
