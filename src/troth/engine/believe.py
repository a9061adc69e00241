"""Messages → belief: what the customer has been told, and of that, what they still believe.

A message counts as told at the occurred_at of the receipt that its channel declares (sent, delivered or read);
without that receipt it is not told. A later statement on the same topic replaces an earlier one, whatever channel
carried it.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from troth.engine.keep import make, told
from troth.engine.live import Live
from troth.model.event import Event
from troth.model.message import Message
from troth.model.pack import Receipt
from troth.model.record import Belief, Finding, Told
from troth.model.times import FOREVER, Micros

DEFAULT_RECEIPT = "delivered"
"""The receipt that counts as told where a message declares none for its channel."""


def receive(live: Live, receipt: Receipt, event: Event) -> None:
    """Note what an event of the pack says about a message."""
    name, message_id = _text(receipt.message(event.data)), _identity(receipt.id(event.data), event)
    note_receipt(live, name, message_id, receipt.phase, _text(receipt.channel(event.data)), event)


def note_receipt(live: Live, name: str, message_id: str, phase: str, channel: str, event: Event) -> None:
    """Note that a message has come to a phase, and let the customer believe it if that makes it told."""
    message = live.machine.pack.messages.get(name)
    if message is None:
        text = f"{event.source}/{event.id} speaks of a message that the pack does not declare: {name or 'none'}"
        live.findings.append(Finding("F104", event.occurred_at, text))
        return
    known = live.messages.get(message_id) or Told(message_id, name, channel, {})
    if phase in known.phases:
        return
    # The request may come before anybody knows the channel; the first receipt that names one tells.
    phases = {**known.phases, phase: event.occurred_at}
    known = replace(known, channel=known.channel or channel, phases=phases)
    if known.told_at is None and phase == told_phase(message, known.channel):
        # What was told is what the receipt names, whatever was asked for under this id.
        known = replace(known, message=name, told_at=event.occurred_at, heard_at=event.heard_at)
        _believe(live, message, known, event)
    live.messages[message_id] = known


def told_phase(message: Message, channel: str) -> str:
    """Return the phase whose receipt makes a message told on a channel."""
    return message.told_at.get(channel) or message.told_at.get("*") or DEFAULT_RECEIPT


def expire(live: Live, now: Micros) -> Micros:
    """Forget what the customer can no longer be taken to believe; return when the next belief expires."""
    until = FOREVER
    for belief in live.beliefs:
        until = min(until, belief.until)
    if until > now:
        return until
    live.beliefs = [belief for belief in live.beliefs if belief.until > now]
    return min((belief.until for belief in live.beliefs), default=FOREVER)


def _believe(live: Live, message: Message, known: Told, event: Event) -> None:
    """Replace what was believed on the message's topics; make and renegotiate the promises that it states."""
    pack = live.machine.pack
    moment = event.occurred_at
    said = [pack.statements[name] for name in message.statements]
    topics = {statement.about for statement in said}
    kept = [belief for belief in live.beliefs if belief.topic not in topics]
    for statement in said:
        until = FOREVER if statement.valid_for is None else moment + statement.valid_for
        kept.append(Belief(statement.about, statement.name, moment, until, known.id))
        if statement.promise is not None:
            told(live, pack.promises[statement.promise].name, moment)
    live.beliefs = kept
    for index, kind in enumerate(pack.promises):
        if message.name in kind.made_by_message:
            make(live, index, event)


def _identity(value: Any, event: Event) -> str:
    """Return a message's id; a receipt that carries none, or one that cannot be read, is of a message of its own."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value) or f"{event.source}/{event.id}"


def _text(value: Any) -> str:
    """Return a text member of the data; empty where there is none."""
    return value if isinstance(value, str) else ""
