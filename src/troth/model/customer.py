"""The customer as the gate sees them: what they allow, where they live, what they have been sent."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.model.contact import ContactPolicy
from troth.model.message import Message
from troth.model.times import Micros
from troth.model.truth import Truth


class Contact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message that went to a customer, or for which a permit is reserved.

    Attributes:
        at: When it was permitted, or sent when nobody asked; microseconds since 1970 UTC.
        message_id: The message's id.
        subject: What it was about.
        message: Its name.
        purpose: Its purpose.
        channel: Where it went.
        until: While only reserved: when the reservation lapses; `None`: confirmed or sent.
    """

    at: Micros
    message_id: str
    subject: str
    message: str
    purpose: str
    channel: str
    until: Micros | None = None


class Customer(msgspec.Struct, frozen=True, gc=False):
    """What is known of a customer at a moment. Nothing in it identifies a person but the id.

    Attributes:
        id: Such as `customer/17`; empty: nobody knows whose subject it is.
        zone: IANA name of the customer's time zone; `None`: unknown.
        consent: Consent name (`survey`, `marketing`, `service`) → known truth; a name that is not in it is unknown.
        open_channels: Channel → whether it still reaches the customer; a channel that is not in it is not limited.
        preferred: The channel that the customer prefers; `None`: none said.
        quiet_from, quiet_until: The customer's own quiet hours, minutes after local midnight; `None`: the pack's.
        attributes: For cohorts.
        contacts: Messages of the longest period that a limit looks at, over all subjects, the latest last.
        troubled: Subjects of the customer with an open case.
        version: Events of the customer's record.
    """

    id: str
    zone: str | None = None
    consent: dict[str, Truth] = {}
    open_channels: dict[str, Truth] = {}
    preferred: str | None = None
    quiet_from: int | None = None
    quiet_until: int | None = None
    attributes: dict[str, Any] = {}
    contacts: tuple[Contact, ...] = ()
    troubled: tuple[str, ...] = ()
    version: int = 0


def quiet_hours(policy: ContactPolicy, customer: Customer, message: Message, channel: str) -> tuple[int, int] | None:
    """Return the quiet hours that hold a message, as (from, until) minutes after local midnight; `None`: none do.

    The customer's own go before the pack's. An urgent message is not held, nor one on a channel that the policy does
    not name.
    """
    if message.urgent or (policy.quiet_channels and channel and channel not in policy.quiet_channels):
        return None
    start = policy.quiet_from if customer.quiet_from is None else customer.quiet_from
    end = policy.quiet_until if customer.quiet_until is None else customer.quiet_until
    return None if start is None or end is None or start == end else (start, end)


def is_quiet(minute: int, hours: tuple[int, int]) -> bool:
    """Return whether a minute of the day lies in quiet hours, which may go over midnight.

    >>> is_quiet(23 * 60, (21 * 60, 8 * 60)), is_quiet(8 * 60, (21 * 60, 8 * 60))
    (True, False)
    """
    start, end = hours
    return start <= minute < end if start < end else minute >= start or minute < end
