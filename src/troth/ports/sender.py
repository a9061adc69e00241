"""Ports to the world outside: who hands messages to customers, and who delivers outgoings to other systems.

Neither raises for what the other side does: an `Attempt` says what became of it, and never contains a secret, an
address of a person or the text of a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

import msgspec

from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Destination

AttemptOutcome: TypeAlias = Literal["delivered", "retry", "unsure", "refused", "gone"]
"""delivered: taken · retry: not taken, may be later · unsure: perhaps taken, the answer is missing · refused: will
never be taken as it is · gone: the other side wants nothing more at all."""


class Attempt(msgspec.Struct, frozen=True):
    """What became of one attempt.

    Attributes:
        outcome: See `AttemptOutcome`.
        code: Why not, as a stable code (`O110`); empty when delivered.
        detail: The same in words.
        wait: For how long the other side asks to be left alone; microseconds, 0: it does not ask.
        reference: The provider's own id of what it took, where it gives one.
    """

    outcome: AttemptOutcome
    code: str = ""
    detail: str = ""
    wait: Micros = 0
    reference: str = ""

    @property
    def error(self) -> str:
        """Return code and words, as they are noted; empty when delivered."""
        return f"{self.code}: {self.detail}" if self.code else ""


class Rendered(msgspec.Struct, frozen=True):
    """A message as the customer will see it, ready to be handed over. Personal: it is never stored or logged by troth.

    Attributes:
        id: The message's own id; handed over twice, both carry it.
        to: The customer's address on the channel.
        heading: The subject line; empty on channels that have none.
        text: The plain text.
        html: The same as HTML; empty: none.
        reply_to: Address for answers; empty: the sender's own.
        subject: What the message is about, `order/17`.
        message: Its name in the pack.
    """

    id: str
    to: str
    heading: str = ""
    text: str = ""
    html: str = ""
    reply_to: str = ""
    subject: str = ""
    message: str = ""

    def __repr__(self) -> str:
        """Return only what identifies the message, so that no log or traceback shows a person's data."""
        return f"Rendered(id={self.id!r}, message={self.message!r}, subject={self.subject!r})"


class Sender(Protocol):
    """Hands messages over to customers, on one channel: a mail server, a provider's API."""

    def send(self, rendered: Rendered, *, now: Micros) -> Attempt:
        """Hand one message over, once; `now` goes into its date and signature."""
        ...


class Courier(Protocol):
    """Delivers outgoings to destinations of one kind. Safe to use from several threads."""

    def deliver(self, outgoing: Outgoing, destination: Destination, *, now: Micros) -> Attempt:
        """Deliver one outgoing, once; `now` goes into its signature."""
        ...


Couriers: TypeAlias = Mapping[str, Courier]
"""Kind of destination → courier."""
