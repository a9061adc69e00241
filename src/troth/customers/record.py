"""A customer's record → the customer as the gate sees them.

The record is that of a subject `customer/<id>`, folded by a pack whose facts have the names below (the shipped pack
`customer` has them all). A fact that the pack does not declare is unknown, as is one that is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from troth.model.customer import Contact, Customer
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.truth import Truth

CUSTOMER_NOUN: Final = "customer"
"""Subjects that are customers are named `customer/<id>`."""

_CONSENT: Final = "consent_"
_OPEN: Final = "open_"


def customer_of(
    customer_id: str,
    record: Record | None,
    pack: Pack | None,
    contacts: Sequence[Contact] = (),
    troubled: Sequence[str] = (),
) -> Customer:
    """Return a customer from their record.

    Args:
        customer_id: Such as `customer/17`; empty: nobody knows whose subject it is.
        record: Their record; `None`: nothing has been heard of them.
        pack: The pack that derived it.
        contacts: What was sent to them, the latest last.
        troubled: Their subjects with an open case.
    """
    if record is None or pack is None:
        return Customer(customer_id, contacts=tuple(contacts), troubled=tuple(troubled))
    known: dict[str, Any] = {
        fact.name: view.value if view.status == "known" else None
        for fact, view in zip(pack.facts, record.facts, strict=True)
    }
    missing = {fact.name for fact, view in zip(pack.facts, record.facts, strict=True) if view.status == "missing"}
    return Customer(
        id=customer_id,
        zone=_text(known, "zone"),
        consent=_truths(known, _CONSENT),
        # Of a channel that nobody has spoken of nothing is known against it; where sources differ, it is unknown.
        open_channels=_truths({name: known[name] for name in known if name not in missing}, _OPEN),
        preferred=_text(known, "preferred_channel"),
        quiet_from=_minute(known, "quiet_from"),
        quiet_until=_minute(known, "quiet_until"),
        attributes={name: attribute.value for name, attribute in record.attributes.items()},
        contacts=tuple(contacts),
        troubled=tuple(troubled),
        version=record.events,
    )


def _text(known: dict[str, Any], name: str) -> str | None:
    """Return a text fact; `None` while it is not known, or empty."""
    value = known.get(name)
    return value if isinstance(value, str) and value else None


def _truths(known: dict[str, Any], prefix: str) -> dict[str, Truth]:
    """Return the truths of all facts whose name has a prefix, by the rest of the name."""
    return {
        name.removeprefix(prefix): value if isinstance(value, bool) else None
        for name, value in known.items()
        if name.startswith(prefix)
    }


def _minute(known: dict[str, Any], name: str) -> int | None:
    """Return a time of day, `HH:MM`, as minutes after midnight; `None` where there is none that can be read."""
    hours, _, minutes = (_text(known, name) or "").partition(":")
    if not (hours.isdigit() and minutes.isdigit()):
        return None
    minute = int(hours) * 60 + int(minutes)
    return minute if int(hours) < 24 and int(minutes) < 60 else None
