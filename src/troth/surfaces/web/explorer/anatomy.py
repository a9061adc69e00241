"""What a pack declares, as rows: facts and who decides, states, statements, messages, promises, clocks, cases. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from troth.model.message import Message
from troth.model.pack import Pack
from troth.surfaces.web.explorer import words

Row: TypeAlias = dict[str, Any]


def states(pack: Pack) -> list[Row]:
    """Return the states in the order in which they are tried, with what may follow each and what can be reached."""
    return [
        {
            "name": state.name,
            "title": state.title,
            "when": words.rule_text(pack, state.when),
            "usable": state.usable,
            "terminal": state.terminal,
            "lasts": words.lasting(state.lasts),
            "tell": list(state.tell),
            "tell_within": words.lasting(state.tell_within),
            "after": before_of(pack, state.name),
            "next": next_of(pack, state.name),
            "any_next": state.name not in pack.transitions,
            "reach": reach_of(pack, state.name),
        }
        for state in pack.states
    ]


def next_of(pack: Pack, state: str) -> list[str]:
    """Return the states that the pack lets follow another."""
    return list(pack.transitions.get(state, ()))


def before_of(pack: Pack, state: str) -> list[str]:
    """Return the states that another may follow; a state without an entry may be followed by any."""
    return [
        each.name
        for each in reversed(pack.states)
        if (state in pack.transitions[each.name] if each.name in pack.transitions else each.name != state)
    ]


def reach_of(pack: Pack, state: str) -> list[str]:
    """Return all states that can be reached from one, in however many steps; those that come first, first."""
    found: set[str] = set()
    waiting = [state]
    while waiting:
        one = waiting.pop()
        # A state without an entry may be followed by any.
        after = pack.transitions.get(one, tuple(each.name for each in pack.states if each.name != one))
        for other in after:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return [each.name for each in reversed(pack.states) if each.name in found]


def facts(pack: Pack) -> list[Row]:
    """Return the facts: who decides in which order, how long a word of theirs counts, what silence means."""
    readers: dict[int, list[str]] = {}
    for rule in pack.rules.rules:
        for index in rule.reads:
            readers.setdefault(index, []).append(rule.name)
    return [
        {
            "name": fact.name,
            "title": fact.title,
            "type": str(fact.type),
            "authority": words.authority_of(pack, fact),
            "fresh_for": words.lasting(fact.fresh_for),
            "settle": words.lasting(fact.settle),
            "silence": words.silence_of(fact),
            "progress": [str(one) for one in fact.progress],
            "said_by": [name for name, plan in pack.events.items() if any(one.fact == index for one in plan.observe)],
            "read_by": len(readers.get(index, ())),
        }
        for index, fact in enumerate(pack.facts)
    ]


def sources(pack: Pack) -> list[Row]:
    """Return the systems that report."""
    return [
        {
            "name": source.name,
            "title": source.title,
            "heard_for": words.lasting(source.heard_for),
            "copies": source.copies,
            "decides": [fact.name for fact in pack.facts if fact.authority and source.name in fact.authority[0]],
        }
        for source in pack.sources
    ]


def statements(pack: Pack) -> list[Row]:
    """Return the statements: what makes each true, which messages make it, what it invites, what it replaces."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "about": one.about,
            "true_when": words.rule_text(pack, one.true_when),
            "promise": "" if one.promise is None else pack.promises[one.promise].name,
            "fails_when": words.rule_text(pack, one.fails_when),
            "valid_for": words.lasting(one.valid_for),
            "invites": list(one.invites),
            "said_by": [message.name for message in pack.messages.values() if one.name in message.statements],
            "replaces": [other.name for other in pack.statements.values()
                         if other.about == one.about and other.name != one.name],
        }
        for one in pack.statements.values()
    ]  # fmt: skip


def messages(pack: Pack) -> list[Row]:
    """Return the messages: what each says, whether it passes the gate, and what is sent in its place."""
    return [
        {
            "name": message.name,
            "title": message.title,
            "purpose": message.purpose,
            "statements": list(message.statements),
            "gate": gate_of(message),
            "gated": bool(message.fail),
            "hold_for": words.lasting(message.hold_for),
            "meanwhile": message.meanwhile,
            "instead": _instead(pack, message),
            "told_at": dict(message.told_at),
            "consent": message.consent,
            "urgent": message.urgent,
            "must_say": list(message.must_say),
            "relevant_when": words.rule_text(pack, message.relevant_when),
            "affects": words.rule_text(pack, message.affects),
        }
        for message in pack.messages.values()
    ]


def gate_of(message: Message) -> str:
    """Return what the gate is to a message, in words."""
    return {
        "closed": "judged; not sent while the gate is out of reach",
        "open": "judged; sent unjudged while the gate is out of reach",
    }.get(message.fail, "not judged: it is never put to the gate")


