"""Group commit: many callers, one durable commit.

A commit to the disk costs the same for one event as for a thousand. Callers hand in their batches and wait; one thread
commits them together, after at most 1,000 events or 5 ms, and only then tells each caller what became of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias

import msgspec

from troth.model.times import SECOND, Micros
from troth.ports.ledger import Appended, Batch

MOST: Final = 1_000
"""Events after which a commit waits no longer."""

WINDOW: Final[Micros] = 5_000
"""How long the first of a group waits for others."""

Wait: TypeAlias = Callable[[Condition, float | None], object]
"""Waits for a notification, at most so many seconds; `None`: without end."""


class Appends(Protocol):
    """The one method of a ledger that group commit needs."""

    def append_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        """Append several callers' batches in one durable commit."""
        ...


class _Entry(msgspec.Struct, frozen=True):
    """A batch that waits, and where its caller waits."""

    batch: Batch
    answer: Future[Appended]


def monotonic() -> Micros:
    """Return a time that only goes forward; microseconds since some moment."""
    return time.monotonic_ns() // 1_000


def _wait(condition: Condition, seconds: float | None) -> object:
    """Wait on the machine's clock."""
    return condition.wait(seconds)


class GroupCommit:
    """Collects batches from many threads and tasks and commits them together.

    Args:
        ledger: Where to.
        most: Events after which a commit waits no longer.
        window: How long the first of a group waits for others; microseconds.
        clock: Returns microseconds; a test gives its own.
        wait: Waits on the condition; a test gives its own, so that no time passes.
    """

    def __init__(
        self,
        ledger: Appends,
        *,
        most: int = MOST,
        window: Micros = WINDOW,
        clock: Callable[[], Micros] = monotonic,
        wait: Wait = _wait,
    ) -> None:
        self._ledger = ledger
        self._most = most
        self._window = window
        self._clock = clock
        self._wait = wait
        self._changed = Condition()
        self._waiting: deque[_Entry] = deque()
        self._events = 0
        self._first_at: Micros = 0
        self._closing = False
        self._thread = Thread(target=self._run, name="group commit", daemon=True)
        self._thread.start()

    def submit(self, batch: Batch) -> Future[Appended]:
        """Hand in a batch; the answer comes after its durable commit.

        Raises:
            RuntimeError: The group commit is closed.
        """
        entry = _Entry(batch, Future())
        with self._changed:
            if self._closing:
                raise RuntimeError("the group commit is closed")
            if not self._waiting:
                self._first_at = self._clock()
            self._waiting.append(entry)
            self._events += len(batch.events)
            self._changed.notify()
        return entry.answer

    async def append(self, batch: Batch) -> Appended:
        """Hand in a batch from a task and wait for its durable commit."""
        return await asyncio.wrap_future(self.submit(batch))

    def close(self) -> None:
        """Commit what waits and end the thread. The ledger stays open."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        """Commit group after group until closed."""
        while group := self._next_group():
            self._commit(group)

    def _next_group(self) -> list[_Entry]:
        """Wait for a group to be full or due and take it; empty when closed and nothing waits."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._wait(self._changed, None)
            while self._waiting and self._events < self._most and not self._closing:
                left = self._first_at + self._window - self._clock()
                if left <= 0:
                    break
                self._wait(self._changed, left / SECOND)
            return self._take()

    def _take(self) -> list[_Entry]:
        """Take what waits, up to the most; one batch that alone has more goes alone."""
        group: list[_Entry] = []
        size = 0
        while self._waiting and (not group or size + len(self._waiting[0].batch.events) <= self._most):
            entry = self._waiting.popleft()
            size += len(entry.batch.events)
            group.append(entry)
        self._events -= size
        # What is left has waited as long as the first had: it is due with the next group at once.
        return group

    def _commit(self, group: Sequence[_Entry]) -> None:
        """Commit a group and answer; if it fails as a whole, each batch by itself, so that only the guilty fails."""
        # A caller that gave up before the commit is left out: nobody was told anything.
        alive = [entry for entry in group if entry.answer.set_running_or_notify_cancel()]
        if not alive:
            return
        try:
            answers = self._ledger.append_all([entry.batch for entry in alive])
        except Exception as error:  # noqa: BLE001  whatever it is, it is the caller's answer
            if len(alive) == 1:
                alive[0].answer.set_exception(error)
                return
        else:
            for entry, answer in zip(alive, answers, strict=True):
                entry.answer.set_result(answer)
            return
        for entry in alive:
            self._commit_alone(entry)

    def _commit_alone(self, entry: _Entry) -> None:
        """Commit one batch by itself and answer."""
        try:
            entry.answer.set_result(self._ledger.append_all([entry.batch])[0])
        except Exception as error:  # noqa: BLE001  see above
            entry.answer.set_exception(error)
