"""How what a pack declares is said in words. Pure."""

from __future__ import annotations

from typing import Any, Final

from troth.model.pack import CaseKind, Due, Fact, Pack, PromiseKind
from troth.model.rules import RuleIndex
from troth.model.times import Micros, format_duration

_SEES: Final = {
    "contradiction": "what the customer was told is not so, or cannot be done",
    "at_risk": "a promise will hardly be kept",
    "silence": "the customer should have been told and was not",
    "unverifiable": "nobody can tell whether what the customer was told is so",
    "impossible": "one state follows another that it cannot follow",
    "conflict": "sources have disagreed for longer than they may",
    "complaint": "the customer says that something is wrong",
}
"""What troth itself sees → in words."""


def lasting(duration: Micros | None, never: str = "") -> str:
    """Return a duration as packs write it: `1d2h`; `never` where there is none."""
    return never if not duration else format_duration(duration)


def rule_text(pack: Pack, rule: RuleIndex | None, none: str = "") -> str:
    """Return a condition as it is written."""
    return none if rule is None else " ".join(pack.rules.rules[rule].text.split())


def silence_of(fact: Fact) -> str:
    """Return what it means that nobody says anything about a fact."""
    if fact.otherwise is None:
        return "not known"
    said = {True: "true", False: "false"}.get(fact.otherwise, str(fact.otherwise))
    return f"{said}, as long as {_any(fact.authority[0])} is heard" if fact.authority else said


def authority_of(pack: Pack, fact: Fact) -> list[list[str]]:
    """Return who decides about a fact, in order: tiers of sources in words."""
    titles = {source.name: source.title for source in pack.sources}
    return [[f"{titles[name]} ({name})" if titles.get(name) else name for name in tier] for tier in fact.authority]


def due_of(written: Any, due: Due) -> str:
    """Return when a promise is due, in words.

    Args:
        written: As the pack's text has it; `None`: the text is not here.
        due: As it is compiled.
    """
    said = written if isinstance(written, dict) else {}
    if due.after is not None:
        return f"{format_duration(due.after)} after it is made"
    if due.at is not None:
        return f"at the moment that the event states: {said['at']}" if "at" in said else "at a moment stated"
    if due.day is not None:
        return f"at the end of the day that the event states: {said['day']}" if "day" in said else "at a day's end"
    return "not disclosed: events decide"


def opens_of(pack: Pack, kind: CaseKind) -> str:
    """Return what opens a case, in words."""
    if kind.open_when is not None:
        return f"it is so that {rule_text(pack, kind.open_when)}"
    if kind.lapse_of is not None:
        return f"the promise {pack.promises[kind.lapse_of].name} is late or broken"
    return _SEES.get(kind.of, kind.of)


def closes_of(pack: Pack, kind: CaseKind) -> str:
    """Return what closes a case, in words."""
    if kind.closed_when is not None:
        return f"it is so that {rule_text(pack, kind.closed_when)}"
    if kind.lapse_of is not None and not kind.dwell:
        return f"the promise {pack.promises[kind.lapse_of].name} is kept after all"
    if kind.of == "complaint":
        return "somebody has informed the customer and closes it"
    return "it is so no more"


def remedy_of(pack: Pack, kind: CaseKind) -> str:
    """Return what counts as the remedy of a case, in words."""
    if kind.resolved_when is not None:
        return f"done when {rule_text(pack, kind.resolved_when)}"
    return "done when somebody says so"


def makers_of(pack: Pack, number: int, kind: PromiseKind) -> list[str]:
    """Return what makes a promise: types of events, and messages."""
    events = [name for name, plan in pack.events.items() if number in plan.makes]
    return [*events, *(f"the message {name}" for name in kind.made_by_message)]


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 finding`, `2 findings`.

    >>> plural(1, "finding"), plural(1200, "finding"), plural(2, "is", "are")
    ('1 finding', '1,200 findings', '2 are')
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _any(names: tuple[str, ...]) -> str:
    """Return names as a list in words."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
