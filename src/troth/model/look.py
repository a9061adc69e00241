"""What a gate check looks at. Checks are values: functions from a look to reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from troth.model.customer import Customer
from troth.model.decision import Read, Reason, Request
from troth.model.message import Message
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.model.truth import Truth


class Look(msgspec.Struct, frozen=True):
    """One message held against everything known at one moment.

    Attributes:
        pack: The service model.
        record: The subject's record, brought to `now`.
        customer: To whom.
        request: What is asked.
        message: The message that would go (of a replacement: the replacement).
        now: The moment; microseconds since 1970 UTC.
        results: Per rule of the pack, its value at `now`.
        truth: Statement name → whether it is true now.
        reads: Rule → the facts that it reads, as they stand.
    """

    pack: Pack
    record: Record
    customer: Customer
    request: Request
    message: Message
    now: Micros
    results: Sequence[Any]
    truth: Callable[[str], Truth]
    reads: Callable[[int], Sequence[Read]]

    def rule(self, rule: int | None, default: Truth = True) -> Truth:
        """Return the truth of an optional rule; the default where there is none."""
        truth: Truth = default if rule is None else self.results[rule]
        return truth


Check: TypeAlias = Callable[[Look], Sequence[Reason]]
"""A gate check: the reasons that speak against sending; none: it passes. An unknown condition answers HOLD."""
