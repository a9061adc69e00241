"""Expectation against record: one small function for each key of the language, each yielding what does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from troth.model.record import Case, Promise
from troth.scenarios.check_live import LEGS_OF_PEOPLE, LIVE_CHECKS, case_marks
from troth.scenarios.miss import Miss
from troth.scenarios.sight import Sight, said, word

Check: TypeAlias = Callable[[Sight, Any], Iterator[Miss]]
"""An expectation's check: yields what does not hold."""


def check(sight: Sight, wanted: Mapping[str, Any]) -> tuple[Miss, ...]:
    """Return what does not hold of everything that one step expects."""
    return tuple(miss for key, value in wanted.items() for miss in CHECKS[key](sight, value))


def count(wanted: Mapping[str, Any]) -> int:
    """Return how many single things an expectation expects."""
    return sum(len(value) if isinstance(value, Mapping) else 1 for value in wanted.values())


def _state(sight: Sight, wanted: Any) -> Iterator[Miss]:
    """Check the present state, its candidates, its start and its history."""
    full: Mapping[str, Any] = {"is": wanted} if isinstance(wanted, str) else wanted
    spans = sight.record.states
    present = spans[-1] if spans else None
    name = present.value if present else "unknown"
    candidates = f" ({', '.join(present.about)} possible)" if present and present.about else ""
    expected = "unknown" if "unknown" in full else full.get("is", name)
    if name != expected:
        why = sight.why_state(expected) if expected != "unknown" else sight.why_state(name)
        yield Miss(("state",), "S201", f"state {name}{candidates}", f"state {expected}", why)
        return
    if "unknown" in full and sorted(full["unknown"]) != sorted(present.about if present else ()):
        yield Miss(("state", "unknown"), "S201", f"state unknown{candidates}", f"candidates {_list(full['unknown'])}")
    if "since" in full and (present is None or present.since != full["since"]):
        since = "no moment" if present is None else sight.clock.write(present.since)
        yield Miss(("state", "since"), "S201", f"{name} since {since}", f"since {sight.clock.write(full['since'])}")
    if "undated" in full and (present is not None and present.undated) is not full["undated"]:
        yield Miss(
            ("state", "undated"), "S201", f"undated {word(not full['undated'])}", f"undated {word(full['undated'])}"
        )
    history = [span.value for span in spans]
    if "history" in full and history != full["history"]:
        yield Miss(("state", "history"), "S201", f"states {_list(history)}", f"states {_list(full['history'])}")


