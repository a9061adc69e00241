"""Who else looks at something just now; in memory, by server: a hint, and nothing that is decided by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from troth.model.times import MINUTE, Micros

RECENT: Final = MINUTE
_MOST: Final = 10_000


class Presence:
    """Who has seen what within the last minute."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, Micros]] = {}

    def note(self, subject: str, person_id: str, now: Micros) -> None:
        """Note that somebody looks at something."""
        if len(self._seen) >= _MOST and subject not in self._seen:
            self._drop(now)
        self._seen.setdefault(subject, {})[person_id] = now

    def others(self, subject: str, person_id: str, now: Micros) -> Sequence[str]:
        """Return the ids of the others who have looked at something within the last minute, sorted."""
        seen = self._seen.get(subject, {})
        return sorted(one for one, at in seen.items() if one != person_id and now - at < RECENT)

    def _drop(self, now: Micros) -> None:
        """Forget what is longer ago; all of it where that is not enough."""
        kept = {
            subject: {one: at for one, at in seen.items() if now - at < RECENT} for subject, seen in self._seen.items()
        }
        kept = {subject: seen for subject, seen in kept.items() if seen}
        self._seen = kept if len(kept) < _MOST else {}
