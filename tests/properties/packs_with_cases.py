"""Every pack with every kind of case in it, each with durations, so that properties meet the full life of cases."""

from __future__ import annotations

from functools import cache

from msgspec.structs import replace

from tests.properties.every_pack import machine_of
from troth.engine.machine import Machine, prepare
from troth.model.pack import CaseKind, Pack
from troth.testing.strategies import GRID

WATCHED = ("contradiction", "at_risk", "silence", "unverifiable", "impossible", "conflict", "complaint")


@cache
def machine_with_cases(name: str) -> Machine:
    """Return a pack, prepared, to which every kind of case has been added."""
    pack = machine_of(name).pack
    watched = [
        CaseKind(f"watched_{of}", of=of, after=GRID * (number % 3), dwell=GRID * (number % 2 + 1))
        for number, of in enumerate(WATCHED)
    ]
    promises = tuple(replace(kind, at_risk_when=pack.states[-1].when) for kind in pack.promises)
    cases = (*pack.cases, *watched, *_lasting(pack))
    return prepare(replace(pack, cases=cases, promises=promises, digest=f"{pack.digest}+cases"))


def _lasting(pack: Pack) -> list[CaseKind]:
    """Return kinds with durations of the pack's own conditions, whose legs are conditions too."""
    conditions = [state.when for state in pack.states]
    own = CaseKind(
        "lasting",
        open_when=conditions[0],
        informed_when=conditions[-1],
        resolved_when=conditions[1 % len(conditions)],
        after=GRID,
        dwell=2 * GRID,
    )
    lapses = [CaseKind("lasting_lapse", lapse_of=0, after=GRID, dwell=GRID)] if pack.promises else []
    return [own, *lapses]
