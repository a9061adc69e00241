"""People by their names: of an act it is kept which account did it; what is read is what they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from troth.model.times import MINUTE, Micros
from troth.runtime import staff
from troth.surfaces.api.context import Context

_GOOD_FOR: Final = MINUTE
_MOST: Final = 1_000


class Names:
    """What accounts are called, kept for a minute. Its methods block, and may be called by any thread.

    Args:
        context: The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, str] = {}
        self._until: Micros = 0

    def __call__(self, account: str) -> str:
        """Return what an account is called; what is no account, such as another system, by its own name."""
        now = self._context.now()
        if now >= self._until or len(self._known) > _MOST:
            self._known, self._until = {}, now + _GOOD_FOR
        known = self._known
        if account not in known:
            found = staff.find(self._context.store, account) if account else None
            known[account] = found.shown or account if found is not None else account
        return known[account]


Naming = Callable[[str], str]
"""Account → what it is called."""
