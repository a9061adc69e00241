"""Closing in words, the same on all pages of staff: whether a case may be closed now, what stands against it. Pure.

What it would mean is worked out by `troth.engine.cases.closable`; here it is only said.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from troth.engine.cases.closable import Closing, closing
from troth.engine.cases.kinds import complaint_kind, kind_named
from troth.engine.machine import Machine
from troth.model.pack import CaseKind
from troth.model.record import Case, Record
from troth.model.times import Micros
from troth.model.truth import Truth
from troth.surfaces.web.locales import Reader

_ALIGNMENTS = {
    "ahead": "what the customer believes is not so",
    "stuck": "what they are offered cannot be done",
    "behind": "they have not been told what is so",
    "unverifiable": "nobody can tell whether what they believe is so",
}
_WANTS = {"informed": "the customer has not been informed", "remedied": "no remedy is noted"}
_OUT_OF_LINE = frozenset({"contradiction", "unverifiable", "silence"})


class End(msgspec.Struct, frozen=True):
    """What closing a case would mean.

    Attributes:
        failing: Whether what went wrong is still there; `None`: nobody can tell.
        clean: Whether it would be closed clean.
        possible: Whether nothing wrong would be left behind.
        against: Why it may not be closed, in words; none: it may.
        wants: What a clean end still asks for, in words.
        lacks: The same as `troth.engine.cases.closable` has it: `informed`, `remedied`, `dwell`.
        waits: Whether nothing but time is wanting for a clean end.
        clean_from: When it closes clean by itself; `None`: something else is wanting.
    """

    failing: Truth
    clean: bool
    possible: bool
    against: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    waits: bool = False
    clean_from: Micros | None = None

    @property
    def why(self) -> str:
        """Return why it would not be closed clean, in one sentence; empty: it would be."""
        return sentence((*self.against, *self.wants))


def end_of(
    machine: Machine, record: Record, case: Case, heard: Mapping[str, Micros], now: Micros, reader: Reader
) -> End:
    """Return what closing an open case would mean, in words.

    Args:
        machine: The pack, prepared.
        record: The record that it stands in, brought to `now`.
        case: The case.
        heard: Source → watermark.
        now: The moment.
        reader: Who reads.
    """
    found = closing(machine, record, case, heard, now)
    if found.clean:
        return End(failing=False, clean=True, possible=True)
    kind = kind_named(machine.pack, case.kind) or complaint_kind(machine.pack)
    against, wants = _against(record, kind, found), [_WANTS[want] for want in found.wants if want in _WANTS]
    waits = found.possible and found.clean_from is not None
    if waits:
        wants.append(f"it has to stay right for {reader.lasting(kind.dwell)}")
    if not against and not wants:
        own = kind.closed_when is not None
        wants.append("the pack's own condition for closing is not met" if own else "it has not been right long enough")
    return End(
        found.failing, clean=False, possible=found.possible, against=tuple(against), wants=tuple(wants),
        lacks=found.wants, waits=waits, clean_from=found.clean_from if waits else None,
    )  # fmt: skip


def sentence(reasons: tuple[str, ...]) -> str:
    """Return reasons as one sentence; empty where there is none.

    >>> sentence(("the customer has not been informed", "no remedy is noted"))
    'The customer has not been informed; no remedy is noted.'
    """
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _against(record: Record, kind: CaseKind, found: Closing) -> list[str]:
    """Return why a case may not be closed, in words."""
    reasons: list[str] = []
    if not found.aligned:
        value = record.alignment[-1].value if record.alignment else ""
        reasons.append(f"message, state and action do not line up: {_ALIGNMENTS.get(value, value)}")
    # A case that is about the line itself says the same once more.
    if found.failing is True and not (reasons and kind.of in _OUT_OF_LINE):
        reasons.append("the failure is still there")
    elif found.failing is None:
        reasons.append("nobody can tell whether the failure is over")
    return reasons
