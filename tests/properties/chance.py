"""What a property has to have met at least once is drawn until it was met: each round has stories of its own."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import pytest

ROUNDS = 10


def until(met: Callable[[], bool], check: Callable[[], None], otherwise: str) -> None:
    """Run a property, again with other stories while what it is about was not met; fail if it never is.

    Args:
        met: Whether it was met.
        check: The property: a function made by `@given`.
        otherwise: What to say if it never was.
    """
    for number in range(ROUNDS):
        # Under a seed that is set for the whole run, one round would be like another.
        (hypothesis.seed(number)(check) if number else check)()
        if met():
            return
    pytest.fail(otherwise)
