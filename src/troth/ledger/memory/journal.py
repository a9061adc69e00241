"""What a unit has changed in memory, so that it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from threading import RLock
from typing import Any, Final, TypeVar

from troth.errors import Place
from troth.runtime.refusals import closed

HERE: Final = Place(file="memory")

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """A lock, and the way back from whatever was changed under it.

    All changes of a ledger's tables go through `put`, `remove` and `push`, within `writing`.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._closed = False
        self._in_unit = False
        self._depth = 0
        self._undo: list[Callable[[], object]] = []

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep others from writing while the body runs; within a unit of another thread, wait for its end."""
        with self._lock:
            if self._closed:
                raise closed(HERE)
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Run the body alone, within the thread's unit if there is one; an error leaves nothing of it."""
        with self.reading():
            mark = len(self._undo)
            self._depth += 1
            try:
                yield
            except BaseException:
                self._back_to(mark)
                raise
            finally:
                self._depth -= 1
                if not self._in_unit and not self._depth:
                    self._undo.clear()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Run the body alone; an error leaves nothing of all that is written in it."""
        with self.reading():
            if self._in_unit:
                raise RuntimeError("units do not nest")
            self._in_unit = True
            try:
                yield
            except BaseException:
                self._back_to(0)
                raise
            finally:
                self._in_unit = False
                self._undo.clear()

    def close(self) -> None:
        """Refuse everything from now on."""
        with self._lock:
            self._closed = True

    def put(self, table: MutableMapping[K, V], key: K, value: V) -> None:
        """Set a key of a table."""
        if key in table:
            former = table[key]
            self._undo.append(lambda: table.__setitem__(key, former))
        else:
            self._undo.append(lambda: table.pop(key))
        table[key] = value

    def remove(self, table: MutableMapping[K, V], key: K) -> V | None:
        """Remove a key of a table; return what it had, or `None`."""
        if key not in table:
            return None
        former = table.pop(key)
        self._undo.append(lambda: table.__setitem__(key, former))
        return former

    def undo_by(self, back: Callable[[], object]) -> None:
        """Note how something that was changed is undone."""
        self._undo.append(back)

    def push(self, rows: list[V], row: V) -> None:
        """Append a row to a list."""
        rows.append(row)
        self._undo.append(rows.pop)

    def set(self, holder: object, name: str, value: Any) -> None:
        """Set an attribute."""
        former = getattr(holder, name)
        self._undo.append(lambda: setattr(holder, name, former))
        setattr(holder, name, value)

    def _back_to(self, mark: int) -> None:
        """Undo what was changed since the mark, the last first."""
        while len(self._undo) > mark:
            self._undo.pop()()
