"""Cases: the service failures that a pack declares, and their legs from opened to closed and reopened."""

from __future__ import annotations

from msgspec.structs import replace

from troth.engine.live import Live
from troth.model.pack import CaseKind
from troth.model.record import Case
from troth.model.times import Micros
from troth.model.truth import Truth

_LAPSED = ("broken", "late")


def recover(live: Live, now: Micros) -> None:
    """Open, move and close the cases of the pack as of `now`. The unknown opens and closes nothing."""
    for kind in live.machine.pack.cases:
        if kind.lapse_of is not None:
            _recover_lapse(live, kind, kind.lapse_of, now)
        else:
            _recover_declared(live, kind, now)


def open_cases(live: Live) -> bool:
    """Return whether any case is open."""
    return any(case.closed_at is None for case in live.cases)


def _recover_declared(live: Live, kind: CaseKind, now: Micros) -> None:
    """Move the case of a kind that is opened by a condition."""
    place = _find(live, kind.name, "")
    wrong = _truth(live, kind.open_when)
    if place is None:
        if wrong is not True:
            return
        live.cases.append(Case(kind.name, "", now))
        place = len(live.cases) - 1
    case = live.cases[place]
    if wrong is True and _came_back(live, kind, case):
        case = replace(case, reopened_at=(*case.reopened_at, now), resolved_at=None, closed_at=None)
    moved = _legs(live, kind, case, now, wrong)
    if moved is not live.cases[place]:
        live.cases[place] = moved


def _came_back(live: Live, kind: CaseKind, case: Case) -> bool:
    """Return whether a case that is wrong (again) was closed or resolved, and what had closed or resolved it is gone.

    While its opening and its closing condition are both true, it stays as it is: it must not flicker at every look.
    """
    if case.closed_at is not None:
        return kind.closed_when is None or _truth(live, kind.closed_when) is False
    return case.resolved_at is not None and _truth(live, kind.resolved_when) is False


def _legs(live: Live, kind: CaseKind, case: Case, now: Micros, wrong: Truth) -> Case:
    """Return the case with the legs whose conditions are true by now."""
    if case.closed_at is not None:
        return case
    if case.owned_at is None and _truth(live, kind.owned_when) is True:
        case = replace(case, owned_at=now)
    if case.informed_at is None and _truth(live, kind.informed_when) is True:
        case = replace(case, informed_at=now)
    if case.resolved_at is None and _truth(live, kind.resolved_when) is True:
        first = now if case.first_resolved_at is None else case.first_resolved_at
        case = replace(case, resolved_at=now, first_resolved_at=first)
    closed = _truth(live, kind.closed_when) if kind.closed_when is not None else _negated(wrong)
    if closed is True:
        first = now if case.first_closed_at is None else case.first_closed_at
        case = replace(case, closed_at=now, first_closed_at=first)
    return case


def _recover_lapse(live: Live, kind: CaseKind, promise_index: int, now: Micros) -> None:
    """Open a case for every lapsed promise of a kind.

    It closes when `closed_when` is true; where the pack gives none, when the promise is kept after all.
    """
    name = live.machine.pack.promises[promise_index].name
    for promise in live.promises:
        if promise.kind != name:
            continue
        place = _find(live, kind.name, promise.key)
        if place is None and promise.renegotiated in _LAPSED:
            live.cases.append(Case(kind.name, promise.key, now))
            place = len(live.cases) - 1
        if place is None or live.cases[place].closed_at is not None:
            continue
        case = _legs(live, kind, live.cases[place], now, None)
        if kind.closed_when is None and case.closed_at is None and promise.kept_at is not None:
            case = replace(case, closed_at=now, first_closed_at=now)
        live.cases[place] = case


def _truth(live: Live, rule: int | None) -> Truth:
    """Return the truth of an optional rule; false where there is none."""
    truth: Truth = False if rule is None else live.results[rule]
    return truth


def _negated(truth: Truth) -> Truth:
    """Return the negation, unknown staying unknown."""
    return None if truth is None else not truth


def _find(live: Live, kind: str, about: str) -> int | None:
    """Return the place of a case among the subject's."""
    for place, case in enumerate(live.cases):
        if case.kind == kind and case.about == about:
            return place
    return None
