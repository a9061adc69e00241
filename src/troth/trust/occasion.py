"""Occasions: the experiences that a firm learns from, each at its moment of prediction; and surveys, each as sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.trust.facts import Facts

SURVEY: Final = "survey"
"""The purpose of messages that ask how it was."""


class Occasion(msgspec.Struct, frozen=True):
    """One subject at its moment of prediction.

    Attributes:
        subject: Its name.
        number: Its own number, from its name.
        cluster: The number of its customer; of the subject itself where nobody says whose it is.
        moment: The moment of prediction; microseconds since 1970 UTC.
        bad: Whether the experience was bad; `None`: nobody has said.
        weight: How many subjects it stands for.
        facts: What was known just before the moment.
        segment: Values of the attributes asked for.
    """

    subject: str
    number: int
    cluster: int
    moment: Micros
    bad: bool | None
    weight: float
    facts: Facts
    segment: Mapping[str, Any] = {}


class Survey(msgspec.Struct, frozen=True):
    """One message that asked how it was, with what was known just before it left.

    Attributes:
        subject: Whose customer was asked.
        message_id: The message.
        sent_at: When it counts as told; microseconds since 1970 UTC.
        failures: What had failed as known then, in words; none: nothing.
        waiting: The customer did not have what they came for, as known then.
        bad: Whether the experience was bad; `None`: nobody has said.
    """

    subject: str
    message_id: str
    sent_at: Micros
    failures: tuple[str, ...] = ()
    waiting: bool = False
    bad: bool | None = None


def failures_of(record: Record, pack: Pack, moment: Micros) -> tuple[tuple[str, ...], bool]:
    """Return what had failed by a moment, in words, and whether the customer was still waiting.

    Only promises that a message can tell the customer of count: what a seller owes a carrier is no failure towards
    somebody who was never told of it. A promise has failed when it is late or broken, or when its first due moment has
    passed and it is not known to be kept or void; a case is a failure while it is open. A customer waits until a usable
    or a terminal state is reached.

    Args:
        record: As known just before the moment.
        pack: Whose record.
        moment: Microseconds since 1970 UTC.
    """
    found = []
    told, unseen = pack.told_promises, pack.untold_cases
    for promise in record.promises:
        if promise.kind not in told:
            continue
        due = promise.windows[0].due if promise.windows else None
        overdue = promise.kept_at is None and due is not None and due <= moment and promise.outcome != "void"
        if promise.outcome in ("late", "broken") or overdue:
            found.append(f"{promise.kind} {'late' if promise.kept_at is not None else 'not kept'}")
    found += [
        f"case {case.kind} open"
        for case in record.cases
        if case.closed_at is None and case.opened_at <= moment and case.kind not in unseen
    ]
    over = {state.name for state in pack.states if state.usable or state.terminal}
    waiting = not any(span.value in over for span in record.states)
    return tuple(dict.fromkeys(found)), waiting


def surveys_in(pack: Pack) -> frozenset[str]:
    """Return the messages of a pack that ask how it was."""
    return frozenset(name for name, message in pack.messages.items() if message.purpose == SURVEY)


def answered(occasions: Sequence[Occasion]) -> list[Occasion]:
    """Return the occasions of which it is known whether they were bad, in the order of their names."""
    return sorted((one for one in occasions if one.bad is not None), key=lambda one: one.subject)
