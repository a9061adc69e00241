"""Actions, statements and messages: what may be said and what can be done."""

from __future__ import annotations

from troth.lang.compile._draft import Draft
from troth.lang.expressions import members
from troth.model.message import Message, Statement
from troth.model.pack import Action

ANY = "*"
"""Stands for every other state or channel."""
NO_CONSENT = "none"
"""What a message says that needs no consent although its purpose would."""
CONSENTS = {"survey": "survey", "offer": "marketing"}
"""Purpose → the consent that a message of it needs when it says nothing else."""


def actions(draft: Draft) -> dict[str, Action]:
    """Return the actions by name."""
    made = {}
    for name in draft.mapping("actions"):
        path = ("actions", name)
        title = draft.text(*path, "title") or name.replace("_", " ")
        made[name] = Action(name, draft.text(*path, "by"), draft.rule(*path, "available_when"), title)
    return made


def statements(draft: Draft) -> dict[str, Statement]:
    """Return the statements by name; each has a condition or states a promise."""
    made = {}
    for name in draft.mapping("statements"):
        path = ("statements", name)
        if draft.has(*path, "true_when") == draft.has(*path, "promise"):
            found = "both true_when and promise" if draft.has(*path, "promise") else "neither true_when nor promise"
            expected = "exactly one of true_when and promise"
            draft.complain(path, "P212", f"the statement `{name}` with {found}", expected, at_key=True)
        promise = draft.references("promises", *path, "promise")
        made[name] = Statement(
            name=name,
            about=draft.text(*path, "about"),
            true_when=draft.rule(*path, "true_when"),
            promise=draft.index("promises", promise[0]) if promise else None,
            fails_when=draft.rule(*path, "fails_when", asserts="false"),
            valid_for=draft.duration(*path, "valid_for"),
            invites=draft.references("actions", *path, "invites"),
            title=draft.text(*path, "title") or name.replace("_", " "),
        )
    return made


def messages(draft: Draft) -> dict[str, Message]:
    """Return the messages by name."""
    return {name: _message(draft, name) for name in draft.mapping("messages")}


def _message(draft: Draft, name: str) -> Message:
    """Return one message. What holds it back must not vanish because a fact becomes unknown: its rules say so."""
    path = ("messages", name)
    told_at = {channel: phase for channel, phase in draft.mapping(*path, "told_at").items() if isinstance(phase, str)}
    return Message(
        name=name,
        purpose=draft.text(*path, "purpose"),
        statements=draft.references("statements", *path, "statements"),
        told_at=told_at,
        replace=_replacements(draft, name),
        title=draft.text(*path, "title") or name.replace("_", " "),
        fail=draft.text(*path, "fail"),
        hold_for=draft.duration(*path, "hold_for"),
        meanwhile=_meanwhile(draft, name),
        consent=_consent(draft, name),
        urgent=draft.flag(*path, "urgent"),
        relevant_when=draft.rule(*path, "relevant_when"),
        affects=draft.rule(*path, "affects"),
        must_say=tuple(member for member, _ in draft.texts(*path, "must_say")),
        reminder=draft.flag(*path, "reminder"),
        due=draft.extract(*path, "due", expected="timestamp"),
        reads=tuple(sorted(members(draft.get(*path, "due")))),
    )


def _consent(draft: Draft, name: str) -> str:
    """Return the consent that a message needs: the one written, `none` for none, else that of its purpose."""
    written = draft.text("messages", name, "consent")
    return ("" if written == NO_CONSENT else written) or (
        "" if written else CONSENTS.get(draft.text("messages", name, "purpose"), "")
    )


def _meanwhile(draft: Draft, name: str) -> str:
    """Return the message that is sent when this one has been held too long; not itself."""
    path = ("messages", name, "meanwhile")
    for message in draft.references("messages", *path):
        if message != name:
            return message
        draft.complain(path, "P223", f"`{name}` held and sent instead of itself", "another message")
    return ""


def _replacements(draft: Draft, name: str) -> dict[str, str]:
    """Return state → truthful message; a message cannot stand in for itself."""
    made = {}
    for state in draft.mapping("messages", name, "replace"):
        path = ("messages", name, "replace", state)
        known = draft.refer("states", state, path, at_key=True, also=(ANY,))
        for message in draft.references("messages", *path):
            if message == name:
                draft.complain(path, "P223", f"`{name}` replaced by itself", "another message")
            elif known:
                made[state] = message
    return made
