"""The legs of a case between opening and closing: owned, informed, remedied, and whether it may close clean."""

from __future__ import annotations

from msgspec.structs import replace

from troth.engine.cases.inform import informs
from troth.engine.cases.kinds import COMPLAINT, remedied
from troth.engine.cases.watch import is_back, rule_truth, still
from troth.engine.live import Live
from troth.model.pack import CaseKind
from troth.model.record import Case
from troth.model.times import Micros


def walk(live: Live, kind: CaseKind, case: Case, now: Micros) -> Case:
    """Return an open case with the legs that it has come to by `now`."""
    results, owned, resolved = live.results, kind.owned_when, kind.resolved_when
    if owned is not None and case.owned_at is None and results[owned] is True:
        case = replace(case, owned_at=now)
    if case.informed_at is None and (live.messages or kind.informed_when is not None):
        case = replace(case, informed_at=now) if _informed(live, kind, case, now) else case
    if resolved is not None and case.resolved_at is None and results[resolved] is True:
        case = remedied(case, now)
    return case


def is_right(live: Live, kind: CaseKind, case: Case) -> bool:
    """Return whether the failure of a case is over and message, state and action line up again.

    A case that a person opened or reopened is right when they have informed the customer and done the remedy: what was
    wrong may show in no fact.
    """
    if still(live, kind, case.about) is not False or not is_back(live):
        return False
    if kind.closed_when is not None and rule_truth(live, kind.closed_when) is not True:
        return False
    return not by_people(kind, case) or (case.informed_at is not None and case.resolved_at is not None)


def is_ready(kind: CaseKind, case: Case) -> bool:
    """Return whether all that the policy of the kind asks for has been done."""
    return (kind.resolved_when is None or case.resolved_at is not None) and (
        kind.informed_when is None or case.informed_at is not None
    )


def by_people(kind: CaseKind, case: Case) -> bool:
    """Return whether a case is there because somebody said so."""
    return case.held or kind.of == COMPLAINT


def may_close_clean(live: Live, kind: CaseKind, case: Case, now: Micros) -> bool:
    """Return whether a case that somebody closes now is closed clean."""
    if not is_right(live, kind, case) or not is_ready(kind, case):
        return False
    return kind.dwell == 0 or (case.right_since is not None and now >= case.right_since + kind.dwell)


def _informed(live: Live, kind: CaseKind, case: Case, now: Micros) -> bool:
    """Return whether the customer has been told: as the pack's rule says, else by a message that informs."""
    if kind.informed_when is not None:
        return rule_truth(live, kind.informed_when) is True
    return informs(live, kind, case, now)
