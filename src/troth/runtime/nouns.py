"""Whose a subject is: the pack that its noun names; where several share a noun, the one that knows the event."""

from __future__ import annotations

from collections.abc import Mapping

from troth.model.pack import Pack


class Nouns:
    """The packs by the nouns of their subjects.

    Args:
        packs: Pack name → pack.
    """

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self._packs = dict(packs)
        self._names: dict[str, list[str]] = {}
        for name, pack in packs.items():
            self._names.setdefault(pack.subject, []).append(name)

    def pack_of(self, subject: str, event_type: str = "") -> str:
        """Return the pack of a subject by its noun; of several, the one that knows the event. Empty: none does."""
        found = self._of(subject)
        if len(found) > 1 and event_type:
            found = [name for name in found if event_type in self._packs[name].events] or found
        return found[0] if found else ""

    def pack_knowing(self, event_type: str) -> str:
        """Return the first pack that knows a type of event, whatever it is about. Empty: none does."""
        return next((name for name, pack in self._packs.items() if event_type in pack.events), "")

    def has(self, name: str, subject: str) -> bool:
        """Return whether a pack's subjects are named like this one; false where no such pack is served."""
        return name in self._of(subject)

    def knows(self, subject: str) -> bool:
        """Return whether some pack's subjects are named like this one."""
        return bool(self._of(subject))

    def _of(self, subject: str) -> list[str]:
        """Return the packs of a subject's noun."""
        return self._names.get(subject.partition("/")[0], [])
