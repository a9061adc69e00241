"""Harm: which of the open cases to take first, and one sentence of what is wrong.

score = severity x people x time x value at stake. All factors are plain numbers, so that anybody can check a queue by
hand:

- *severity*: 1 (a nuisance) to 5 (grave), as the pack says of the kind.
- *people*: how many it touches, at least 1, as the pack says of the kind.
- *time*: 1 + log2(1 + hours since it broke), at most 8.4 (one week). Every doubling of the wait weighs as much as the
  one before: the second hour matters as the second day does, and an old case does not drown new ones for ever.
- *value at stake*: 1 + log10(1 + amount), in the pack's own unit, at most 7 (a million); 1 while it is not known. Ten
  times the amount is one step: a dear order goes first, and a cheap one is still somebody's.

Source: cost of delay as urgency times value (Reinertsen, The Principles of Product Development Flow, 2009, chapter 2);
logarithms because both waiting and money are felt in ratios (Weber and Fechner).
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from troth.engine.cases.kinds import complaint_kind, kind_named
from troth.engine.gate.look import evaluated
from troth.engine.machine import Machine
from troth.model.pack import CaseKind
from troth.model.record import Case, Record
from troth.model.times import DAY, HOUR, Micros, format_duration

LONGEST: Final[Micros] = 7 * DAY
"""From here on waiting adds no more to the time factor."""

DEAREST: Final = 1_000_000.0
"""From here on an amount adds no more to the value factor."""


class Harm(msgspec.Struct, frozen=True):
    """How bad a case is.

    Attributes:
        score: The product of the factors, rounded to three places; 0 once the case is closed.
        severity: 1 to 5.
        people: At least 1.
        time: 1 to 8.4.
        value: 1 to 7.
        wrong: One sentence of what is wrong, without personal data.
    """

    score: float
    severity: int
    people: int
    time: float
    value: float
    wrong: str


def harm(case: Case, kind: CaseKind, record: Record, now: Micros, amount: float | None = None) -> Harm:
    """Return the harm of a case as of `now`; its sentence calls what the case is about by the name that it has.

    Args:
        case: The case.
        kind: Its kind.
        record: The record that it stands in.
        now: The moment; microseconds since 1970 UTC.
        amount: Value at stake in the pack's own unit; `None`: not known.
    """
    broke_at = case.opened_at if case.broke_at is None else case.broke_at
    severity, people = min(max(kind.severity, 1), 5), max(kind.people, 1)
    time, value = time_factor(now - broke_at), value_factor(amount)
    score = 0.0 if case.closed_at is not None else score_of(severity, people, time, value)
    return Harm(score, severity, people, time, value, _sentence(case, now - broke_at, wrong_of(case, kind, record)))


def score_of(severity: int, people: int, time: float, value: float) -> float:
    """Return the score that factors make.

    >>> score_of(4, 1, 2.0, 2.7)
    21.6
    """
    return round(severity * people * time * value, 3)


def place_of(score: float, subject: str, case: Case) -> tuple[float, Micros, str, str]:
    """Return what a queue of open cases is sorted by: the worst first, of equals the one that has been open longest."""
    return -score, case.opened_at, subject, case.id


def harms(machine: Machine, record: Record, now: Micros) -> tuple[tuple[Case, Harm], ...]:
    """Return the open cases of a record with their harm, the worst first; of equals the one that broke first.

    The record has been brought to `now` before.
    """
    standing = [case for case in record.cases if case.closed_at is None]
    if not standing:
        return ()
    results = evaluated(machine, record, now)
    found = []
    for case in standing:
        kind = kind_named(machine.pack, case.kind) or complaint_kind(machine.pack)
        amount = None if kind.value is None else results[kind.value]
        about, state = about_of(machine, case, kind), state_of(machine, record)
        bad = harm(case, kind, record, now, _number(amount))
        waited = now - (case.opened_at if case.broke_at is None else case.broke_at)
        wrong = _sentence(case, waited, wrong_of(case, kind, record, about=about, state=state))
        found.append((case, msgspec.structs.replace(bad, wrong=wrong)))
    return tuple(sorted(found, key=lambda one: (-one[1].score, one[0].broke_at or one[0].opened_at, one[0].kind)))


def time_factor(waited: Micros) -> float:
    """Return the factor of having waited so long.

    >>> time_factor(0), time_factor(3 * HOUR), round(time_factor(30 * DAY), 1)
    (1.0, 3.0, 8.4)
    """
    return 1 + math.log2(1 + min(max(waited, 0), LONGEST) / HOUR)


def value_factor(amount: float | None) -> float:
    """Return the factor of so much at stake; 1 while it is not known.

    >>> value_factor(None), value_factor(99.0), round(value_factor(1e9))
    (1.0, 3.0, 7)
    """
    if amount is None or math.isnan(amount):
        return 1.0
    return 1 + math.log10(1 + min(max(amount, 0.0), DEAREST))


def _number(amount: object) -> float | None:
    """Return an amount as a number; what is none is not known."""
    return float(amount) if isinstance(amount, int | float) and not isinstance(amount, bool) else None


def wrong_of(case: Case, kind: CaseKind, record: Record, *, about: str = "", state: str = "") -> str:
    """Return what is wrong, as a sentence without its end and without personal data.

    Args:
        case: The case.
        kind: Its kind.
        record: The record that it stands in.
        about: What the case is about, in words; empty: by its name.
        state: The present state, in words; empty: by its name.
    """
    about = about or case.about
    return _WRONG.get("lapse" if kind.lapse_of is not None else kind.of, "{title}").format(
        title=kind.title or kind.name.replace("_", " "),
        about=about or "it",
        named=f" ({about})" if about else "",
        state=state or (record.states[-1].value if record.states else "unknown"),
    )


def about_of(machine: Machine, case: Case, kind: CaseKind) -> str:
    """Return what a case is about in the pack's words; empty where it has none."""
    pack = machine.pack
    if kind.of == "conflict":
        found = next((fact.title for fact in pack.facts if fact.name == case.about), "")
    elif kind.of == "at_risk":
        found = next((one.title for one in pack.promises if one.name == case.about.partition("/")[0]), "")
    elif kind.of == "impossible":
        found = next((state.title for state in pack.states if state.name == case.about), "")
    else:
        found = pack.actions[case.about].title if case.about in pack.actions else ""
    return f"“{found}”" if found else ""


def state_of(machine: Machine, record: Record) -> str:
    """Return the present state in the pack's words; empty where it has none."""
    name = record.states[-1].value if record.states else ""
    found = next((state.title for state in machine.pack.states if state.name == name), "")
    return f"“{found}”" if found else ""


def _sentence(case: Case, waited: Micros, what: str) -> str:
    """Return what is wrong, for how long, and who has it."""
    whole = max(waited, 0) // _MINUTE * _MINUTE
    since = "just now" if whole == 0 else f"for {format_duration(whole)}"
    owner = (
        f"{case.owner} has it" if case.owner else ("somebody has it" if case.owned_at is not None else "nobody has it")
    )
    return f"{what}, {since}; {owner}."


_MINUTE: Final[Micros] = HOUR // 60
_WRONG: Final[dict[str, str]] = {
    "contradiction": "What the customer was told about {about} does not hold",
    "at_risk": "The promise {about} will hardly be kept",
    "lapse": "{title}{named}",
    "silence": "The customer has not been told that the state is {state}",
    "unverifiable": "Nobody can tell whether what the customer was told about {about} holds",
    "impossible": "It came to the state {about} in a way that cannot be",
    "conflict": "Systems are at odds over {about}",
    "complaint": "The customer complained",
}
