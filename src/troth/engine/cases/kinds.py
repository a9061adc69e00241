"""Kinds of cases: which are plain, which have the full life, and the complaint that every pack has."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from troth.model.pack import CaseKind, Pack
from troth.model.record import Case
from troth.model.times import Micros

COMPLAINT: Final = "complaint"
"""What a kind is `of` that customers open themselves."""

VOID: Final = "void"
"""How a case is closed that was a false alarm."""

IMPLICIT_COMPLAINT: Final = CaseKind(COMPLAINT, title="The customer complained", of=COMPLAINT, severity=4)
"""The kind of complaints in a pack that declares none: nobody may complain in vain."""


def complaint_kind(pack: Pack) -> CaseKind:
    """Return the kind that complaints open in a pack."""
    return next((kind for kind in pack.cases if kind.of == COMPLAINT), IMPLICIT_COMPLAINT)


def kind_named(pack: Pack, name: str) -> CaseKind | None:
    """Return a kind of the pack, the complaint included; `None`: it has no such kind."""
    found = next((kind for kind in pack.cases if kind.name == name), None)
    if found is None and name == COMPLAINT:
        return complaint_kind(pack)
    return found


def is_plain(kind: CaseKind) -> bool:
    """Return whether a kind opens and closes as its conditions do, without any duration.

    Such a kind keeps one case for each thing that it is about, however often it relapses.
    """
    return not (kind.of or kind.after or kind.dwell)


def reopened(case: Case, now: Micros) -> Case:
    """Return a case that is open again; its first life stays on record."""
    return replace(
        case,
        reopened_at=(*case.reopened_at, now),
        informed_at=None,
        resolved_at=None,
        closed_at=None,
        right_since=None,
        closed_as="",
    )


def closed(case: Case, now: Micros, how: str) -> Case:
    """Return a case that is closed, and how."""
    first = now if case.first_closed_at is None else case.first_closed_at
    return replace(case, closed_at=now, first_closed_at=first, closed_as=how)


def remedied(case: Case, now: Micros) -> Case:
    """Return a case whose remedy is done; done before, it stays done since then."""
    if case.resolved_at is not None:
        return case
    first = now if case.first_resolved_at is None else case.first_resolved_at
    return replace(case, resolved_at=now, first_resolved_at=first)
