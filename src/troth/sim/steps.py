"""What the simulated firm does to a service: the steps of its stream, each at its virtual moment of acceptance."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from troth.model.decision import Request
from troth.model.event import Event
from troth.model.times import Micros


class Report(msgspec.Struct, frozen=True, gc=False):
    """A system reports.

    Attributes:
        at: When the report arrives; microseconds since 1970 UTC.
        pack: The pack that it is meant for.
        event: What it says; `heard_at` is `at`.
    """

    at: Micros
    pack: str
    event: Event


class Heartbeat(msgspec.Struct, frozen=True, gc=False):
    """Feeds say that they are alive, and up to when they have told all they know."""

    at: Micros
    heard: dict[str, Micros]


class Ask(msgspec.Struct, frozen=True, gc=False):
    """A sender puts a message to the gate. The firm wants to know what was decided (`Firm.decided`)."""

    at: Micros
    request: Request


class Confirm(msgspec.Struct, frozen=True, gc=False):
    """A sender is about to hand over. The firm wants to know whether it may (`Firm.confirmed`)."""

    at: Micros
    subject: str
    id: str


class Contact(msgspec.Struct, frozen=True, gc=False):
    """A customer calls or writes, because what they were told is not so, or because nobody told them.

    Attributes:
        at: When.
        subject: What about.
        customer: Who.
        text: In their words.
        channel: `phone` or `email`.
        reason: Why, as the simulator knows it: `turned_away` or `overdue`.
    """

    at: Micros
    subject: str
    customer: str
    text: str
    channel: str
    reason: str


Step: TypeAlias = Report | Heartbeat | Ask | Confirm | Contact
