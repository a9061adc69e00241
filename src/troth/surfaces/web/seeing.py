"""What every page about one subject looks at: the record through its pack, and whoever reads."""

from __future__ import annotations

import msgspec

from troth.engine.align import truth_of
from troth.model.message import Statement
from troth.model.pack import Pack, State
from troth.model.record import Record
from troth.model.times import Micros, format_instant
from troth.model.truth import Truth
from troth.surfaces.views.standing import Standing
from troth.surfaces.web.locales import Reader


class Seeing(msgspec.Struct, frozen=True):
    """A subject as somebody sees it, customer or staff.

    Attributes:
        now: The record, seen through its pack at the moment asked about.
        reader: Who reads: dates and times are written for them.
    """

    now: Standing
    reader: Reader

    @property
    def record(self) -> Record:
        """Return the record."""
        return self.now.record

    @property
    def pack(self) -> Pack:
        """Return the pack."""
        return self.now.pack

    def moment(self, instant: Micros) -> str:
        """Return an instant as the reader says it."""
        return self.reader.moment(format_instant(instant), format_instant(self.now.now))

    def until(self, due: Micros) -> str:
        """Return a due moment as the reader says it."""
        return self.reader.until(format_instant(due), format_instant(self.now.now))

    def truth(self, statement: Statement, *, anew: bool = False) -> Truth:
        """Return whether a statement is true now; `anew`: about to be said, in place of believed since."""
        return truth_of(self.now.machine, statement, self.now.results, self.record.promises, anew=anew)

    def state_named(self, name: str) -> State | None:
        """Return a state of the pack; `None`: it has none of this name."""
        return next((state for state in self.pack.states if state.name == name), None)
