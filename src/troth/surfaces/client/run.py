"""Carrying out a plan: what yields steps, and gets the answer to each, or the error of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

_S = TypeVar("_S")
_T = TypeVar("_T")


class Walk(Generic[_S, _T]):
    """A plan under way.

    Attributes:
        step: What is to be done next.
        over: Whether the plan has returned.
        value: What it has returned.

    Args:
        plan: Yields steps, and gets the answer to each, or the error of it.
    """

    step: _S
    value: _T

    def __init__(self, plan: Generator[_S, Any, _T]) -> None:
        self._plan = plan
        self.over = False
        self._on(lambda: next(plan))

    def answer(self, answer: Any) -> None:
        """Go on with the answer to the step."""
        self._on(lambda: self._plan.send(answer))

    def fail(self, error: Exception) -> None:
        """Go on with the error of the step."""
        self._on(lambda: self._plan.throw(error))

    def _on(self, move: Callable[[], _S]) -> None:
        """Go to the next step, or to the end."""
        try:
            self.step = move()
        except StopIteration as done:
            self.over, self.value = True, done.value


def run(plan: Generator[_S, Any, _T], do: Callable[[_S], Any], errors: type[Exception]) -> _T:
    """Carry out a plan and return what it returns.

    Args:
        plan: The plan.
        do: Carries out a step and returns the answer to it.
        errors: What of a step the plan is told; all else ends it.
    """
    walk = Walk(plan)
    while not walk.over:
        try:
            answer = do(walk.step)
        except errors as error:
            walk.fail(error)
        else:
            walk.answer(answer)
    return walk.value


async def run_async(plan: Generator[_S, Any, _T], do: Callable[[_S], Awaitable[Any]], errors: type[Exception]) -> _T:
    """Carry out a plan whose steps are awaited; see `run`."""
    walk = Walk(plan)
    while not walk.over:
        try:
            answer = await do(walk.step)
        except errors as error:
            walk.fail(error)
        else:
            walk.answer(answer)
    return walk.value
