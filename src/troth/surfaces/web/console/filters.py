"""Which cases somebody looks at: read from the address, written to it, and applied to rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec

from troth.surfaces.web.console.row import Row

PATH: Final = "/console"
PAGE: Final = 50
"""Cases of one page."""
RESERVED: Final = frozenset(
    ["mine", "unowned", "overdue", "closed", "kind", "pack", "q", "from", "said", "case", "seen", "keys", "since"]
)
"""Names in an address that are none of a segment; a segment that is called so is asked for as `by_<name>`."""
_MOST: Final = 200
_NUMBER: Final = re.compile(r"\A[0-9]{1,6}\Z")


class Filter(msgspec.Struct, frozen=True):
    """What is asked for.

    Attributes:
        mine: Only what whoever asks has.
        unowned: Only what nobody has.
        overdue: Only where a promise is past due.
        closed: What was closed lately, instead of what is open.
        kind: Only this kind; empty: all.
        pack: Only this pack; empty: all.
        find: Only where this text stands; empty: all.
        segments: Segment → its value.
        start: Position of the first case that is shown, from 1.
    """

    mine: bool = False
    unowned: bool = False
    overdue: bool = False
    closed: bool = False
    kind: str = ""
    pack: str = ""
    find: str = ""
    segments: tuple[tuple[str, str], ...] = ()
    start: int = 1

    @property
    def narrows(self) -> bool:
        """Return whether anything is left out."""
        return self != Filter(start=self.start)

    def query(self, **changed: object) -> str:
        """Return it as an address has it, after a change: `?mine=1&store=basel`; empty where all is asked for."""
        wanted = msgspec.structs.replace(self, **changed) if changed else self
        pairs: list[tuple[str, str]] = [
            (name, "1") for name in ("mine", "unowned", "overdue", "closed") if getattr(wanted, name)
        ]
        pairs += [(name, value) for name, value in (("kind", wanted.kind), ("pack", wanted.pack)) if value]
        pairs += [(parameter(name), value) for name, value in wanted.segments]
        pairs += [("q", wanted.find)] if wanted.find else []
        pairs += [("from", str(wanted.start))] if wanted.start > 1 else []
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def address(self) -> str:
        """Return the address of the list."""
        return PATH + self.query()

    def without(self, segment: str) -> tuple[tuple[str, str], ...]:
        """Return the segments less one."""
        return tuple(pair for pair in self.segments if pair[0] != segment)


def parameter(segment: str) -> str:
    """Return what a segment is called in an address.

    >>> parameter("store"), parameter("kind")
    ('store', 'by_kind')
    """
    return f"by_{segment}" if segment in RESERVED or segment.startswith("by_") else segment


def filter_of(params: Mapping[str, str], segments: Iterable[str]) -> Filter:
    """Return what an address asks for; what it does not know it leaves aside.

    Args:
        params: Of the query.
        segments: Names that packs declare.
    """
    said = {name: value.strip()[:_MOST] for name, value in params.items()}
    start = said.get("from", "")
    return Filter(
        mine=_yes(said, "mine"),
        unowned=_yes(said, "unowned"),
        overdue=_yes(said, "overdue"),
        closed=_yes(said, "closed"),
        kind=said.get("kind", ""),
        pack=said.get("pack", ""),
        find=said.get("q", ""),
        segments=tuple((name, said[parameter(name)]) for name in sorted(set(segments)) if said.get(parameter(name))),
        start=max(1, int(start)) if _NUMBER.match(start) else 1,
    )


def matching(rows: Sequence[Row], wanted: Filter, person: str, now: int) -> Sequence[Row]:
    """Return the rows that somebody asks for, in their order.

    Args:
        rows: Open ones, or closed ones.
        wanted: What they ask for.
        person: Who.
        now: The moment.
    """
    if not wanted.narrows:
        return rows
    text = wanted.find.casefold().split()
    return [row for row in rows if _fits(row, wanted, person, now, text)]


def _fits(row: Row, wanted: Filter, person: str, now: int, text: Sequence[str]) -> bool:
    """Return whether a row is asked for."""
    return (
        (not wanted.mine or row.case.owner == person)
        and (not wanted.unowned or not row.has_owner)
        and (not wanted.overdue or row.is_overdue(now))
        and (not wanted.kind or row.case.kind == wanted.kind)
        and (not wanted.pack or row.pack == wanted.pack)
        and all(row.segments.get(name) == value for name, value in wanted.segments)
        and all(word in row.found for word in text)
    )


def _yes(said: Mapping[str, str], name: str) -> bool:
    """Return whether a switch is set."""
    return said.get(name, "") in {"1", "true", "on"}
