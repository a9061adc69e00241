"""Customers: where an event says who it is, when they may be contacted, and what of an event nothing may read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.lang.compile._draft import Draft
from troth.lang.document import Path, path_text
from troth.lang.expressions import EVERY, members
from troth.model.contact import ContactPolicy, Limit

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
ATTRIBUTES = "attributes"
"""The member of an event's data that holds attributes of the subject: measures read and show them."""
_OVER_EVENT = ("when", "corrects", "corrects_source")
_OVER_MAKER = ("made_when", "key", "opens")
_DUE = ("at", "day", "zone")


def contact(draft: Draft) -> ContactPolicy:
    """Return when and how often customers may be contacted."""
    quiet = ("contact", "quiet")
    begins, ends = (_minutes(draft.text(*quiet, part)) for part in ("from", "until"))
    if begins is not None and begins == ends:
        draft.complain((*quiet, "until"), "P226", "quiet hours that end when they begin", "two different times of day")
    return ContactPolicy(
        quiet_from=begins,
        quiet_until=ends,
        quiet_channels=tuple(name for name, _ in draft.texts(*quiet, "channels")),
        limits=tuple(_limit(draft, number) for number in range(len(draft.items("contact", "at_most")))),
    )


def _limit(draft: Draft, number: int) -> Limit:
    """Return one limit on how often a customer is contacted."""
    path = ("contact", "at_most", number)
    count = draft.get(*path, "count")
    return Limit(
        count=count if isinstance(count, int) else 1,
        per=draft.duration(*path, "per") or 0,
        purposes=tuple(name for name, _ in draft.texts(*path, "purposes")),
    )


def _minutes(text: str) -> int | None:
    """Return a time of day in minutes after midnight; `None` where none is written (its form is the schema's)."""
    match = _TIME.fullmatch(text)
    return None if match is None else int(match[1]) * 60 + int(match[2])


def check_personal(draft: Draft) -> None:
    """Refuse every expression that reads a personal member of an event: erasing it would change what is derived."""
    for kind in draft.mapping("events"):
        personal = dict(draft.texts("events", kind, "personal"))
        if ATTRIBUTES in personal:
            found = f"`{ATTRIBUTES}` among the personal members of `{kind}`"
            draft.complain(personal[ATTRIBUTES], "P228", found, "a member that nothing reads")
        for path in _over(draft, kind) if personal else ():
            read = members(draft.get(*path))
            for member in sorted(personal if EVERY in read else read & set(personal)):
                whole = ", which it reads with all of `data`" if member not in read else ""
                found = f"`{path_text(path)}` over `{member}` of `{kind}`{whole}"
                draft.complain(path, "P227", found, "an expression over what is not personal")


def _over(draft: Draft, kind: str) -> Iterator[Path]:
    """Yield the paths of all expressions over the data of an event of a type."""
    yield ("customer",)
    event: Path = ("events", kind)
    yield from ((*event, part) for part in _OVER_EVENT)
    for fact in draft.mapping(*event, "observe"):
        yield (*event, "observe", fact)
        yield from ((*event, "observe", fact, part) for part in ("when", "value"))
    yield from ((*event, "receipt", part) for part in ("message", "id", "channel"))
    for name in draft.mapping("promises"):
        promise: Path = ("promises", name)
        if kind in {maker for maker, _ in draft.texts(*promise, "made_by")}:
            yield from ((*promise, part) for part in _OVER_MAKER)
            yield from ((*promise, "due", part) for part in _DUE)
        if kind in {renewer for renewer, _ in draft.texts(*promise, "renewed_by", "event")}:
            yield from ((*promise, "renewed_by", "due", part) for part in _DUE)
            yield (*promise, "renewed_by", "consent")
