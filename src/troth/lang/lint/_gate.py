"""Warnings about what the gate decides by: messages that are put to it, and limits on contact.

A message without `fail` is never put to the gate, and needs nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.lang.lint._view import View
from troth.model.contact import Limit
from troth.model.message import Message

_HONEST = ("checking", "apology")
"""Purposes of messages that may stand in for what is not known yet."""
_INTRUDING = ("survey", "offer")


def _gated(view: View) -> Iterator[Message]:
    """Yield the messages that are put to the gate."""
    return (message for message in view.pack.messages.values() if message.fail)


def _warn(view: View, code: str, message: Message, found: str, expected: str, remedy: str, key: str = "") -> None:
    """Note a warning about a message."""
    path = ("messages", message.name, *([key] if key else []))
    view.warn(code, path, message.name, f"the message `{message.name}` {found}", expected, remedy)


def always_relevant(view: View) -> None:
    """W115: a survey or an offer is never pointless."""
    for message in _gated(view):
        if message.purpose in _INTRUDING and message.relevant_when is None:
            found, expected = f"of purpose {message.purpose} without relevant_when", "when it is worth the interruption"
            _warn(view, "W115", message, found, expected, "add relevant_when, such as that what it asks about is over")


def endless_holds(view: View) -> None:
    """W116: a message is held for want of a fact, without end and with nothing in its place."""
    for message in _gated(view):
        if message.hold_for is None and not message.replace and not message.meanwhile and message.purpose != "checking":
            found, expected = "held without end, with nothing in its place", "hold_for, and what is sent after it"
            _warn(view, "W116", message, found, expected, "add hold_for and meanwhile, or replace")


def dishonest_meanwhile(view: View) -> None:
    """W117: what is sent while nobody knows is no honest word that somebody is looking."""
    for message in view.pack.messages.values():
        other = view.pack.messages.get(message.meanwhile)
        if other is not None and other.purpose not in _HONEST:
            found = f"with `{other.name}` meanwhile, whose purpose is {other.purpose}"
            remedy = "name a message that says that you are finding out"
            _warn(view, "W117", message, found, f"a message of purpose {' or '.join(_HONEST)}", remedy, "meanwhile")


def unreached_meanwhile(view: View) -> None:
    """W118: what is to be sent meanwhile never is, since the message may be held without end."""
    for message in view.pack.messages.values():
        if message.meanwhile and message.hold_for is None:
            found, expected = "with meanwhile and without hold_for", "how long it may be held before"
            _warn(view, "W118", message, found, expected, "add hold_for, or remove meanwhile", "meanwhile")


def unstated_due(view: View) -> None:
    """W119: the gate cannot hold the date that a message states against the promise."""
    for message in _gated(view):
        if message.purpose == "promise" and message.due is None:
            found, expected = "that promises, without due", "where its data say by when"
            _warn(view, "W119", message, found, expected, "add due, such as timestamp(data.due)")


def unreached_limits(view: View) -> None:
    """W120: a limit that another one makes superfluous, or that limits no message of the pack."""
    limits = view.pack.contact.limits
    for number, limit in enumerate(limits):
        others = [other for place, other in enumerate(limits) if place != number]
        before = limits[:number]
        limited = [one for one in view.pack.messages.values() if not limit.purposes or one.purpose in limit.purposes]
        if any(_covers(other, limit) and (not _covers(limit, other) or other in before) for other in others):
            found = "a limit that is never reached, since another one is stricter"
        elif not [message for message in limited if not message.urgent]:
            found = "a limit that is never reached, since it limits no message"
        else:
            continue
        remedy = "remove it, or correct its count, period or purposes"
        name = f"at_most.{number}"
        view.warn("W120", ("contact", "at_most", number), name, found, "a limit that can be reached", remedy)


def _covers(strict: Limit, limit: Limit) -> bool:
    """Return whether one limit is reached no later than the other by whatever the other counts."""
    counts = not strict.purposes or (bool(limit.purposes) and set(limit.purposes) <= set(strict.purposes))
    return counts and strict.count <= limit.count and strict.per >= limit.per


def vague_notices(view: View) -> None:
    """W121: a notice to many need not say a cause, a next step or the time of the next word."""
    for message in view.pack.messages.values():
        if message.purpose == "inform" and message.affects is not None and not message.must_say:
            found, expected = "that may say nothing", "the members that its data have to carry"
            _warn(view, "W121", message, found, expected, "add must_say, such as [cause, next_step, next_word_at]")


def unknown_customers(view: View) -> None:
    """W122: limits on contact in a pack that does not say who the customer is."""
    contact = view.pack.contact
    if view.pack.customer is None and (contact.limits or contact.quiet_from is not None):
        found, expected = "limits on contact without a customer", "`customer:`, where an event says who it is"
        view.warn("W122", ("contact",), "contact", found, expected, "add `customer: data.customer` or the like")


CHECKS = (
    always_relevant,
    endless_holds,
    dishonest_meanwhile,
    unreached_meanwhile,
    unstated_due,
    unreached_limits,
    vague_notices,
    unknown_customers,
)
