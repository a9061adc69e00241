"""One thread for the libraries of numbers: on a busy machine several of them wait for each other, far longer than one.

It also makes a run as fast, and as slow, beside others as alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which the libraries that are loaded use one thread."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits
