"""Opened tables, kept while pages ask for them: those of a moment stay the same, whatever is heard afterwards.

So a number and the rows behind it come from the same tables, also when the ledger has grown in between.
"""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from troth.bootstrap import open_ledger, snapshots_of
from troth.errors import LedgerError, Place, Problem
from troth.measures.question import Tables
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Ledger
from troth.runtime.snapshot import open_tables, run, select_subjects
from troth.runtime.told import Opener
from troth.runtime.work import as_of
from troth.surfaces.api.context import Context
from troth.surfaces.web.dashboard.asked import Asked
from troth.surfaces.web.dashboard.working import Limit
from troth.surfaces.where import condition_of

_KEPT: Final = 3
_LARGE: Final = 200_000
"""Ledgers of so many events keep the snapshots beside their file, where `troth measure` finds them, too."""


class Present(msgspec.Struct, frozen=True):
    """How far the ledger is.

    Attributes:
        position: Its last position.
        at: The moment that its records speak of; `None`: it has none yet.
    """

    position: int
    at: Micros | None


class Chosen(msgspec.Struct, frozen=True):
    """Tables restricted as asked.

    Attributes:
        tables: The tables.
        pack: The service model; empty: nothing is there.
        packs: All service models of which anything was asked for, with how many subjects, the most first.
        subjects: How many subjects there are of it.
        unknown: For how many subjects it is not known whether they meet the condition.
        attributes: What they can be compared by.
        place: The folder that the tables are in; `None`: they are in none.
    """

    tables: Any
    pack: str
    packs: tuple[tuple[str, int], ...]
    subjects: int
    unknown: int
    attributes: tuple[str, ...]
    place: Path | None


class Shelf:
    """The tables of some moments. All but `present` belongs to one thread.

    Args:
        context: The server's parts.
        room: Where snapshots of what nobody else looks at are kept; it goes with the last shelf that has it.
    """

    def __init__(self, context: Context, room: tempfile.TemporaryDirectory[str]) -> None:
        self._context = context
        self._open: OrderedDict[Micros, Tables] = OrderedDict()
        self._packs: dict[Micros, tuple[tuple[str, int], ...]] = {}
        self._room = room

    def present(self) -> Present:
        """Return how far the ledger is."""
        store = self._context.store
        return Present(store.last_position(), as_of(store))

    def tables(self, at: Micros, limit: Limit) -> Tables:
        """Return the tables as known at a moment.

        Args:
            at: The moment.
            limit: Of the work that needs them.
        """
        found = self._open.get(at)
        if found is None:
            # Where everything is one query away, building is what takes long: it looks at the limit.
            found = open_tables(
                self._context.store, self._context.packs, at, limit.progress, self._folder(), limit.progress,
                self._opener(),
            )  # fmt: skip
            self._open[at] = found
            while len(self._open) > _KEPT:
                gone, _ = self._open.popitem(last=False)
                self._packs.pop(gone, None)
        self._open.move_to_end(at)
        connection = found.subjects.get_backend().con
        limit.on(connection.interrupt)
        return found

    def drop(self, at: Micros) -> None:
        """Forget the tables of a moment: their files are gone."""
        self._open.pop(at, None)
        self._packs.pop(at, None)

    def chosen(self, asked: Asked, at: Micros, limit: Limit) -> Chosen:
        """Return the tables of the service model asked for, restricted by the condition.

        Args:
            asked: What is asked.
            at: As known at.
            limit: Of the work.

        Raises:
            LedgerError: C107, nothing is there.
            UsageError: P301, there is no such service model.
            ExpressionError: The condition is none, or reads what no subject has.
        """
        tables = self.tables(at, limit)
        packs = self._packs.get(at)
        if packs is None:
            packs = self._packs[at] = _packs_of(tables)
        if not packs:
            problem = Problem(Place(), "C107", "nothing was asked for by then", "events", "look at a later moment")
            raise LedgerError(problem)
        pack = asked.pack or packs[0][0]
        if pack not in dict(packs):
            known = ", ".join(name for name, _ in packs)
            problem = Problem(Place(path="pack"), "P301", f"nothing is known of the pack {pack!r}", f"one of: {known}")
            raise LedgerError(problem)
        own = tables.only(tables.subjects.filter(tables.subjects.pack == pack).select("subject"))
        attributes = tuple(sorted(tables.attributes))
        unknown = 0
        if asked.where:
            condition = condition_of(asked.where, tables.attributes)
            own, unknown = select_subjects(own, condition.names, condition.test)
        place = tables.further.place if isinstance(tables.further, Opener) else None
        return Chosen(own, pack, packs, dict(packs)[pack], unknown, attributes, place)

    def _folder(self) -> Path | None:
        """Return where snapshots are kept."""
        beside = self._beside()
        if beside is not None and self._context.store.last_position() > _LARGE:
            return beside
        # The present of a ledger that grows is never looked at by others, and would push theirs out.
        return Path(self._room.name)

    def _beside(self) -> Path | None:
        """Return the folder beside the ledger's file; `None`: it has none."""
        path = self._context.settings.db
        return snapshots_of(path) if path else None

    def _opener(self) -> Callable[[], Ledger] | None:
        """Return what opens the ledger anew for another process; `None`: it has no file."""
        # Of a module that loads little: another process has to load it, too.
        return None if self._beside() is None else partial(open_ledger, self._context.settings.db, must_exist=True)


def _packs_of(tables: Tables) -> tuple[tuple[str, int], ...]:
    """Return the service models of which anything was asked for, the most first."""
    asked = tables.subjects.filter(tables.subjects.requested_at.notnull() & (tables.subjects.requested_at > -FOREVER))
    rows = run(asked.group_by("pack").aggregate(n=asked.count())).to_pylist()
    return tuple(sorted(((row["pack"], row["n"]) for row in rows), key=lambda one: (-one[1], one[0])))


def names_of(packs: Mapping[str, Any], pack: str) -> str:
    """Return a service model in words."""
    found = packs.get(pack)
    return str(found.title or pack) if found is not None else pack