def _instead(pack: Pack, message: Message) -> list[Row]:
    """Return what is sent in a message's place, by state: states with the same replacement together."""
    found: dict[str, list[str]] = {}
    for state, other in message.replace.items():
        found.setdefault(other, []).append(state)
    return [
        {
            "message": other,
            "states": [] if "*" in names else names,
            "rest": "*" in names,
            "says": list(pack.messages[other].statements),
        }
        for other, names in found.items()
    ]


def promises(pack: Pack, data: Mapping[str, Any]) -> list[Row]:
    """Return the promises with their clocks.

    Args:
        pack: The pack.
        data: Its text as plain values; empty: it is not here.
    """
    written = data.get("promises", {})
    return [
        {
            "name": kind.name,
            "title": kind.title,
            "made_by": words.makers_of(pack, number, kind),
            "due": words.due_of(written.get(kind.name, {}).get("due"), kind.due),
            "until": "at exactly the due moment still keeps it" if kind.inclusive else "before the due moment",
            "grace": words.lasting(kind.grace),
            "kept_when": words.rule_text(pack, kind.kept_when),
            "late_when": words.rule_text(pack, kind.late_when),
            "void_when": words.rule_text(pack, kind.void_when),
            "at_risk_when": words.rule_text(pack, kind.at_risk_when),
            "renewed_by": [name for name, plan in pack.events.items() if number in plan.renews],
            "consent": kind.renew_consent is not None,
            "cases": [case.name for case in pack.cases if case.lapse_of == number],
        }
        for number, kind in enumerate(pack.promises)
    ]


def timers(pack: Pack) -> list[Row]:
    """Return every clock of a pack: what it is of, how long it runs, and what happens when it has run out."""
    found: list[Row] = []

    def note(kind: str, name: str, key: str, duration: Any, then: str) -> None:
        """Note a clock that runs at all."""
        if duration:
            found.append({"of": kind, "name": name, "key": key, "lasts": words.lasting(duration), "then": then})

    for source in pack.sources:
        note("source", source.name, "heard_for", source.heard_for, "its silence tells nothing any more")
    for fact in pack.facts:
        note("fact", fact.name, "fresh_for", fact.fresh_for, "its last word is too old: it is not known")
        note("fact", fact.name, "settle", fact.settle, "sources that still differ are in dispute")
    for state in pack.states:
        note("state", state.name, "lasts", state.lasts, "it counts as reached")
        note("state", state.name, "tell_within", state.tell_within, "the customer counts as left behind")
    for statement in pack.statements.values():
        note("statement", statement.name, "valid_for", statement.valid_for, "the customer believes it no more")
    for message in pack.messages.values():
        then = f"{message.meanwhile} is sent instead" if message.meanwhile else "it is not sent at all"
        note("message", message.name, "hold_for", message.hold_for, then)
    for kind in pack.promises:
        note("promise", kind.name, "due", kind.due.after, "it is late")
        note("promise", kind.name, "grace", kind.grace, "it is late for us, too")
    for case in pack.cases:
        note("case", case.name, "after", case.after, "the case opens")
        note("case", case.name, "dwell", case.dwell, "the case closes, if all is well since")
    return found


def cases(pack: Pack) -> list[Row]:
    """Return the kinds of service failure: what opens and closes each, and what counts as its remedy."""
    return [
        {
            "name": kind.name,
            "title": kind.title,
            "opens": words.opens_of(pack, kind),
            "after": words.lasting(kind.after),
            "closes": words.closes_of(pack, kind),
            "dwell": words.lasting(kind.dwell),
            "severity": kind.severity,
            "people": kind.people,
            "value": words.rule_text(pack, kind.value),
            "remedy": words.remedy_of(pack, kind),
            "owned_when": words.rule_text(pack, kind.owned_when),
            "informed_when": words.rule_text(pack, kind.informed_when),
        }
        for kind in pack.cases
    ]


def actions(pack: Pack) -> list[Row]:
    """Return what can be done, by whom, and what asking for it on the customer's page becomes."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "by": one.by,
            "available_when": words.rule_text(pack, one.available, "always"),
            "invited_by": [name for name, statement in pack.statements.items() if one.name in statement.invites],
            "on_page": one.name in pack.page.actions,
            "becomes": pack.page.actions[one.name].event if one.name in pack.page.actions else "",
            "says": pack.page.actions[one.name].says if one.name in pack.page.actions else "",
        }
        for one in pack.actions.values()
    ]


def ungated(pack: Pack) -> Sequence[str]:
    """Return the names of the messages that are never put to the gate."""
    return [message.name for message in pack.messages.values() if not message.fail]
