"""The full life of a case: `after` delays its opening, `dwell` confirms its closing, a relapse is the same case.

A failure that comes back while the case is open, or within `dwell` of its closing, is that case; later it is a new one.
What is unknown opens nothing, closes nothing, and lets no duration run.
"""

from __future__ import annotations

from msgspec.structs import replace

from troth.engine.cases.kinds import VOID, closed, reopened
from troth.engine.cases.legs import by_people, is_ready, is_right, walk
from troth.engine.cases.watch import failing, rule_truth, still
from troth.engine.live import Live
from troth.model.pack import CaseKind
from troth.model.record import Brewing, Case
from troth.model.times import FOREVER, Micros


def open_lasting(live: Live, kind: CaseKind, now: Micros) -> Micros:
    """Open a case for every failure that has lasted; return when the next one will have."""
    wrong = failing(live, kind)
    if not wrong and not live.brewing:
        return FOREVER
    waiting = {one.about: one for one in live.brewing if one.kind == kind.name}
    live.brewing = [one for one in live.brewing if one.kind != kind.name]
    crossing = FOREVER
    for about in wrong:
        if _is_covered(live, kind, about):
            continue
        brewing = waiting.get(about) or Brewing(kind.name, about, now)
        matures_at = brewing.since + kind.after
        if now >= matures_at:
            open_case(live, kind, brewing, now)
        else:
            live.brewing.append(brewing)
            crossing = min(crossing, matures_at)
    return crossing


def open_case(live: Live, kind: CaseKind, brewing: Brewing, now: Micros) -> int:
    """Open a case for a failure, or open again the one that it belongs to; return its place."""
    place = latest(live, kind.name, brewing.about)
    if place is not None:
        last = live.cases[place]
        if last.closed_at is not None and last.closed_as != VOID:
            over = max(last.closed_at, last.right_since or last.closed_at)
            if brewing.since < over + kind.dwell:
                live.cases[place] = reopened(last, now)
                return place
    live.cases.append(
        Case(
            kind.name,
            brewing.about,
            now,
            broke_at=brewing.since,
            detected_at=brewing.noticed_at,
            detected_by=brewing.noticed_by or "system",
        )
    )
    return len(live.cases) - 1


def move(live: Live, kind: CaseKind, place: int, now: Micros) -> Micros:
    """Bring one case up to `now`; return when time alone closes it."""
    case = live.cases[place]
    wrong = still(live, kind, case.about)
    if case.closed_at is not None:
        if case.right_since is None and wrong is False:
            # Somebody closed it while it was wrong: that failure is over only now, and the next one is another.
            live.cases[place] = replace(case, right_since=now)
        return FOREVER
    if wrong is True:
        case = _wrong_again(live, kind, case, now)
    case = walk(live, kind, case, now)
    alarm = case.broke_at is None and not by_people(kind, case)
    right = wrong is False if alarm else is_right(live, kind, case)
    if right != (case.right_since is not None):
        case = replace(case, right_since=now if right else None)
    closes_at = FOREVER
    if case.right_since is not None and (alarm or is_ready(kind, case)):
        closes_at = case.right_since + kind.dwell
        if now >= closes_at:
            case, closes_at = closed(case, now, VOID if alarm else "clean"), FOREVER
    live.cases[place] = case
    return closes_at


def latest(live: Live, kind: str, about: str) -> int | None:
    """Return the place of the last case of a kind about something."""
    for place in range(len(live.cases) - 1, -1, -1):
        if live.cases[place].kind == kind and live.cases[place].about == about:
            return place
    return None


def _is_covered(live: Live, kind: CaseKind, about: str) -> bool:
    """Return whether a failure already has its case: an open one, or one that somebody closed while it was wrong."""
    place = latest(live, kind.name, about)
    return place is not None and (live.cases[place].closed_at is None or live.cases[place].right_since is None)


def _wrong_again(live: Live, kind: CaseKind, case: Case, now: Micros) -> Case:
    """Return an open case whose failure is there: an alarm has come true, a remedy has not held."""
    if case.broke_at is None:
        case = replace(case, broke_at=now)
    if case.resolved_at is not None and kind.resolved_when is not None and not rule_truth(live, kind.resolved_when):
        undone = rule_truth(live, kind.resolved_when) is False
        return replace(case, resolved_at=None, reopened_at=(*case.reopened_at, now)) if undone else case
    return case
