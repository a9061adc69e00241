"""What can be told: the messages whose statements are true now, what each has to say, and on which channels."""

from __future__ import annotations

from typing import Any, Final

from troth.engine.gate.relevance import VOLUNTARY
from troth.model.message import Message, Statement
from troth.surfaces.web.transaction.matter import Matter, spaced

Row = dict[str, Any]

_MOMENTS: Final = ("_at", "_by", "_until")
WORDS_MOST: Final = 500
"""The longest text that a message's field takes."""


def choices(matter: Matter) -> list[Row]:
    """Return the messages that fit: all that they state is true now, or promised by them; no surveys, no offers.

    Returns:
        Rows `message`, `title`, `states` (what it makes the customer believe), `fields` (`name`, `label`, `moment`) and
        whether it `corrects` something that the customer believes and is not so.
    """
    if not matter.known or matter.past:
        return []
    wrong = {
        belief.topic
        for belief in matter.record.beliefs
        if belief.statement in matter.pack.statements
        and matter.truth(matter.pack.statements[belief.statement]) is False
    }
    rows = [_choice(matter, message, wrong) for message in matter.pack.messages.values() if _fits(matter, message)]
    return sorted(rows, key=lambda row: not row["corrects"])


def channels(matter: Matter) -> list[Row]:
    """Return the channels that messages go by, with their words; first the one that reached the customer last."""
    found = {name: None for message in matter.pack.messages.values() for name in message.told_at if name != "*"}
    last = [told.channel for told in matter.record.messages if told.told_at is not None and told.channel in found]
    names = list(dict.fromkeys([*reversed(last), *found])) or [""]
    return [{"channel": name, "word": matter.channel(name) if name else "as the sender decides"} for name in names]


def fields_of(message: Message) -> list[Row]:
    """Return what somebody has to fill in for a message: what it must say, and the moment that it states."""
    names = dict.fromkeys([*message.must_say, *(name for name in message.reads if name != "*")])
    return [{"name": name, "label": spaced(name).capitalize(), "moment": name.endswith(_MOMENTS)} for name in names]


def _fits(matter: Matter, message: Message) -> bool:
    """Return whether a message may be chosen."""
    if message.purpose in VOLUNTARY or not message.fail:
        return False
    statements = [matter.pack.statements[name] for name in message.statements]
    return bool(statements) and all(
        matter.truth(one, anew=True) is True if one.promise is None else _stands(matter, message, one)
        for one in statements
    )


def _stands(matter: Matter, message: Message, statement: Statement) -> bool:
    """Return whether a promise that a message states is still to be kept, or is made by it: what is kept is no news."""
    assert statement.promise is not None, "only promising statements are asked about"
    kind = matter.pack.promises[statement.promise]
    standing = [one for one in matter.record.promises if one.kind == kind.name]
    if not standing:
        return message.name in kind.made_by_message
    return matter.truth(statement, anew=True) is True and any(one.kept_at is None for one in standing)


def _choice(matter: Matter, message: Message, wrong: set[str]) -> Row:
    """Return one message that fits."""
    return {
        "message": message.name,
        "title": matter.message(message.name),
        "states": [matter.statement(name) for name in message.statements],
        "fields": fields_of(message),
        "corrects": any(matter.pack.statements[name].about in wrong for name in message.statements),
    }
