"""Which cases have to be announced, and under which id: the identity of a case is minted once, at its first opening."""

from __future__ import annotations

from msgspec.structs import replace

from troth.model.ids import derived_id
from troth.model.record import Case, Record
from troth.model.times import Micros


def case_id(tenant: str, subject: str, kind: str, about: str, opened_at: Micros) -> str:
    """Return the id under which a case is announced: the same for the same opening; 32 hexadecimal digits."""
    return derived_id("case", tenant, subject, kind, about, str(opened_at))


def openings(before: Record | None, after: Record) -> tuple[Case, ...]:
    """Return the cases that have no id yet, each with the id that the live writer is to announce it under.

    These are the open ones, and those that were opened and closed again since the writer last looked. What was closed
    long before anybody looked, in an imported history, needs no name.

    Args:
        before: The record when the writer last looked; `None`: it never did.
        after: The record now.
    """
    known = None if before is None else {_key(case) for case in before.cases}
    return tuple(
        replace(case, id=case_id(after.tenant, after.subject, case.kind, case.about, case.opened_at))
        for case in after.cases
        if not case.id and (case.closed_at is None or (known is not None and _key(case) not in known))
    )


def _key(case: Case) -> tuple[str, str, Micros]:
    """Return what tells cases of one subject apart as long as they have no names."""
    return (case.kind, case.about, case.opened_at)
