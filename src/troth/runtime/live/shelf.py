"""The shelf: records and pasts of live subjects in memory, as long as nobody else changes them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from troth.model.event import Event
from troth.model.record import Record
from troth.ports.ledger import Ledger

SUBJECTS: Final = 20_000
"""Live subjects that are kept; at 5 to 8 KB each. The rest are read from the ledger again."""


class Shelf:
    """What the writer knows by heart. It is used by the writer's thread only.

    Args:
        ledger: Where the rest is.
        limit: How many subjects are kept.
    """

    def __init__(self, ledger: Ledger, limit: int = SUBJECTS) -> None:
        self._ledger = ledger
        self._limit = limit
        self._records: OrderedDict[str, Record | None] = OrderedDict()
        self._pasts: dict[str, list[Event]] = {}
        self._noted: dict[str, list[Event]] = {}

    def load(self, subjects: Iterable[str]) -> None:
        """Read the records that are not there yet, all at once."""
        absent = [subject for subject in subjects if subject not in self._records]
        if absent:
            found = self._ledger.records(absent)
            for subject in absent:
                self._records[subject] = found.get(subject)

    def record(self, subject: str) -> Record | None:
        """Return a subject's record; `None`: it has none."""
        if subject not in self._records:
            self.load([subject])
        self._records.move_to_end(subject)
        return self._records[subject]

    def past(self, subject: str) -> Sequence[Event]:
        """Return all standing events of a subject as the ledger has them, later `note`s included."""
        if subject not in self._pasts:
            # What troth has written down in this turn reaches the ledger only at its end.
            self._pasts[subject] = [*self._ledger.events_of([subject])[subject], *self._noted.get(subject, ())]
        return self._pasts[subject]

    def put(self, record: Record) -> None:
        """Keep a subject's new record."""
        self._records[record.subject] = record
        self._records.move_to_end(record.subject)

    def note(self, subject: str, events: Sequence[Event], *, new: bool) -> None:
        """Note events that the ledger has or will have by the end of the turn; `new`: the subject had none before."""
        if new:
            self._pasts[subject] = list(events)
        elif subject in self._pasts:
            self._pasts[subject] += events
        else:
            self._noted.setdefault(subject, []).extend(events)

    def forget(self, subject: str) -> None:
        """Forget a subject whose past is another one now."""
        self._records.pop(subject, None)
        self._pasts.pop(subject, None)

    def shrink(self) -> None:
        """Let go of what has not been used for longest, at the end of a turn: the ledger has all that was noted."""
        self._noted.clear()
        while len(self._records) > self._limit:
            subject, _ = self._records.popitem(last=False)
            self._pasts.pop(subject, None)

    def clear(self) -> None:
        """Forget everything: somebody else has written."""
        self._records.clear()
        self._pasts.clear()
        self._noted.clear()
