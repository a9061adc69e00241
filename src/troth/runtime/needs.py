"""Which subjects need their events for the tables of what was told: of all others the record says all."""

from __future__ import annotations

from troth.engine.cases.kinds import complaint_kind
from troth.model.pack import Pack
from troth.model.record import Record


def needs_told(record: Record, _pack: Pack) -> bool:
    """Return whether anything was told or asked."""
    return bool(record.messages or record.asks)


def needs_words(record: Record, pack: Pack) -> bool:
    """Return whether the customer spoke up, or anything was said that may be a word about a promise not kept."""
    complaint = complaint_kind(pack).name
    if any(case.kind == complaint for case in record.cases):
        return True
    if not any(one.outcome in ("late", "broken") for one in record.promises):
        return False
    told = any(one.told_at is not None for one in record.messages)
    renewed = any(len(one.windows) > 1 for one in record.promises)
    return told or renewed or any(case.informed_at is not None for case in record.cases)
