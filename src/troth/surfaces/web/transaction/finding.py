"""Finding a subject: by its name, its number, its customer, or the id of a case; nothing else can be found by."""

from __future__ import annotations

import re
from typing import Any, Final

from troth.customers.record import CUSTOMER_NOUN
from troth.engine.project import CASE, SUBJECT
from troth.surfaces.api.context import Context
from troth.surfaces.web.transaction.matter import spaced

Row = dict[str, Any]

MOST: Final = 100
"""Subjects that are listed at most."""
LONGEST: Final = 256
_NAME: Final = re.compile(r"^[^/\x00-\x20\x7f]+/[^\x00-\x1f\x7f]+$")


def search(context: Context, asked: str) -> list[Row]:
    """Return the subjects that a text names. Blocks.

    Args:
        context: The server's parts.
        asked: `pickup/17`, `17`, `customer/17`, or the id of a case.

    Returns:
        Rows `subject`, `pack`, `state` in words, `open` cases and the `why` it was found, at most `MOST`.
    """
    asked = asked.strip()[:LONGEST]
    if not asked:
        return []
    why: dict[str, str] = {}
    for name in _named(context, asked):
        why.setdefault(name, "by its name")
    for whose in dict.fromkeys([asked, f"{CUSTOMER_NOUN}/{asked}"]):
        if whose.startswith(f"{CUSTOMER_NOUN}/"):
            for line in context.store.entries(SUBJECT, whose, limit=MOST):
                why.setdefault(line.subject, f"of {whose}")
    for line in context.store.entries(CASE, asked, limit=1):
        why.setdefault(line.subject, "by its case")
    records = context.store.records(list(why)[:MOST])
    return [_row(context, name, records[name], reason) for name, reason in why.items() if name in records]


def _named(context: Context, asked: str) -> list[str]:
    """Return the names that a text may mean: itself, or a number with each noun."""
    if _NAME.match(asked):
        return [asked]
    return [f"{pack.subject}/{asked}" for pack in context.packs.values()]


def _row(context: Context, name: str, record: Any, why: str) -> Row:
    """Return one subject that was found."""
    pack = context.packs.get(record.pack)
    state = record.states[-1].value if record.states else "unknown"
    titles = {one.name: one.title for one in pack.states} if pack is not None else {}
    return {
        "subject": name,
        "pack": pack.title if pack is not None else record.pack,
        "state": titles.get(state) or spaced(state),
        "open": sum(case.closed_at is None for case in record.cases),
        "why": why,
    }


def nouns(context: Context) -> list[str]:
    """Return the nouns that subjects have here."""
    return sorted({pack.subject for pack in context.packs.values()})
