"""The refusals that every adapter words alike."""

from __future__ import annotations

from troth.errors import LedgerError, Place, Problem
from troth.model.event import Event


def stale_fence(place: Place, bucket: int, given: int) -> LedgerError:
    """Return L105: the bucket was committed by another worker in the meantime."""
    return LedgerError(
        Problem(
            place,
            "L105",
            f"fence {given} of bucket {bucket} is no longer the present one",
            expected="the fence that `position` returned, with no other commit since",
            remedy="read the bucket's position again and fold from there",
        )
    )


def other_tenant(place: Place, event: Event, tenant: str) -> LedgerError:
    """Return L106: an event of another tenant."""
    return LedgerError(
        Problem(
            place,
            "L106",
            f"event {event.id!r} of {event.source!r} belongs to tenant {event.tenant!r}",
            expected=f"events of tenant {tenant!r}",
            remedy="open a ledger for that tenant",
        )
    )


def newer(place: Place, version: int, known: int) -> LedgerError:
    """Return L101: a newer troth wrote the ledger.

    Args:
        place: The ledger.
        version: Of its schema.
        known: The newest that this troth knows.
    """
    return LedgerError(
        Problem(
            place,
            "L101",
            f"the ledger has schema version {version}",
            expected=f"at most {known}, which this troth knows",
            remedy="install the newer troth that wrote it",
        )
    )


def closed(place: Place) -> LedgerError:
    """Return L107: the ledger has been closed."""
    return LedgerError(Problem(place, "L107", "the ledger is closed", remedy="open it again"))


def other_bucket(place: Place, subject: str, bucket: int) -> LedgerError:
    """Return L108: a record or wake-up of a subject that another bucket holds."""
    return LedgerError(
        Problem(
            place,
            "L108",
            f"subject {subject!r} does not belong to bucket {bucket}",
            expected="records and wake-ups of this bucket's subjects",
            remedy="commit each subject in the bucket that `bucket_of` names",
        )
    )
