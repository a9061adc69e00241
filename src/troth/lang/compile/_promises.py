"""Promises: who makes them, until when, and what keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from troth.lang.compile._draft import Draft
from troth.lang.document import Path, path_text
from troth.model.pack import Due, EventPlan, PromiseKind
from troth.model.rules import Rules
from troth.model.times import format_duration

_GRACE_SHARE = 0.1
_FRESHNESS = re.compile(r"\b(stale|age)\s*\(")
UNDISCLOSED = "undisclosed"


def promises(draft: Draft, plans: Mapping[str, EventPlan]) -> tuple[tuple[PromiseKind, ...], dict[str, EventPlan]]:
    """Return the kinds of promises, and the event plans with the promises that each makes and renews."""
    made = []
    tied = dict(plans)
    for index, name in enumerate(draft.mapping("promises")):
        path = ("promises", name)
        for kind in _makers(draft, name):
            tied[kind] = _with(tied[kind], "makes", index)
        for kind in draft.references("events", *path, "renewed_by", "event"):
            tied[kind] = _with(tied[kind], "renews", index)
        made.append(_kind(draft, name))
    return tuple(made), tied


def _with(plan: EventPlan, field: str, index: int) -> EventPlan:
    """Return a plan that makes or renews one promise more."""
    indices: tuple[int, ...] = getattr(plan, field)
    return plan if index in indices else msgspec.structs.replace(plan, **{field: (*indices, index)})


def _kind(draft: Draft, name: str) -> PromiseKind:
    """Return one kind of promise."""
    path = ("promises", name)
    due = _due(draft, (*path, "due"))
    _check_grace(draft, name, due)
    _check_late_when(draft, name)
    renewed = draft.has(*path, "renewed_by")
    return PromiseKind(
        name=name,
        due=due,
        kept_when=_fact_rule(draft, *path, "kept_when") or 0,
        title=draft.text(*path, "title") or name.replace("_", " "),
        key=draft.extract(*path, "key"),
        opens=draft.extract(*path, "opens", expected="timestamp"),
        inclusive=draft.text(*path, "until") == "inclusive",
        grace=draft.duration(*path, "grace") or 0,
        late_when=_fact_rule(draft, *path, "late_when"),
        void_when=_fact_rule(draft, *path, "void_when"),
        renew_due=_due(draft, (*path, "renewed_by", "due")) if renewed else None,
        renew_consent=draft.extract(*path, "renewed_by", "consent", expected="bool") if renewed else None,
        made_by_message=_making_messages(draft, name),
        made_when=draft.extract(*path, "made_when", expected="bool"),
        # Either answer is acted upon: true opens a case, false lets the promise be repeated. Freshness may decide it.
        at_risk_when=draft.rule(*path, "at_risk_when", asserts="both"),
    )


def _fact_rule(draft: Draft, *path: str | int) -> int | None:
    """Return the rule at a path; a promise's outcome must not hang on the freshness of what is known."""
    rule = draft.rule(*path, asserts="both")
    if rule is not None and _FRESHNESS.search(draft.wanted[rule].text):
        remedy = "let `fresh_for` of the fact make it unknown when it is stale"
        draft.complain(path, "P219", f"stale() or age() in `{path_text(path)}`", "facts only", remedy)
    return rule


def _makers(draft: Draft, name: str) -> tuple[str, ...]:
    """Return the event types that make a promise."""
    return draft.references("events", "promises", name, "made_by")


def _making_messages(draft: Draft, name: str) -> tuple[str, ...]:
    """Return the messages whose being told makes a promise."""
    path = ("promises", name, "made_by")
    alone = draft.references("messages", *path, "message") if draft.mapping(*path) else ()
    listed = (draft.references("messages", *path, number, "message") for number in range(len(draft.items(*path))))
    return tuple(dict.fromkeys((*alone, *(message for found in listed for message in found))))


def _due(draft: Draft, path: Path) -> Due:
    """Return how a due moment is taken from an event; the forms exclude each other."""
    if draft.text(*path):
        return Due()  # `undisclosed`; another word is the schema's business.
    given = [part for part in ("at", "day", "zone", "after") if draft.has(*path, part)]
    if (draft.mapping(*path) and given not in (["at"], ["day", "zone"], ["after"])) or draft.get(*path) == {}:
        found = " and ".join(given) or "nothing"
        remedy = "a day needs its zone" if given == ["day"] else "a zone belongs to a day" if given == ["zone"] else ""
        draft.complain(
            path, "P216", f"{found} in `{path_text(path)}`", "exactly one of: at, day with zone, after", remedy
        )
    return Due(
        at=draft.extract(*path, "at", expected="timestamp"),
        day=draft.extract(*path, "day", expected="string"),
        zone=draft.extract(*path, "zone", expected="string"),
        after=draft.duration(*path, "after"),
    )


def _check_grace(draft: Draft, name: str, due: Due) -> None:
    """Ask for the source of an allowance of more than a tenth of the window, or on a window that is not known."""
    path = ("promises", name, "grace")
    grace = draft.duration(*path)
    if not grace or draft.text("promises", name, "grace_source"):
        return
    if due.after is None:
        found = "a grace on a window that only the event knows"
    elif grace > due.after * _GRACE_SHARE:
        found = f"a grace of {format_duration(grace)} on a window of {format_duration(due.after)}"
    else:
        return
    remedy = "add `grace_source:` with the law, contract or definition it comes from"
    draft.complain(path, "P217", found, "at most 10 % of the window, or the source of the grace", remedy)


def _check_late_when(draft: Draft, name: str) -> None:
    """Refuse `late_when` beside a due moment: two ways to be late would disagree."""
    path = ("promises", name, "late_when")
    if draft.has(*path) and draft.text("promises", name, "due") != UNDISCLOSED:
        draft.complain(
            path, "P225", "`late_when` beside a due moment", "late_when only with `due: undisclosed`", at_key=True
        )


def check_reads(draft: Draft, kinds: tuple[PromiseKind, ...], rules: Rules) -> None:
    """Refuse outcomes that hang on the age of an observation, also where an expression hides it."""
    for kind in kinds:
        for part, rule in (("kept_when", kind.kept_when), ("late_when", kind.late_when), ("void_when", kind.void_when)):
            if rule is not None and rules.rules[rule].ages and not _FRESHNESS.search(rules.rules[rule].text):
                draft.complain(("promises", kind.name, part), "P219", "the age of an observation", "facts only")
