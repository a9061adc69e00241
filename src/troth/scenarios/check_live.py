"""Expectation against the live service: decisions, permits, effects, bypasses, and what people did to cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from troth.engine.effects import bypasses
from troth.model.decision import Decision, Reason
from troth.model.effect import Outgoing
from troth.model.record import Asked, Case
from troth.model.times import Micros
from troth.scenarios.miss import Miss
from troth.scenarios.sight import Sight

_ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "case": ("kind",),
    "state": ("state",),
    "alignment": ("alignment",),
    "promise": ("promise",),
    "bypass": ("id", "message"),
}
"""First word of a topic → the members of its body that say what it is about; of the rest the message."""
_APART: Final = 1_000
"""What the service does in one moment it does microseconds apart, since everything has its order: a story sees one."""
_MESSAGE: Final = ("sends", "message", "id")


def _decision(sight: Sight, wanted: str) -> Iterator[Miss]:
    """Check the outcome."""
    decision = sight.said.decision
    if decision is not None and decision.outcome != wanted:
        yield Miss(("decision",), "S212", _outcome(decision), wanted, reasons_of(sight, decision))


def _because(sight: Sight, wanted: Sequence[str | Mapping[str, str]]) -> Iterator[Miss]:
    """Check that reasons are among those given; none may be given where none is wanted."""
    decision = sight.said.decision
    if decision is None:
        return
    absent = [_entry(one) for one in wanted if not any(_is(reason, one) for reason in decision.reasons)]
    if absent or (not wanted and decision.reasons):
        expected = f"because of {', '.join(absent)}" if absent else "no reason"
        found = f"{decision.outcome} because of {_codes(decision) or 'nothing'}"
        yield Miss(("because",), "S212", found, expected, reasons_of(sight, decision))


def _sends(sight: Sight, wanted: str) -> Iterator[Miss]:
    """Check which message may go."""
    decision = sight.said.decision
    if decision is not None and (decision.sends or "none") != wanted:
        yield Miss(("sends",), "S212", _outcome(decision), f"sends {wanted}", reasons_of(sight, decision))


def _until(sight: Sight, wanted: int | str) -> Iterator[Miss]:
    """Check when a permit ends, or what is held is looked at again."""
    decision = sight.said.decision
    if decision is None:
        return
    found = decision.recheck_at if decision.permit is None else decision.permit.expires_at
    expected_at = wanted if isinstance(wanted, int) else None
    if not _same_moment(found, expected_at):
        shown = "no end" if found is None else f"until {sight.clock.write(found)}"
        expected = "no end" if expected_at is None else f"until {sight.clock.write(expected_at)}"
        yield Miss(("until",), "S212", f"{decision.outcome}, {shown}", expected, reasons_of(sight, decision))


def _same_moment(found: Micros | None, wanted: Micros | None) -> bool:
    """Return whether two moments are one, as far as a story can tell."""
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) < _APART


def _permit(sight: Sight, wanted: Mapping[str, str]) -> Iterator[Miss]:
    """Check what permits are worth now."""
    asks = {asked.id: asked for asked in sight.record.asks}
    for name, want in wanted.items():
        found = _worth(sight, asks.get(name))
        if found != want:
            shown = f"of {name}: {found}"
            last = asks.get(name)
            why = () if last is None else (f"decided {last.outcome} because of {', '.join(last.codes) or 'nothing'}",)
            yield Miss(("permit", name), "S214", shown, want, why)


def _worth(sight: Sight, asked: Asked | None) -> str:
    """Return what a permit is worth at the moment."""
    if asked is None:
        return "none"
    if asked.confirmed_at is not None:
        return "used"
    if asked.revoked_at is not None or (not asked.sends and asked.id in sight.said.permitted):
        return "revoked"
    if not asked.sends:
        return "none"
    return "expired" if asked.expires_at < sight.now + _APART else "valid"


def _effects(sight: Sight, wanted: Sequence[str | Mapping[str, str]]) -> Iterator[Miss]:
    """Check everything that the world has been told since the step before."""
    left = list(sight.said.effects)
    absent = []
    # What says more is matched first, so that a plain topic does not take its place.
    for one in sorted(wanted, key=lambda entry: isinstance(entry, str)):
        match = next((effect for effect in left if _tells(effect, one)), None)
        if match is None:
            absent.append(one)
        else:
            left.remove(match)
    if absent or left:
        found = ", ".join(_effect(effect) for effect in sight.said.effects) or "nothing"
        expected = ", ".join(map(_entry, wanted)) or "nothing"
        yield Miss(("effects",), "S215", f"told: {found}", expected)


def _tells(effect: Outgoing, wanted: str | Mapping[str, str]) -> bool:
    """Return whether an effect is a wanted one."""
    if isinstance(wanted, str):
        return effect.topic == wanted
    ((topic, about),) = wanted.items()
    return effect.topic == topic and about in _subjects(effect)


def _subjects(effect: Outgoing) -> list[str]:
    """Return what an effect is about, the most telling first."""
    members = _ABOUT.get(effect.topic.partition(".")[0], _MESSAGE)
    return [str(effect.body[member]) for member in members if effect.body.get(member)]


def _effect(effect: Outgoing) -> str:
    """Return an effect in words."""
    about = _subjects(effect)
    return f"{effect.topic}: {about[0]}" if about else effect.topic


def _bypass(sight: Sight, wanted: Sequence[str]) -> Iterator[Miss]:
    """Check which messages left without a permit."""
    found = sorted(told.id for told in bypasses(sight.pack, sight.record))
    if found != sorted(set(wanted)):
        shown, expected = ", ".join(found) or "none", ", ".join(sorted(wanted)) or "none"
        yield Miss(("bypass",), "S216", f"left without a permit: {shown}", expected)


def case_marks(sight: Sight, mark: str, wanted: Mapping[str, str]) -> Iterator[Miss]:
    """Check how cases were closed (`closed_as`), or who found them (`detected_by`)."""
    for kind, want in wanted.items():
        cases = [case for case in sight.record.cases if case.kind == kind]
        found = [getattr(case, mark) for case in cases]
        if want not in found:
            words = mark.replace("_", " ")
            shown = ", ".join(one or "not closed" for one in found)
            text = f"{kind} {words} {shown}" if cases else f"no case {kind}"
            yield Miss(("case", mark, kind), "S208", text, f"{kind} {words} {want}")


def reasons_of(sight: Sight, decision: Decision) -> tuple[str, ...]:
    """Return the reasons of a decision, one line each, and those of its replacement."""
    lines = [_reason(sight, reason) for reason in decision.reasons]
    if decision.replacement is not None:
        lines.append(f"instead {decision.replacement.request.message}: {decision.replacement.outcome}")
        lines += [f"  {_reason(sight, reason)}" for reason in decision.replacement.reasons]
    return tuple(lines)


def _reason(sight: Sight, reason: Reason) -> str:
    """Return a reason in one line."""
    until = "" if reason.until is None else f", until {sight.clock.write(reason.until)}"
    about = f" ({reason.about})" if reason.about else ""
    return f"{reason.code} {reason.check} {reason.outcome}: {reason.text}{about}{until}"


def _outcome(decision: Decision) -> str:
    """Return a decision in words."""
    sends = f", sends {decision.sends}" if decision.sends else ""
    return f"{decision.outcome}{sends}"


def _is(reason: Reason, wanted: str | Mapping[str, str]) -> bool:
    """Return whether a reason is a wanted one: by its code or its word, and by what it is about."""
    word, _, rest = reason.text.partition(":")
    named, _, about = _entry(wanted).partition(": ")
    detail = rest.strip().partition(":")[0]
    return named in (reason.code, word) and about in ("", reason.about, detail)


def _entry(wanted: str | Mapping[str, str]) -> str:
    """Return what is wanted as text."""
    return wanted if isinstance(wanted, str) else ": ".join(next(iter(wanted.items())))


def _codes(decision: Decision) -> str:
    """Return the codes and words of a decision's reasons."""
    return ", ".join(f"{reason.code} {reason.text.partition(':')[0]}" for reason in decision.reasons)


LEGS_OF_PEOPLE: Final[Mapping[str, Callable[[Case], bool]]] = {"informed": lambda case: case.informed_at is not None}
"""Legs of a case beside those that a plain record has."""

LIVE_CHECKS: Final[Mapping[str, Callable[[Sight, Any], Iterator[Miss]]]] = {
    "decision": _decision,
    "because": _because,
    "sends": _sends,
    "until": _until,
    "permit": _permit,
    "effects": _effects,
    "bypass": _bypass,
}
"""Key of the language → its check."""
