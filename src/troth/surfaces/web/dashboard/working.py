"""The dashboard's workers: answers are worked out off the event loop, one at a time, each within a limit, and kept.

What is kept is named by the position of the ledger and the question. A page that asks for what is not there yet waits
a moment and then says that it is being worked out; the work goes on, and the next look finds it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any, Final

import msgspec

from troth.errors import TrothError
from troth.runtime.telemetry import log

LIMIT_S: Final = 900.0
"""How long one piece of work may take: the tables of a year of flights take minutes when they are first made."""
WAIT_S: Final = 1.5
"""How long a page waits for work before it says that it is being done."""
_KEPT: Final = 256
_AHEAD: Final = 64
"""Pieces of work that may wait; more are turned away."""


class TooLongError(Exception):
    """A piece of work was ended because it took too long."""


class Working(msgspec.Struct, frozen=True):
    """What is asked for is being worked out.

    Attributes:
        since_s: For how many seconds.
        done: How many records have been looked at, where it is known.
        place: How many of the figures that a page needs are there; `None`: what is on record is still being read.
    """

    since_s: float
    done: int = 0
    place: int | None = None


class Failed(msgspec.Struct, frozen=True):
    """It cannot be worked out.

    Attributes:
        error: Why, where what is asked is at fault; `None`: it took too long, or the fault is ours.
        late: Whether it took too long.
    """

    error: TrothError | None = None
    late: bool = False


class Limit:
    """Ends a piece of work that takes too long.

    Args:
        seconds: How long it may take.
    """

    def __init__(self, seconds: float) -> None:
        self._until = perf_counter() + seconds
        self.done = 0
        self._interrupt: Callable[[], None] | None = None

    def progress(self, done: int) -> None:
        """Note how far it is; ends it when it is over time.

        Raises:
            TooLongError: It is.
        """
        self.done = max(self.done, done)
        self.check()

    def check(self) -> None:
        """End the work when it is over time.

        Raises:
            TooLongError: It is.
        """
        if perf_counter() > self._until:
            raise TooLongError

    def on(self, interrupt: Callable[[], None]) -> None:
        """Say how a query that is running is ended."""
        self._interrupt = interrupt

    def end(self) -> None:
        """End it."""
        self._until = -1.0
        if self._interrupt is not None:
            self._interrupt()


Work = Callable[[Limit], Any]
"""A piece of work; it looks at its limit from time to time."""


class _Piece:
    """One piece of work that waits, or is being done."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.limit: Limit | None = None
        self.future: Future[Any] | None = None


class Worker:
    """Does pieces of work one after the other, and keeps what came out.

    Args:
        limit_s: How long a piece may take.
        kept: How many answers are kept.
    """

    def __init__(self, *, limit_s: float = LIMIT_S, kept: int = _KEPT) -> None:
        self._limit_s = limit_s
        self._most = kept
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._pieces: dict[Hashable, _Piece] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dashboard")

    async def of(self, key: Hashable, work: Work, *, wait_s: float = WAIT_S) -> Any:
        """Return what came out of a piece of work, `Working` or `Failed`.

        Args:
            key: Names it: the same piece is done once.
            work: Does it; blocks.
            wait_s: How long to wait for it.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            piece = self._pieces.get(key)
            if piece is None:
                if len(self._pieces) >= _AHEAD:
                    return Working(0.0)
                piece = self._pieces[key] = _Piece()
                piece.future = self._pool.submit(self._do, key, piece, work)
        future = piece.future
        assert future is not None, "it is set with the piece"
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), wait_s)
        except TimeoutError:
            done = 0 if piece.limit is None else piece.limit.done
            return Working(perf_counter() - piece.began, done)

    def close(self) -> None:
        """Take no more work; what is being done is ended."""
        with self._lock:
            pieces = list(self._pieces.values())
        for piece in pieces:
            if piece.limit is not None:
                piece.limit.end()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _do(self, key: Hashable, piece: _Piece, work: Work) -> Any:
        """Do a piece of work, and keep what came out. A failure is told to whoever waits, and not kept."""
        limit = piece.limit = Limit(self._limit_s)
        watch = threading.Timer(self._limit_s, limit.end)
        watch.daemon = True
        watch.start()
        try:
            found: Any = work(limit)
        except TrothError as error:
            found = Failed(error)
        except TooLongError:
            found = Failed(late=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker goes on; the page says that it failed
            late = perf_counter() - piece.began >= self._limit_s
            if not late:
                log("fault", level=logging.ERROR, error=error, route="measures")
            found = Failed(late=late)
        finally:
            watch.cancel()
        with self._lock:
            self._pieces.pop(key, None)
            # What took too long once would again: it is kept as long as anything else.
            if not isinstance(found, Failed) or found.late or found.error is not None:
                self._kept[key] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found
