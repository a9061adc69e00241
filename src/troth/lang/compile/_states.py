"""States, transitions, chronology and cases: what the rules over facts derive."""

from __future__ import annotations

from troth.lang.compile._draft import Draft
from troth.model.pack import CaseKind, State


def states(draft: Draft) -> tuple[State, ...]:
    """Return the states in order."""
    made = []
    for name in draft.mapping("states"):
        path = ("states", name)
        made.append(
            State(
                name=name,
                # Either answer decides: true takes the state, false goes on to the next.
                when=draft.rule(*path, "when", asserts="both") or 0,
                title=draft.text(*path, "title") or name.replace("_", " "),
                usable=draft.flag(*path, "usable"),
                terminal=draft.flag(*path, "terminal"),
                lasts=draft.duration(*path, "lasts") or 0,
                tell=draft.references("statements", *path, "tell"),
                tell_within=draft.duration(*path, "tell_within"),
                undated=draft.rule(*path, "undated"),
            )
        )
    return tuple(made)


def transitions(draft: Draft) -> dict[str, tuple[str, ...]]:
    """Return which states may follow which."""
    made = {}
    for name in draft.mapping("transitions"):
        if draft.refer("states", name, ("transitions", name), at_key=True):
            made[name] = draft.references("states", "transitions", name)
    return made


def chronology(draft: Draft) -> tuple[tuple[int, ...], ...]:
    """Return the lists of facts that should come true in order; each has to be true or false."""
    made = []
    for number in range(len(draft.items("chronology"))):
        order = []
        for fact, path in draft.texts("chronology", number):
            if not draft.refer("facts", fact, path):
                continue
            kind = draft.facts.get(fact, "dyn")
            if kind not in ("bool", "dyn"):
                draft.complain(path, "P218", f"the fact `{fact}` of type {kind} in a chronology", "facts of type bool")
            order.append(draft.index("facts", fact))
        made.append(tuple(order))
    return tuple(made)


def cases(draft: Draft) -> tuple[CaseKind, ...]:
    """Return the kinds of cases; each opens in one of three ways."""
    return tuple(_case(draft, name) for name in draft.mapping("cases"))


def _case(draft: Draft, name: str) -> CaseKind:
    """Return one kind of case."""
    path = ("cases", name)
    _check_opening(draft, name)
    lapse_of = draft.references("promises", *path, "lapse_of")
    severity, people = draft.get(*path, "severity"), draft.get(*path, "people")
    return CaseKind(
        name=name,
        open_when=draft.rule(*path, "open_when", asserts="both"),
        lapse_of=draft.index("promises", lapse_of[0]) if lapse_of else None,
        owned_when=draft.rule(*path, "owned_when", asserts="both"),
        informed_when=draft.rule(*path, "informed_when", asserts="both"),
        resolved_when=draft.rule(*path, "resolved_when", asserts="both"),
        closed_when=draft.rule(*path, "closed_when", asserts="both"),
        title=draft.text(*path, "title") or name.replace("_", " "),
        of=draft.text(*path, "of"),
        after=draft.duration(*path, "after") or 0,
        dwell=draft.duration(*path, "dwell") or 0,
        severity=severity if isinstance(severity, int) else 3,
        people=people if isinstance(people, int) else 1,
        value=draft.rule(*path, "value", asserts="both", expected="double"),
    )


def _check_opening(draft: Draft, name: str) -> None:
    """Ask for exactly one of the ways in which a case opens."""
    path = ("cases", name)
    given = [way for way in ("open_when", "lapse_of", "of") if draft.has(*path, way)]
    if len(given) == 1:
        return
    found = f"both {' and '.join(given)}" if len(given) == 2 else "all three of them" if given else "none of them"
    expected = "exactly one of open_when, lapse_of and of"
    draft.complain(path, "P213", f"the case `{name}` with {found}", expected, at_key=True)
