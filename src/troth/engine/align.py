"""Message · State · Action: does what the customer believes agree with what is so and what can be done?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from troth.engine.derive import present_state
from troth.engine.live import Live
from troth.engine.machine import Machine
from troth.model.message import Statement
from troth.model.record import Belief, Promise, Span
from troth.model.times import FOREVER, Micros
from troth.model.truth import Truth, all_of, negate

_PROMISE_TRUTH: dict[str, Truth] = {"open": True, "kept": True, "late": False, "broken": False, "unknown": None}


def align(live: Live, now: Micros) -> Micros:
    """Append a span if the alignment at `now` is another one; return when time alone changes it."""
    value, about, crossing = _judge(live, now)
    history = live.alignment
    if history and history[-1].since == now:
        history.pop()
    if not history or history[-1].value != value or history[-1].about != about:
        history.append(Span(value, now, about))
    return crossing


def truth_of(
    machine: Machine,
    statement: Statement,
    results: Sequence[Any],
    promises: Iterable[Promise],
    *,
    anew: bool = False,
) -> Truth:
    """Return whether a statement is true.

    A promising statement is true while its promise, as renegotiated, is open or kept, false once it is late, broken or
    known to be impossible, and unknown where the outcome is, where no such promise is known, or where nobody knows
    whether it has become impossible. Whoever was promised what has been kept was told the truth, whatever comes after;
    but it is not promised anew once it has become impossible: an order that was ready and then cancelled will not be
    ready by tonight.

    Args:
        machine: The pack, prepared.
        statement: One of its statements.
        results: The values of its rules at the moment.
        promises: Those of the subject.
        anew: Whether it is about to be said, or being said, at that moment, in place of believed since.
    """
    fails: Truth = False if statement.fails_when is None else results[statement.fails_when]
    if statement.promise is None:
        truth: Truth = None if statement.true_when is None else results[statement.true_when]
        return all_of((truth, negate(fails)))
    kind = machine.promised[statement.name]
    outcomes = {one.renegotiated for one in promises if one.kind == kind and one.renegotiated != "void"}
    if outcomes == {"kept"} and not anew:
        return True
    stands = all_of(_PROMISE_TRUTH[outcome] for outcome in outcomes) if outcomes else None
    return all_of((stands, negate(fails)))


def _judge(live: Live, now: Micros) -> tuple[str, tuple[str, ...], Micros]:
    """Return the first alignment that applies, what decides it, and when time alone changes it."""
    beliefs = standing_beliefs(live) if live.beliefs else live.beliefs
    told, tell_at = told_of_state(live, beliefs)
    behind = not told and now >= tell_at
    crossing = FOREVER if told or behind else tell_at
    if not beliefs:
        return ("behind" if behind else "untold"), (), crossing
    wrong: list[str] = []
    stuck: list[str] = []
    doubtful: list[str] = []
    machine, results = live.machine, live.results
    for belief in beliefs:
        name = belief.statement
        truth = truth_of(machine, machine.pack.statements[name], results, live.promises)
        if truth is False:
            wrong.append(name)
        elif truth is None:
            doubtful.append(name)
        else:
            for action, rule in machine.invited[name]:
                available = True if rule is None else results[rule]
                if available is not True:
                    (stuck if available is False else doubtful).append(action)
    for value, about in (("ahead", wrong), ("stuck", stuck), ("unverifiable", doubtful)):
        if about:
            return value, tuple(about) if len(about) == 1 else tuple(sorted(set(about))), crossing
    return ("behind" if behind else "aligned"), (), crossing


def standing_beliefs(live: Live) -> list[Belief]:
    """Return the beliefs that count: a promise that is void is believed by nobody."""
    void = {one.kind for one in live.promises if one.renegotiated == "void"}
    if not void:
        return live.beliefs
    void -= {one.kind for one in live.promises if one.renegotiated != "void"}
    promised = live.machine.promised
    return [belief for belief in live.beliefs if promised.get(belief.statement) not in void]


def told_of_state(live: Live, beliefs: Sequence[Belief]) -> tuple[bool, Micros]:
    """Return whether the customer has been told of the present state, and from when on silence counts as behind."""
    state = present_state(live)
    if state is None or not state.tell or state.tell_within is None:
        return True, FOREVER
    if any(belief.statement in state.tell for belief in beliefs):
        return True, FOREVER
    return False, live.states[-1].since + state.tell_within
