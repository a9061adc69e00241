"""Warnings about objectives: what nothing can meet, and what one failure misses for good."""

from __future__ import annotations

from troth.lang.lint._logic import possible
from troth.lang.lint._view import View
from troth.model.objective import Objective
from troth.model.pack import CaseKind, PromiseKind


def impossible_objectives(view: View) -> None:
    """W123: nothing that can happen meets the objective, or nothing is ever counted for it."""
    for objective in view.pack.objectives.values():
        reason = _why_not(view, objective)
        if reason:
            view.warn(
                "W123",
                ("objectives", objective.name),
                objective.name,
                f"the objective `{objective.name}` that nothing can meet: {reason}",
                "an objective that some history of this pack meets",
                "mend what it measures, or remove it",
            )


def objectives_without_budget(view: View) -> None:
    """W124: a target of 1 leaves no budget: one failure misses it, and no burn rate can be told."""
    for objective in view.pack.objectives.values():
        if objective.target >= 1:
            view.warn(
                "W124",
                ("objectives", objective.name, "target"),
                objective.name,
                f"the objective `{objective.name}` without an error budget",
                "a target under 1",
                "say how many failures are acceptable, such as 0.999",
            )


def _why_not(view: View, objective: Objective) -> str:
    """Return why an objective cannot be met; empty where it can be, or nobody can say."""
    pack = view.pack
    match objective.measure:
        case "promise_reliability":
            index = next(index for index, kind in enumerate(pack.promises) if kind.name == objective.kind)
            return _of_promise(view, index, pack.promises[index])
        case "status_fidelity":
            said = any(message.statements for message in pack.messages.values())
            return "" if said else "no message states anything, so that nobody is ever told"
        case "time_to_usable_outcome":
            return "" if any(state.usable for state in pack.states) else "no state is usable"
        case _:
            kind = next(kind for kind in pack.cases if kind.name == objective.kind)
            return _of_case(kind, objective.leg)


def _of_promise(view: View, index: int, kind: PromiseKind) -> str:
    made = bool(kind.made_by_message) or any(index in plan.makes for plan in view.pack.events.values())
    if not made:
        return f"nothing makes the promise `{kind.name}`"
    kept = possible(view.nodes(kind.kept_when), lambda values: values[0] is True, view.options)
    return f"`kept_when` of the promise `{kind.name}` can never be true" if kept is False else ""


def _of_case(kind: CaseKind, leg: str) -> str:
    """Return why a leg can never be told of a kind; of one with a full life people walk every leg."""
    if kind.of or kind.after or kind.dwell:
        return ""
    if leg.startswith(("broke", "detected", "informed")):
        return f"the case kind `{kind.name}` has neither `of` nor `after` nor `dwell`, and so no such leg"
    told = {"owned": kind.owned_when, "informed": kind.informed_when, "resolved": kind.resolved_when}
    missing = [f"{end}_when" for end in leg.split("_") if end in told and told[end] is None]
    return f"the case kind `{kind.name}` has no {' and no '.join(missing)}" if missing else ""


CHECKS = (impossible_objectives, objectives_without_budget)
