"""Warnings about facts, events and promises: what nothing feeds, what nothing uses."""

from __future__ import annotations

from troth.lang.compile._draft import CORRECTED
from troth.lang.lint._logic import possible
from troth.lang.lint._view import View
from troth.model.pack import EventPlan, PromiseKind


def unfed_facts(view: View) -> None:
    """W104: no event observes the fact from a source of its authority."""
    for fact in view.pack.facts:
        if not view.observed[fact.name]:
            remedy = "let an event observe it from one of these sources, or remove the fact"
            sources = ", ".join(source for tier in fact.authority for source in tier)
            view.warn(
                "W104",
                ("facts", fact.name),
                fact.name,
                f"the fact `{fact.name}` without a source",
                f"an event that observes it from {sources}",
                remedy,
            )


def unread_facts(view: View) -> None:
    """W105: no rule and no chronology reads the fact."""
    read = {fact for rule in view.pack.rules.rules for fact in rule.reads}
    read.update(fact for order in view.pack.chronology for fact in order)
    for index, fact in enumerate(view.pack.facts):
        if index not in read:
            view.warn(
                "W105",
                ("facts", fact.name),
                fact.name,
                f"the fact `{fact.name}` that nothing reads",
                "a condition or chronology that reads it",
                "use it, remove it, or say why it is kept",
            )


def unkept_promises(view: View) -> None:
    """W106: no report of any event can make kept_when true."""
    for kind in view.pack.promises:
        if possible(view.nodes(kind.kept_when), lambda values: values[0] is True, view.options) is False:
            view.warn(
                "W106",
                ("promises", kind.name, "kept_when"),
                kind.name,
                f"the promise `{kind.name}` that nothing can keep",
                "a kept_when that what events report can make true",
                "correct kept_when, or let an event observe what it reads",
            )


def unmade_promises(view: View) -> None:
    """W107: no event and no message can make the promise."""
    for index, kind in enumerate(view.pack.promises):
        by_event = any(index in plan.makes and _can_happen(view, plan) for plan in view.pack.events.values())
        never = view.document.data["promises"][kind.name].get("made_when") is False
        by_message = any(_states(view, message, index) for message in kind.made_by_message)
        if (by_event or by_message) and not never:
            continue
        view.warn(
            "W107",
            ("promises", kind.name, "made_by"),
            kind.name,
            f"the promise `{kind.name}` that nothing makes",
            _maker(kind),
            "correct made_by or made_when",
        )


def _maker(kind: PromiseKind) -> str:
    """Return what should make a promise, in words."""
    return "a message that states the promise" if kind.made_by_message else "an event that can happen"


def _can_happen(view: View, plan: EventPlan) -> bool:
    """Return whether an event can do anything: its guard is not plainly false."""
    written = view.document.data["events"].get(plan.type, {}) or {}
    return written.get("when") is not False


def _states(view: View, message: str, promise: int) -> bool:
    """Return whether a message carries a statement of the promise."""
    carried = view.pack.messages[message].statements
    return any(view.pack.statements[name].promise == promise for name in carried)


def idle_events(view: View) -> None:
    """W111: an event of the type changes nothing, and is not what customers ask for either."""
    asked = {action.event for action in view.pack.page.actions.values()}
    for plan in view.pack.events.values():
        written = plan.type in view.document.data["events"]
        works = (
            plan.observe or plan.retract or plan.corrects or plan.receipt or plan.starts or plan.makes or plan.renews
        )
        if written and plan.type not in {CORRECTED, *asked} and (not works or not _can_happen(view, plan)):
            view.warn(
                "W111",
                ("events", plan.type),
                plan.type,
                f"the event type `{plan.type}` that does nothing",
                "an observation, a receipt, a promise, a correction, or the request",
                "let it observe something, or remove it",
            )


CHECKS = (unfed_facts, unread_facts, unkept_promises, unmade_promises, idle_events)