def _fact(sight: Sight, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[Miss]:
    """Check facts: status, value, conflict, assumed, and the source that decides."""
    for name, want in wanted.items():
        view = sight.fact(name)
        has = {
            "status": view.status,
            "value": view.value,
            "conflict": view.conflict,
            "assumed": view.assumed,
            "by": view.by.source if view.by is not None else "",
        }
        wrong = [key for key in want if not _same(has[key], want[key])]
        if wrong:
            expected = ", ".join(f"{key} {said(want[key])}" for key in wrong)
            yield Miss(("fact", name), "S202", sight.about_fact(name), expected)


def _promise(sight: Sight, wanted: Mapping[str, Any]) -> Iterator[Miss]:
    """Check promises: the outcome for the first window, and what more is asked."""
    for name, want in wanted.items():
        found = sight.promises(name)
        if want == "none":
            if found:
                yield Miss(("promise", name), "S203", sight.about_promise(found[0]), "no such promise")
            continue
        full = {"outcome": want} if isinstance(want, str) else want
        if not found:
            yield Miss(("promise", name), "S203", f"{name} was never made", _promised(sight, full))
        for one in found:
            has = _promise_figures(one)
            if any(has[key] != full[key] for key in full):
                why = sight.why(sight.machine.kinds[one.kind].kept_when)
                yield Miss(("promise", name), "S203", sight.about_promise(one), _promised(sight, full), why)


def _promise_figures(promise: Promise) -> dict[str, Any]:
    """Return what can be expected of a promise."""
    return {
        "outcome": promise.outcome,
        "windows": [window.counts for window in promise.windows],
        "due": promise.windows[-1].due,
        "kept_at": promise.kept_at,
        "decided_at": promise.decided_at,
    }


def _promised(sight: Sight, full: Mapping[str, Any]) -> str:
    """Return what is expected of a promise, in words."""
    return ", ".join(
        f"{key} {sight.clock.write(value) if isinstance(value, int) else 'none' if value is None else _list(value)}"
        for key, value in full.items()
    )


def _renegotiated(sight: Sight, wanted: Mapping[str, str]) -> Iterator[Miss]:
    """Check promises as renegotiated."""
    for name, want in wanted.items():
        found = sight.promises(name)
        if not found:
            yield Miss(("renegotiated", name), "S203", f"{name} was never made", f"as renegotiated {want}")
        for one in found:
            if one.renegotiated != want:
                yield Miss(("renegotiated", name), "S203", sight.about_promise(one), f"as renegotiated {want}")


def _alignment(sight: Sight, wanted: str) -> Iterator[Miss]:
    """Check whether message, state and action line up."""
    spans = sight.record.alignment
    found, about = (spans[-1].value, spans[-1].about) if spans else ("untold", ())
    if found != wanted:
        decides = f" because of {', '.join(about)}" if about else ""
        believed = sorted({belief.statement for belief in sight.record.beliefs})
        why = tuple(f"{name} is believed and {word(sight.statement(name))}" for name in believed)
        yield Miss(("alignment",), "S204", f"{found}{decides}", wanted, why or ("nothing is believed",))


def _statement(sight: Sight, wanted: Mapping[str, bool | str]) -> Iterator[Miss]:
    """Check the truth of statements."""
    for name, want in wanted.items():
        found, expected = word(sight.statement(name)), want if isinstance(want, str) else word(want)
        if found != expected:
            why = sight.why_statement(name)
            yield Miss(("statement", name), "S205", f"{name} is {found}", f"{name} {expected}", why)


def _action(sight: Sight, wanted: Mapping[str, str]) -> Iterator[Miss]:
    """Check the availability of actions."""
    words = {True: "available", False: "not available", None: "unknown"}
    for name, want in wanted.items():
        found = words[sight.action(name)]
        if found != want:
            why = sight.why(sight.pack.actions[name].available)
            yield Miss(("action", name), "S206", f"{name} is {found}", f"{name} {want}", why)


def _told(sight: Sight, wanted: Sequence[str]) -> Iterator[Miss]:
    """Check which messages count as told, in the order of the telling."""
    told = sorted((one.told_at, one.id, one.message) for one in sight.record.messages if one.told_at is not None)
    found = [message for _, _, message in told]
    if found != list(wanted):
        untold = [
            f"{one.message} is only {', '.join(one.phases)}" for one in sight.record.messages if one.told_at is None
        ]
        yield Miss(("told",), "S207", f"told {_list(found)}", f"told {_list(wanted)}", tuple(untold))


def _believed(sight: Sight, wanted: Sequence[str]) -> Iterator[Miss]:
    """Check which statements the customer still believes."""
    found = sorted({belief.statement for belief in sight.record.beliefs})
    if found != sorted(set(wanted)):
        yield Miss(("believed",), "S207", f"believed {_list(found)}", f"believed {_list(sorted(wanted))}")


_LEGS: Final[Mapping[str, Callable[[Case], bool]]] = {
    **LEGS_OF_PEOPLE,
    "open": lambda case: case.closed_at is None,
    "owned": lambda case: case.owned_at is not None,
    "resolved": lambda case: case.resolved_at is not None,
    "closed": lambda case: case.closed_at is not None,
    "reopened": lambda case: bool(case.reopened_at) and case.closed_at is None,
}


def _case(sight: Sight, wanted: Mapping[str, Any]) -> Iterator[Miss]:
    """Check the legs of cases, how they were closed and who found them."""
    for leg, named in wanted.items():
        if leg not in (*_LEGS, "none"):
            yield from case_marks(sight, leg, named)
            continue
        for kind in [named] if isinstance(named, str) else named:
            cases = [case for case in sight.record.cases if case.kind == kind]
            holds = not cases if leg == "none" else any(_LEGS[leg](case) for case in cases)
            if not holds:
                found = "; ".join(_about_case(sight, case) for case in cases) or f"no case {kind}"
                yield Miss(("case", leg), "S208", found, f"no case {kind}" if leg == "none" else f"{kind} {leg}")


def _about_case(sight: Sight, case: Case) -> str:
    """Return a case in one line."""
    moments = {"opened": case.opened_at, "owned": case.owned_at, "resolved": case.resolved_at, "closed": case.closed_at}
    legs = [f"{leg} {sight.clock.write(moment)}" for leg, moment in moments.items() if moment is not None]
    reopened = [f"reopened {sight.clock.write(moment)}" for moment in case.reopened_at]
    return f"{case.kind} {', '.join([*legs, *reopened])}"


def _finding(sight: Sight, wanted: Sequence[str]) -> Iterator[Miss]:
    """Check the codes of all findings."""
    found = sorted({finding.code for finding in sight.record.findings})
    if found != sorted(set(wanted)):
        why = tuple(f"{one.code} at {sight.clock.write(one.at)}: {one.text}" for one in sight.record.findings)
        yield Miss(("finding",), "S209", f"findings {_list(found)}", f"findings {_list(sorted(set(wanted)))}", why)


def _attribute(sight: Sight, wanted: Mapping[str, Any]) -> Iterator[Miss]:
    """Check attributes of the subject."""
    for name, want in wanted.items():
        attribute = sight.record.attributes.get(name)
        found = None if attribute is None else attribute.value
        if not _same(found, want):
            yield Miss(("attribute", name), "S211", f"{name} is {said(found)}", f"{name} {said(want)}")


def _wake_up(sight: Sight, wanted: int | str) -> Iterator[Miss]:
    """Check when something changes by itself next, if the feeds that are heard go on being heard."""
    from_record = sight.wakes_at
    far = from_record >= _NEVER
    if (wanted == "none") is not far or (not far and wanted != from_record):
        found = "no wake-up" if far else f"wake-up at {sight.clock.write(from_record)}"
        expected = "no wake-up" if isinstance(wanted, str) else f"wake-up at {sight.clock.write(wanted)}"
        yield Miss(("wake_up",), "S210", found, expected)


def _same(found: Any, wanted: Any) -> bool:
    """Return whether two values are equal, true never passing for 1."""
    return bool(found == wanted) and isinstance(found, bool) is isinstance(wanted, bool)


def _list(words: Sequence[str] | str) -> str:
    """Return words in one line."""
    return words if isinstance(words, str) else f"[{', '.join(words)}]"


_NEVER: Final = 2**60
CHECKS: Final[Mapping[str, Check]] = {
    "state": _state,
    "fact": _fact,
    "promise": _promise,
    "renegotiated": _renegotiated,
    "alignment": _alignment,
    "statement": _statement,
    "action": _action,
    "told": _told,
    "believed": _believed,
    "case": _case,
    "finding": _finding,
    "attribute": _attribute,
    "wake_up": _wake_up,
    **LIVE_CHECKS,
}
"""Key of the language → its check."""
