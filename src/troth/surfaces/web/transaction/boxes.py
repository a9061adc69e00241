"""The three boxes: what the customer was told, what is so, what can be done; the one that disagrees is marked."""

from __future__ import annotations

from typing import Any, Final

from troth.model.truth import Truth
from troth.surfaces.views.card import card
from troth.surfaces.web.transaction.evidence import facts
from troth.surfaces.web.transaction.matter import Matter

Row = dict[str, Any]

_TRUTHS: Final[dict[Truth, tuple[str, str]]] = {
    True: ("well", "This is so"),
    False: ("contradiction", "This is not so"),
    None: ("unknown", "Nobody can tell"),
}
_POSSIBLE: Final[dict[Truth, tuple[str, str]]] = {
    True: ("well", "Can be done"),
    False: ("contradiction", "Cannot be done"),
    None: ("unknown", "Nobody can tell"),
}


def boxes(matter: Matter) -> list[Row]:
    """Return the boxes Message, State and Action.

    Returns:
        Rows `box`, `title`, `lines` (each `says`, `tone`, `word`, `because`), whether it `disagrees`, and the `mark`
        that says so; empty where it does not.
    """
    record = matter.record
    span = record.alignment[-1] if record.alignment and matter.known else None
    value, about = ("untold", ()) if span is None else (span.value, span.about)
    invited = value in ("stuck", "unverifiable") and any(name in matter.pack.actions for name in about)
    marks = {"message": "", "state": "", "action": ""}
    match value:
        case "ahead":
            marks["message"] = "This one disagrees: more was said than is so"
        case "stuck":
            marks["action"] = "This one disagrees: what was offered cannot be done"
        case "unverifiable":
            marks["action" if invited else "state"] = "This one is in doubt: nobody can tell"
        case "behind":
            marks["message"] = "This one is behind: what is so has not been told"
    return [
        _box("message", "Message", "What the customer believes", believed(matter), marks),
        _box("state", "State", "What is so", [_state(matter), *_disputes(matter)], marks),
        _box("action", "Action", "What can be done", _actions(matter), marks),
    ]


def believed(matter: Matter) -> list[Row]:
    """Return the statements that the customer believes, as `views.card` has them, with what each is in words."""
    rows = card(matter.record, matter.now.machine, matter.moments)["message"] if matter.known else []
    messages = {one.id: one.message for one in matter.record.messages}
    found = []
    for row in rows:
        tone, word = _TRUTHS[row["true"]]
        message = messages.get(row["message_id"], "")
        says = {"says": matter.statement(row["statement"]), "message": matter.message(message) if message else ""}
        found.append(
            row | says | {"tone": tone, "word": word, "offered": False, "because": matter.plain(row["because"])}
        )
    return found


def _box(name: str, title: str, asks: str, lines: list[Row], marks: dict[str, str]) -> Row:
    """Return one box."""
    mark = marks[name]
    tone = "contradiction" if "disagrees" in mark else ("unknown" if "doubt" in mark else "late")
    return {
        "box": name,
        "title": title,
        "asks": asks,
        "lines": lines,
        "disagrees": bool(mark),
        "mark": mark,
        "tone": tone if mark else "",
    }


def _state(matter: Matter) -> Row:
    """Return the present state as a line."""
    spans = matter.record.states
    if not spans or not matter.known:
        return {
            "says": "Nothing known",
            "tone": "unknown",
            "word": "Nobody can tell",
            "because": "",
            "since": None,
            "offered": False,
        }
    span = spans[-1]
    since = None if span.undated else matter.moments.text(span.since)
    if span.value == "unknown":
        named = "; ".join(matter.state(name) for name in span.about)
        return {"says": f"One of: {named}" if named else "Not known", "tone": "unknown", "word": "Nobody can tell",
                "because": _missing(matter), "since": since, "offered": False}  # fmt: skip
    declared = matter.state_named(span.value)
    because = matter.plain(matter.now.because(declared.when)) if declared is not None else ""
    return {
        "says": matter.state(span.value),
        "tone": "well",
        "word": "Known",
        "because": because,
        "since": since,
        "offered": False,
    }


def _disputes(matter: Matter) -> list[Row]:
    """Return the facts over which systems are at odds, each as a line: whatever the state is, they say otherwise."""
    return [
        {
            "says": f"Systems disagree: {row['title']}",
            "tone": "contradiction",
            "word": "Nobody can tell" if row["status"] != "known" else "One of them counts",
            "because": "; ".join([
                f"{row['source']}: {_said(row['value'])}, which counts" if row["status"] == "known" else "",
                *(f"{lost['source']}: {_said(lost['value'])}" for lost in row["losers"]),
            ]).removeprefix("; "),
            "since": row["since"],
            "offered": False,
        }
        for row in facts(matter)["disputed"]
    ]  # fmt: skip


def _said(value: Any) -> str:
    """Return what a system says of a fact."""
    if value is None:
        return "cannot tell"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _missing(matter: Matter) -> str:
    """Return in words which facts are not known on which the state depends."""
    spans = matter.record.states
    rules = [state.when for state in matter.pack.states if state.name in spans[-1].about]
    facts = {index for rule in rules for index in matter.pack.rules.rules[rule].reads}
    named = [
        matter.fact(matter.pack.facts[index].name)
        for index in sorted(facts)
        if matter.record.facts[index].status != "known"
    ]
    return f"Not known: {'; '.join(named)}" if named else ""


def _actions(matter: Matter) -> list[Row]:
    """Return what can be done, and what is offered and cannot be."""
    offered = {
        name
        for belief in matter.record.beliefs
        for name in (
            matter.pack.statements[belief.statement].invites if belief.statement in matter.pack.statements else ()
        )
    }
    rows = []
    for name, action in matter.pack.actions.items():
        available = matter.now.truth(action.available)
        if not matter.known or (available is False and name not in offered):
            continue
        tone, word = _POSSIBLE[available]
        rows.append({
            "action": name,
            "says": matter.action(name),
            "by": action.by,
            "available": available,
            "offered": name in offered,
            "tone": tone,
            "word": word,
            "because": matter.plain(matter.now.because(action.available)) if available is not True else "",
        })  # fmt: skip
    return sorted(rows, key=lambda row: (not row["offered"], row["available"] is not True))
