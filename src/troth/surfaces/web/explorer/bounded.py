"""Work that is given up when its time is over: done in a process of its own, which tells how far it has come.

A thread cannot be stopped, and a process that is asked to stop need not do so: this one is ended by the system.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Final, TypeAlias

import msgspec

Tell: TypeAlias = Callable[[Any], None]
"""Is told how far some work has come; the last that it is told is the outcome."""
_GENTLY: Final = 10


class Outcome(msgspec.Struct, frozen=True):
    """What came of some work.

    Attributes:
        told: The last that it told; `None`: nothing.
        ended: Whether it came to its end, and was not given up.
    """

    told: Any
    ended: bool


def within(seconds: float, work: Callable[..., None], *given: Any) -> Outcome:
    """Return what comes of some work in so much time, the start of its process included. Blocks.

    Args:
        seconds: How long it may take.
        work: A function of a module; it is called with a `Tell` before what it is given.
        given: What the other process can be handed.

    Raises:
        OSError: No process could be started, or it was lost.
        Exception: Whatever the work raises.
    """
    until = monotonic() + seconds
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    worker = context.Process(target=_do, args=(sending, work, given), daemon=True)
    try:
        worker.start()
        sending.close()
        return outcome(receiving, until)
    finally:
        sending.close()
        receiving.close()
        if worker.pid is not None:
            worker.kill()
            worker.join()


def outcome(receiving: Connection, until: float) -> Outcome:
    """Return what is told until the work has ended, or its time is over.

    Args:
        receiving: Where the process tells.
        until: When its time is over, by `monotonic`.

    Raises:
        ChildProcessError: It was lost.
        Exception: Whatever the work raises.
    """
    told = None
    while receiving.poll(max(0.0, until - monotonic())):
        try:
            kind, value = receiving.recv()
        except EOFError:
            raise ChildProcessError("the process has ended without a word") from None
        if kind == "fault":
            raise value
        if kind == "end":
            return Outcome(told, ended=True)
        told = value
    return Outcome(told, ended=False)


def _do(sending: Connection, work: Callable[..., None], given: tuple[Any, ...]) -> None:
    """Work, in the other process."""
    os.nice(_GENTLY)
    try:
        work(lambda value: sending.send(("told", value)), *given)
    except Exception as error:  # noqa: BLE001 - the outermost edge of a process: whoever waits raises it
        sending.send(("fault", error))
    else:
        sending.send(("end", None))
