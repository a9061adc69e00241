"""Receipts that could not be told yet: in memory, or in a small file that outlives the process."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import IO, Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.runtime.service import Tell

MOST: Final = 100_000
"""How many receipts wait at most; the oldest is given up for a new one."""

_log: Final = logging.getLogger("troth.gate")
_encode: Final = msgspec.json.Encoder().encode
_Key = tuple[str, str, str]


class Spool:
    """Keeps receipts until the service has taken them in. Safe from any thread; a file belongs to one process.

    Args:
        path: The file; `None`: in memory, gone with the process.

    Raises:
        UsageError: K109, another process has the file.
        OSError: It cannot be read or written.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._path = None if path is None else Path(path)
        self._lock = Lock()
        self._waiting: OrderedDict[_Key, Tell] = OrderedDict()
        self._file: IO[bytes] | None = None
        self._guard: IO[bytes] | None = None
        if self._path is not None:
            self._guard = _alone(self._path)
            self._read(self._path)
            self._rewrite()

    def add(self, receipt: Tell) -> None:
        """Keep a receipt; on return it is on the disk."""
        with self._lock:
            self._waiting[_key(receipt)] = receipt
            if len(self._waiting) > MOST:
                self._waiting.popitem(last=False)
                _log.error("the spool is full: the oldest receipt is given up")
            if self._file is not None:
                self._file.write(_encode(receipt) + b"\n")
                self._file.flush()
                os.fsync(self._file.fileno())

    def waiting(self, limit: int) -> tuple[Tell, ...]:
        """Return receipts that wait, oldest first."""
        with self._lock:
            return tuple(receipt for receipt, _ in zip(self._waiting.values(), range(limit), strict=False))

    def done(self, receipts: Iterable[Tell]) -> None:
        """Forget receipts that were taken in."""
        with self._lock:
            for receipt in receipts:
                self._waiting.pop(_key(receipt), None)
            self._rewrite()

    def holds(self, subject: str, message_id: str) -> bool:
        """Return whether a message's hand-over waits to be told."""
        with self._lock:
            return (subject, message_id, "sent") in self._waiting

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            for file in (self._file, self._guard):
                if file is not None:
                    file.close()
            self._file = self._guard = None

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)

    def _read(self, path: Path) -> None:
        """Read what an earlier process has left; a line that was cut off is left out."""
        for line in path.read_bytes().splitlines() if path.exists() else ():
            try:
                receipt = msgspec.json.decode(line, type=Tell)
            except (msgspec.DecodeError, UnicodeError):
                _log.warning("a line of the spool cannot be read: code=K107")
                continue
            self._waiting[_key(receipt)] = receipt

    def _rewrite(self) -> None:
        """Write the file anew, whole or not at all."""
        if self._path is None or self._guard is None:
            return
        if self._file is not None:
            self._file.close()
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("wb") as file:
            file.writelines(_encode(receipt) + b"\n" for receipt in self._waiting.values())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._file = self._path.open("ab")


def _key(receipt: Tell) -> _Key:
    """Return what tells one receipt from another."""
    return (receipt.subject, receipt.id, receipt.phase)


def _alone(path: Path) -> IO[bytes]:
    """Return a file that is locked as long as it is open, so that two processes do not overwrite each other.

    Raises:
        UsageError: K109.
    """
    import fcntl

    guard = path.with_name(path.name + ".lock").open("wb")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        guard.close()
        problem = Problem(Place(str(path)), "K109", "another process has this spool", "a file of its own for each",
                          "put the process's number into its name")  # fmt: skip
        raise UsageError(problem) from error
    return guard
