"""Warnings about statements and messages: what cannot be true, what cannot be put right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from troth.lang.expressions import ir
from troth.lang.lint._logic import first, possible
from troth.lang.lint._view import View
from troth.model.message import Message, Statement
from troth.model.truth import Truth

ANY = "*"


def impossible_statements(view: View) -> None:
    """W103: no case of the facts makes the statement true."""
    for statement in view.pack.statements.values():
        true, fails = view.nodes(statement.true_when), view.nodes(statement.fails_when)
        if possible([*true, *fails], partial(_stated, len(true))) is False:
            part = "true_when" if true else "fails_when"
            view.warn(
                "W103",
                ("statements", statement.name, part),
                statement.name,
                f"the statement `{statement.name}` that can never be true",
                "a condition that some case makes true",
                "correct its condition",
            )


def unsaid_statements(view: View) -> None:
    """W113: no message carries the statement."""
    said = {name for message in view.pack.messages.values() for name in message.statements}
    for name in view.pack.statements:
        if name not in said:
            view.warn(
                "W113",
                ("statements", name),
                name,
                f"the statement `{name}` that no message carries",
                "a message that states it",
                "add it to a message, or remove it",
            )


def lasting_beliefs(view: View) -> None:
    """W112: what the customer believes of a topic can never be replaced and never expires."""
    topics: dict[str, list[Statement]] = {}
    for statement in view.pack.statements.values():
        topics.setdefault(statement.about, []).append(statement)
    for topic, statements in topics.items():
        only = statements[0]
        if len(statements) == 1 and only.valid_for is None:
            view.warn(
                "W112",
                ("statements", only.name),
                only.name,
                f"the topic `{topic}` with one statement that never expires",
                "a second statement that replaces it, or valid_for",
                "add what is said when it is no longer true, or valid_for",
            )


def irreplaceable_messages(view: View) -> None:
    """W108: when the message is not true, there is nothing truthful to send instead."""
    for message in view.pack.messages.values():
        if message.purpose == "checking":
            continue
        for found, path in _gaps(view, message):
            view.warn(
                "W108",
                ("messages", message.name, *path),
                message.name,
                found,
                "a truthful message for every state in which this one is not true",
                'add `replace:` with a message per state, "*" for any other',
            )


def _gaps(view: View, message: Message) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield where a message has no replacement, or one that cannot be true there; with the place within the message."""
    if not message.replace:
        yield f"the message `{message.name}` without a truthful replacement", ()
        return
    missing = [
        state.name
        for state in view.pack.states
        if state.name not in message.replace and _can_fail(view, message, state.name)
    ]
    if ANY not in message.replace and missing:
        yield f"the message `{message.name}` without a replacement in: {', '.join(missing)}", ("replace",)
    for state, other in message.replace.items():
        if state != ANY and not _can_be_true(view, other, state):
            yield (
                f"`{other}` instead of `{message.name}` in the state `{state}`, where it is never true",
                ("replace", state),
            )


def _can_be_true(view: View, message: str, state: str) -> bool:
    """Return whether all that a message states can be true while the subject is in a state; promises can."""
    upto = _conditions(view, state)
    stated = [view.pack.statements[name] for name in view.pack.messages[message].statements]
    true = view.nodes(*(statement.true_when for statement in stated))
    fails = view.nodes(*(statement.fails_when for statement in stated))
    here = len(upto)
    found = possible([*upto, *true, *fails], lambda values: first(values[:here]) and _stated(len(true), values[here:]))
    return found is not False


def _can_fail(view: View, message: Message, state: str) -> bool:
    """Return whether a statement of the message can be other than true in a state; a promise always can."""
    upto = _conditions(view, state)
    here = len(upto)
    for name in message.statements:
        true = view.nodes(view.pack.statements[name].true_when)
        fails = possible([*upto, *true], lambda values: first(values[:here]) and values[-1] is not True)
        if not true or fails is not False:
            return True
    return False


def _stated(count: int, values: Sequence[Truth]) -> bool:
    """Return whether the first so many conditions are true, and none of the others (what makes it fail) is."""
    return all(value is True for value in values[:count]) and all(value is not True for value in values[count:])


def _conditions(view: View, state: str) -> list[ir.Node]:
    """Return the conditions of the states up to and with this one."""
    names = [other.name for other in view.pack.states]
    return view.nodes(*(other.when for other in view.pack.states[: names.index(state) + 1]))


CHECKS = (impossible_statements, unsaid_statements, lasting_beliefs, irreplaceable_messages)
