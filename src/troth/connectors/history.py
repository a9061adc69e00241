"""What an import reads: the events of a history in batches, whatever they are kept in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from troth.errors import Problem
from troth.model.times import Micros
from troth.runtime.importing import Batch


class History(Protocol):
    """The events of a data set; a context manager.

    Attributes:
        cursor: Identifies the content: equal cursors give equal events.
        origin: What quarantined rows come from.
        series: Identifies the place of the files, whatever they hold.
        notes: What a reader should know.
    """

    cursor: str
    origin: str
    series: str
    notes: list[Problem]

    @property
    def sources(self) -> Collection[str]:
        """Return the systems whose reports the events are; complete once all batches are read."""
        ...

    @property
    def watermarks(self) -> Mapping[str, Micros]:
        """Return source → up to when it had been heard where the history comes from; mostly empty."""
        ...

    @property
    def extract(self) -> Micros | None:
        """Return the moment of the extract, microseconds; `None`: the greatest heard_at."""
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""
        ...

    def batches(self) -> Iterator[Batch]:
        """Yield all events in an order that every run repeats, with what cannot be used."""
        ...
