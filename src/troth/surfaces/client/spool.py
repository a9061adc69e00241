"""Receipts that could not be told yet: in memory, or in a small file that outlives the process."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.runtime.service import Tell

MOST: Final = 100_000
"""How many receipts wait at most; the oldest is given up for a new one."""

_log: Final = logging.getLogger("troth.gate")
_encode: Final = msgspec.json.Encoder().encode
_Key = tuple[str, str, str]
_Stamp = tuple[int, int, int]


class Spool:
    """Keeps receipts until the service has taken them in. Safe from any thread; several processes may share a file.

    Args:
        path: The file; `None`: in memory, gone with the process. It is made when something has to wait.

    Raises:
        UsageError: K109, its folder is not there.
        OSError: From each method: the file cannot be read or written.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._path = None if path is None else Path(path)
        if self._path is not None and not self._path.parent.is_dir():
            problem = Problem(Place(str(self._path)), "K109", "the spool's folder is not there", "a folder", "make it")
            raise UsageError(problem)
        self._lock = Lock()
        self._waiting: OrderedDict[_Key, Tell] = OrderedDict()
        self._stamp: _Stamp | None = None

    @property
    def path(self) -> Path | None:
        """Return the file; `None`: it is in memory."""
        return self._path

    def add(self, receipt: Tell) -> None:
        """Keep a receipt; on return it is on the disk."""
        with self._ours():
            self._waiting[_key(receipt)] = receipt
            if len(self._waiting) > MOST:
                self._waiting.popitem(last=False)
                _log.error("the spool is full: the oldest receipt is given up")
                self._rewrite()
            else:
                self._append(receipt)

    def waiting(self, limit: int) -> tuple[Tell, ...]:
        """Return receipts that wait, oldest first."""
        with self._ours(change=False):
            return tuple(receipt for receipt, _ in zip(self._waiting.values(), range(limit), strict=False))

    def done(self, receipts: Iterable[Tell]) -> None:
        """Forget receipts that were taken in."""
        with self._ours():
            for receipt in receipts:
                self._waiting.pop(_key(receipt), None)
            self._rewrite()

    def holds(self, subject: str, message_id: str) -> bool:
        """Return whether a message's hand-over waits to be told."""
        with self._ours(change=False):
            return (subject, message_id, "sent") in self._waiting

    def __len__(self) -> int:
        with self._ours(change=False):
            return len(self._waiting)

    @contextmanager
    def _ours(self, *, change: bool = True) -> Iterator[None]:
        """Hold the spool, with what other processes have done to its file; who only looks takes no lock for nothing."""
        with self._lock:
            if self._path is None or (not change and _stamp(self._path) == self._stamp):
                yield
                return
            with _alone(self._path):
                if _stamp(self._path) != self._stamp:
                    self._read(self._path)
                yield
                self._stamp = _stamp(self._path)

    def _read(self, path: Path) -> None:
        """Read the file; a line that was cut off is left out."""
        self._waiting.clear()
        content = path.read_bytes() if path.exists() else b""
        for line in content.splitlines():
            try:
                receipt = msgspec.json.decode(line, type=Tell)
            except (msgspec.DecodeError, UnicodeError):
                _log.warning("a line of the spool cannot be read: code=%s", "K107")
                continue
            self._waiting[_key(receipt)] = receipt
        if content and not content.endswith(b"\n"):
            # What is appended next must not continue the line that was cut off.
            self._rewrite()

    def _append(self, receipt: Tell) -> None:
        """Write a receipt behind the others."""
        if self._path is None:
            return
        with self._path.open("ab") as file:
            file.write(_encode(receipt) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self) -> None:
        """Write the file anew, whole or not at all."""
        if self._path is None:
            return
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("wb") as file:
            file.writelines(_encode(receipt) + b"\n" for receipt in self._waiting.values())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _key(receipt: Tell) -> _Key:
    """Return what tells one receipt from another."""
    return (receipt.subject, receipt.id, receipt.phase)


def _stamp(path: Path) -> _Stamp | None:
    """Return what changes when a file does; `None`: there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from a file; where the system has no such locks, a file belongs to one process."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.with_name(path.name + ".lock").open("wb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield
