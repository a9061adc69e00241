"""A subject as its customer is shown it: plain data, from which the page is rendered and which `.json` answers.

Pure: what is known comes in, rows go out. All instants are RFC 3339 text in UTC; texts are in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.times import format_instant
from troth.surfaces.web.locales import mark
from troth.surfaces.web.status import asking
from troth.surfaces.web.status.facts import facts
from troth.surfaces.web.status.headline import headline
from troth.surfaces.web.status.markup import markup
from troth.surfaces.web.status.promised import coming, promises, repair
from troth.surfaces.web.status.sight import Sight
from troth.surfaces.web.status.told import told

_MEMBERS: Final[Mapping[str, str]] = {
    "name": mark("Name"),
    "email": mark("E-mail"),
    "phone": mark("Phone"),
    "address": mark("Address"),
    "collector": mark("Collected by"),
}
PROOFS: Final[Mapping[str, str]] = {
    "phone": mark("the last four digits of your phone number"),
    "email": mark("your e-mail address"),
    "number": mark("your order number"),
}
"""What can be asked for → its name in a sentence."""


class Known(msgspec.Struct, frozen=True):
    """What is known of a subject beside its record.

    Attributes:
        told: What the customer was told, judged, in the order of telling.
        events: The subject's events, as they may be shown.
        personal: What is personal, in clear; empty unless the reader has shown who they are.
        proofs: What the reader may show to know; empty: nothing is known that could be asked for.
        locked: Whether too many answers were wrong.
        spent: Whether so many were that no more are taken by this link.
        may_act: Whether the link allows requests.
    """

    told: Sequence[Hindsight] = ()
    events: Sequence[Event] = ()
    personal: Mapping[str, str] = {}
    proofs: Sequence[str] = ()
    locked: bool = False
    spent: bool = False
    may_act: bool = False


def view(sight: Sight, known: Known, contact: Mapping[str, str]) -> dict[str, Any]:
    """Return all that the page shows.

    Args:
        sight: The subject, and who reads.
        known: What is known beside the record.
        contact: How a person is reached: `phone`, `email`, `hours`, `firm`.
    """
    return {
        "at": format_instant(sight.now.now),
        "language": sight.reader.language,
        "zone": sight.reader.zone,
        "thing": sight.thing,
        "headline": headline(sight),
        "next": coming(sight),
        "repair": repair(sight),
        "actions": asking.actions(sight, known.events, reachable=any(contact.get(way) for way in ("phone", "email"))),
        "may_act": known.may_act,
        "asked_to_be_told": asking.asked_to_be_told(known.events),
        "facts": facts(sight),
        "told": told(sight, known.told),
        "promises": promises(sight),
        "personal": _personal(sight, known),
        "contact": dict(contact),
        "markup": markup(sight),
    }


def _personal(sight: Sight, known: Known) -> dict[str, Any]:
    """Return what is personal: nothing but how to show who one is, until the reader has."""
    complaints = asking.complaints(known.events)
    shown: dict[str, Any] = {
        "proved": sight.proved,
        "locked": known.locked,
        "spent": known.spent,
        "proofs": [sight.reader.say(PROOFS[name]) for name in known.proofs],
        "complaints": [format_instant(event.occurred_at) for event in complaints],
        "number": None,
        "members": [],
        "words": [],
    }
    if not sight.proved:
        return shown
    return shown | {
        "number": sight.record.subject.partition("/")[2],
        "members": [
            {"label": _label(sight, name), "value": known.personal[name]}
            for name in sight.page.personal
            if name in known.personal
        ],
        "words": [{"at": format_instant(one.occurred_at), "says": str(one.data.get("text", ""))} for one in complaints],
    }


def _label(sight: Sight, member: str) -> str:
    """Return what a personal member is called."""
    text = _MEMBERS.get(member, "")
    return sight.reader.say(text) if text else member.replace("_", " ").capitalize()
