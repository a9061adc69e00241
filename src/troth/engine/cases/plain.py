"""Plain cases: opened and closed as conditions of the pack are, one for each thing that they are about.

Histories rely on them: every figure of exception closure over imported data comes from these.
"""

from __future__ import annotations

from msgspec.structs import replace

from troth.engine.cases.kinds import VOID, closed
from troth.engine.cases.legs import walk
from troth.engine.cases.watch import LAPSED, promise_of, rule_truth
from troth.engine.live import Live
from troth.model.pack import CaseKind
from troth.model.record import Case
from troth.model.times import Micros
from troth.model.truth import Truth


def open_plain(live: Live, kind: CaseKind, now: Micros) -> None:
    """Open the cases of a kind whose conditions are true, or open them again."""
    if kind.lapse_of is not None:
        _open_lapses(live, kind, kind.lapse_of, now)
        return
    if rule_truth(live, kind.open_when) is not True:
        return
    place = standing(live, kind.name, "")
    if place is None:
        live.cases.append(Case(kind.name, "", now))
        return
    case = live.cases[place]
    if _came_back(live, kind, case):
        live.cases[place] = replace(
            case,
            reopened_at=(*case.reopened_at, now),
            resolved_at=None,
            closed_at=None,
            right_since=None,
            closed_as="",
        )


def move_plain(live: Live, kind: CaseKind, place: int, now: Micros) -> None:
    """Bring one plain case up to `now`."""
    case = live.cases[place]
    if case.closed_at is not None:
        if case.closed_as and case.right_since is None and is_wrong(live, kind, case) is False:
            live.cases[place] = replace(case, right_since=now)
        return
    moved = walk(live, kind, case, now)
    if _is_over(live, kind, moved):
        moved = closed(moved, now, moved.closed_as)
    if moved is not case:
        live.cases[place] = moved


def standing(live: Live, kind: str, about: str) -> int | None:
    """Return the place of the case of a kind about something; false alarms do not count."""
    for place, case in enumerate(live.cases):
        if case.kind == kind and case.about == about and case.closed_as != VOID:
            return place
    return None


def is_wrong(live: Live, kind: CaseKind, case: Case) -> Truth:
    """Return whether what a plain case was opened for is so."""
    if kind.lapse_of is None:
        return rule_truth(live, kind.open_when)
    promise = promise_of(live, kind, case.about)
    return promise is not None and promise.renegotiated in LAPSED and promise.kept_at is None


def _open_lapses(live: Live, kind: CaseKind, promise_index: int, now: Micros) -> None:
    """Open a case for every lapsed promise of a kind."""
    name = live.machine.pack.promises[promise_index].name
    for promise in live.promises:
        if promise.kind == name and promise.renegotiated in LAPSED and standing(live, kind.name, promise.key) is None:
            live.cases.append(Case(kind.name, promise.key, now))


def _came_back(live: Live, kind: CaseKind, case: Case) -> bool:
    """Return whether a case that is wrong (again) was closed or resolved, and what had closed or resolved it is gone.

    While its opening and its closing condition are both true, it stays as it is: it must not flicker at every look. So
    does a case that somebody closed, until what was wrong then is over.
    """
    if case.closed_at is not None:
        if case.closed_as and case.right_since is None:
            return False
        return kind.closed_when is None or rule_truth(live, kind.closed_when) is False
    return case.resolved_at is not None and rule_truth(live, kind.resolved_when) is False


def _is_over(live: Live, kind: CaseKind, case: Case) -> bool:
    """Return whether a case closes: by `closed_when`, else when its condition is false or its promise kept after all.

    A case that somebody opened or reopened by hand waits until the customer is informed and the remedy done.
    """
    if case.held and (case.informed_at is None or case.resolved_at is None):
        return False
    if kind.closed_when is not None:
        return rule_truth(live, kind.closed_when) is True
    if kind.lapse_of is None:
        return rule_truth(live, kind.open_when) is False
    promise = promise_of(live, kind, case.about)
    return promise is not None and promise.kept_at is not None
