"""The customer as the gate sees them: what they allow, where they live, what they have been sent."""

from __future__ import annotations

from typing import Any

import msgspec

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
