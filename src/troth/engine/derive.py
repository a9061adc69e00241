"""Facts → state: the first state whose condition is true while all before it are false."""

from __future__ import annotations

from troth.engine.live import Live
from troth.model.pack import State
from troth.model.record import Finding, Span
from troth.model.times import FOREVER, Micros

UNKNOWN_STATE = "unknown"


def enter(live: Live, now: Micros) -> None:
    """Append a span if the state at `now` is another one; note a jump that the pack does not allow."""
    states = live.machine.pack.states
    results = live.results
    candidates: tuple[str, ...] = ()
    found: State | None = None
    for state in states:
        truth = results[state.when]
        if truth is False:
            continue
        if truth is True:
            found = state
            break
        candidates = (*candidates, state.name)
    if found is None or candidates:
        if found is not None:
            candidates = (*candidates, found.name)
        span = Span(UNKNOWN_STATE, now, candidates)
    else:
        span = Span(found.name, now, (), found.undated is not None and results[found.undated] is True)
    history = live.states
    if history and history[-1].value == span.value and history[-1].about == span.about:
        return
    if span.value != UNKNOWN_STATE:
        _check_transition(live, span)
    history.append(span)


def present_state(live: Live) -> State | None:
    """Return the present state; `None` while it is unknown."""
    return live.machine.states.get(live.states[-1].value) if live.states else None


def ended(live: Live, now: Micros) -> tuple[bool, Micros]:
    """Return whether a terminal state has lasted, and if not yet, when it will have."""
    state = present_state(live)
    if state is None or not state.terminal:
        return False, FOREVER
    lasted = live.states[-1].since + state.lasts
    return (True, FOREVER) if now >= lasted else (False, lasted)


def _check_transition(live: Live, span: Span) -> None:
    """Note an impossible transition; what happened is recorded all the same."""
    before = next((one.value for one in reversed(live.states) if one.value != UNKNOWN_STATE), None)
    if before is None or before == span.value:
        return
    allowed = live.machine.pack.transitions.get(before)
    if allowed is not None and span.value not in allowed:
        live.findings.append(Finding("F101", span.since, f"from {before} to {span.value}: the pack does not allow it"))
