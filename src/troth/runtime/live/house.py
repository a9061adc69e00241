"""The house: what every turn shares. Ledger, packs, shelf, watermarks, and the writer's own clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from troth.engine.machine import Machine, prepare
from troth.engine.project import WAITING
from troth.engine.resolve import Silence, silence_of
from troth.engine.step import silent
from troth.errors import GateError, LedgerError, Place, Problem
from troth.model.look import Check
from troth.model.pack import Pack
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Ledger
from troth.runtime.gaps import Gap, gap_of
from troth.runtime.live.shelf import Shelf
from troth.runtime.nouns import Nouns
from troth.runtime.privacy import Sealer

AS_OF: Final = "as_of"
"""The setting that holds the moment of which the ledger's records speak."""


class House:
    """State of the writer between turns. It is used by the writer's thread only, but for `machines` and `nouns`.

    Args:
        ledger: Where everything is stored.
        packs: Pack name → pack.
        clock: Returns the present moment; microseconds since 1970 UTC.
        checks: The gate's checks.

    Attributes:
        nouns: Which pack a subject belongs to.
        positions: Bucket → (position, fence) as far as they have been read.
        last_position: The ledger's last position at the end of the former turn: another one means another writer.
        heard: Source → watermark.
        silent: Sources that may count as silent for some record.
        gaps: Source → the latest time in which it was not heard, as far as this service has seen one end.
        aside: Subjects whose timers failed by a fault of ours: they wait for a restart, so that the others go on.
        variables: Pack name → the variables that its messages read, and those that they must only say.
    """

    def __init__(
        self, ledger: Ledger, packs: Mapping[str, Pack], clock: Callable[[], Micros], checks: Sequence[Check]
    ) -> None:
        self.ledger = ledger
        self.machines: dict[str, Machine] = {name: prepare(pack) for name, pack in packs.items()}
        self.nouns = Nouns(packs)
        self.clock = clock
        self.checks = tuple(checks)
        self.shelf = Shelf(ledger)
        self.sealer = Sealer(ledger, packs)
        self.positions: dict[int, tuple[int, int]] = {}
        self.last_position = -1
        self.heard: dict[str, Micros] = {}
        self.sources = {source.name for machine in self.machines.values() for source in machine.pack.sources}
        self.silent: set[str] = set(self.sources)
        self.gaps: dict[str, Gap] = {}
        self.aside: set[str] = set()
        self.variables = {name: _variables(pack) for name, pack in packs.items()}
        self._silences: dict[str, Silence] = {}
        self._patience = _patience(self.machines.values())
        self._quiet: dict[str, frozenset[str]] = {}
        self._silent_from: Micros | None = None
        self._last: Micros = -FOREVER

    def tick(self) -> Micros:
        """Return the present moment, later than every moment returned before: what troth does has an order."""
        self._last = max(self.clock(), self._last + 1)
        return self._last

    def not_before(self, moment: Micros) -> Micros:
        """Return the present moment, not before another: a clock of another process may be ahead of ours."""
        self._last = max(self.tick(), moment)
        return self._last

    def machine(self, name: str) -> Machine:
        """Return the machine of a pack.

        Raises:
            GateError: G804, the pack is not loaded.
        """
        machine = self.machines.get(name)
        if machine is None:
            raise refusal("G804", f"pack {name}", f"the pack {name!r} is not loaded", "one of those that are served")
        return machine

    def silence(self, name: str) -> Silence:
        """Return what silence means for a pack's facts by the present watermarks."""
        if name not in self._silences:
            self._silences[name] = silence_of(self.machines[name].facts, self.heard)
        return self._silences[name]

    def ended(self, watermarks: Mapping[str, Micros], since: Mapping[str, Micros]) -> dict[str, Gap]:
        """Return the gaps that end when these watermarks are heard, by source; asked before `hear`."""
        moved = {name for name, to in watermarks.items() if to > self.heard.get(name, -FOREVER)} & self._patience.keys()
        found = self._gaps(moved, self.heard, since)
        # Another service over the same ledger may have heard meanwhile what we have not.
        return self._gaps(found.keys(), self.ledger.watermarks(), since) if found else found

    def _gaps(self, sources: Iterable[str], heard: Mapping[str, Micros], since: Mapping[str, Micros]) -> dict[str, Gap]:
        """Return the gaps of some sources that end now, by what had been heard before."""
        found = {
            source: gap_of(
                source, heard.get(source, -FOREVER), self._patience[source], since[source], self.gaps.get(source)
            )
            for source in sources
        }
        return {source: gap for source, gap in found.items() if gap is not None}

    def hear(self, watermarks: Mapping[str, Micros]) -> dict[str, Micros]:
        """Move watermarks of declared sources forward; return those that moved."""
        moved = {
            source: to
            for source, to in watermarks.items()
            if source in self.sources and to > self.heard.get(source, -FOREVER)
        }
        if moved:
            self.heard = {**self.heard, **moved}
            self._silences.clear()
            self._silent_from = None
            self._quiet = {name: quiet.difference(moved) for name, quiet in self._quiet.items()}
        return moved

    def silent_from(self) -> Micros:
        """Return when the next feed falls silent if it is not heard before; `FOREVER`: none can."""
        if self._silent_from is None:
            self._silent_from = min(
                (
                    self.heard.get(source, -FOREVER) + heard_for + 1
                    for name, machine in self.machines.items()
                    for source, heard_for in _speaking(machine)
                    if source not in self._quiet.get(name, ())
                ),
                default=FOREVER,
            )
        return self._silent_from

    def newly_silent(self, now: Micros) -> list[str]:
        """Return the packs for which a feed has fallen silent by now that was heard before; asked twice, none."""
        found = []
        for name, machine in self.machines.items():
            quiet = silent(machine, self.heard, now)
            if quiet - self._quiet.get(name, frozenset()):
                found.append(name)
            self._quiet[name] = quiet
        self._silent_from = None
        return found

    def next_due(self) -> Micros:
        """Return when time alone changes something next: a record, or the answer to a message that is held."""
        waiting = self.ledger.entries(WAITING, limit=1)
        return min(self._next_timer(), waiting[0].order if waiting else FOREVER, self.silent_from())

    def _next_timer(self) -> Micros:
        """Return the moment of the next timer of a subject that is not set aside."""
        if not self.aside:
            return self.ledger.next_due()
        due = self.ledger.due(FOREVER - 1, limit=len(self.aside) + 1)
        return min((wake.due_at for wake in due if wake.subject not in self.aside), default=FOREVER)

    def forget_safely(self) -> None:
        """Forget what a failed turn has left, also when the storage cannot be read now."""
        # What it noticed to be silent was stepped in vain.
        self._quiet.clear()
        try:
            self.forget()
        except LedgerError:
            # The next turn finds another last position than this one, and reads everything again.
            self.shelf.clear()
            self.sealer.forget_keys()
            self.positions.clear()

    def forget(self) -> None:
        """Forget all that was read: somebody else has written, or a turn has failed."""
        self.shelf.clear()
        self.sealer.forget_keys()
        self.positions.clear()
        self.last_position = -1
        heard = self.ledger.watermarks()
        # A feed that somebody else has heard may fall silent once more.
        spoken = {source for source, to in heard.items() if self.heard.get(source) != to}
        self._quiet = {name: quiet - spoken for name, quiet in self._quiet.items()}
        self._silent_from = None
        self.heard = heard
        # What was written down before has an order, whatever the machine's clock says after a restart.
        self._last = max(self._last, self.ledger.get(AS_OF) or -FOREVER)
        self.silent = set(self.sources)
        self._silences.clear()


def _variables(pack: Pack) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the variables that a pack's messages read, and those that they must say and do not read, in one order."""
    messages = pack.messages.values()
    read = frozenset(name for message in messages for name in message.reads)
    return read, tuple(sorted({name for message in messages for name in message.must_say} - read))


def _speaking(machine: Machine) -> set[tuple[str, Micros]]:
    """Return the sources whose silence says something, with how long they count as heard."""
    return {one for plan in machine.facts for one in plan.silence}


def _patience(machines: Iterable[Machine]) -> dict[str, Micros]:
    """Return source → how long it counts as heard, by the pack that has the least patience with it."""
    found: dict[str, Micros] = {}
    for machine in machines:
        for source, heard_for in _speaking(machine):
            found[source] = min(heard_for, found.get(source, heard_for))
    return found


def refusal(code: str, path: str, found: str, expected: str, remedy: str = "") -> GateError:
    """Return a GateError with one problem."""
    return GateError(Problem(Place(path=path), code, found, expected, remedy))
