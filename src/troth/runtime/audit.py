"""What staff did: when, who, where, what, with what outcome. Kept in the ledger's settings, day by day.

An entry names ids only: no personal data of customers, no text that somebody wrote, no password. What is decided about
cases is an event of the ledger besides, and stands there for ever; entries go after a time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Final

import msgspec

from troth.model.times import DAY, Micros, format_instant, to_datetime
from troth.ports.ledger import Ledger

_STORED: Final = "audit/"
_FIRST: Final = "audit-first"
_BUCKET: Final = 0
_LONGEST: Final = 200
_DIGITS: Final = 16
ID: Final = re.compile(rf"[0-9]{{{_DIGITS}}}-[0-9]{{10}}-[0-9a-f]{{8}}")
"""The form of an entry's id: its moment, its number on its server, and what tells servers apart."""
_ORDER: Final = count()


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that somebody did, or tried.

    Attributes:
        at: When; microseconds since 1970 UTC.
        who: The account's name; `key:<id>` of an API key; `cli` of the command line; the name that was tried.
        deed: What: `sign-in`, `sign-out`, `password`, or the deed of a form.
        outcome: `done`, `refused`, `failed`.
        path: The page's address, without its query.
        subject: What it is about, `pickup/17`.
        case: The case's id.
        address: Where it came from.
        detail: More, in one word or id.
        id: Its place among all entries: a later one has a greater id, of one moment too; empty until it is read.
    """

    at: Micros
    who: str
    deed: str
    outcome: str = "done"
    path: str = ""
    subject: str = ""
    case: str = ""
    address: str = ""
    detail: str = ""
    id: str = ""


COLUMNS: Final = tuple(name for name in Entry.__struct_fields__ if name != "id")
"""What is told of an entry, in this order."""


def note(ledger: Ledger, entry: Entry) -> None:
    """Write an entry down, durably."""
    cut = {name: getattr(entry, name)[:_LONGEST] for name in COLUMNS[1:]}
    day = _day(entry.at)
    first = ledger.get(_FIRST)
    if first is None or day < first:
        # Before the entry: on a day before the first one nobody would ever look for it.
        with ledger.unit([_BUCKET]):
            ledger.put(_FIRST, min(day, ledger.get(_FIRST) or day))
    # Of one moment, the order in which they came; the rest tells servers apart.
    place = f"{entry.at:0{_DIGITS}d}-{next(_ORDER):010d}-{secrets.token_hex(4)}"
    ledger.put(f"{_STORED}{day}/{place}", msgspec.to_builtins(msgspec.structs.replace(entry, id="", **cut)))


def entries(
    ledger: Ledger,
    *,
    until: Micros,
    since: Micros = 0,
    before: str = "",
    who: str = "",
    deed: str = "",
    outcome: str = "",
) -> Iterator[Entry]:
    """Yield entries, the latest first.

    Args:
        ledger: Where.
        until: Only those before this moment.
        since: Only those from this moment on.
        before: Only those with a smaller id, of the form of `ID`: for going on after the last of a page.
        who: Only of this account.
        deed: Only of this deed.
        outcome: Only of this outcome.
    """
    wanted = {name: value for name, value in (("who", who), ("deed", deed), ("outcome", outcome)) if value}
    if before:
        until = min(until, int(before[:_DIGITS]) + 1)
    for day in _days(ledger, until):
        if day < _day(since):
            return
        for key in reversed(ledger.keys(f"{_STORED}{day}/")):
            place = key.rpartition("/")[2]
            value = None if before and place >= before else ledger.get(key)
            if value is None:
                continue
            entry = msgspec.structs.replace(msgspec.convert(value, Entry), id=place)
            if since <= entry.at < until and all(getattr(entry, name) == one for name, one in wanted.items()):
                yield entry


def prune(ledger: Ledger, before: Micros) -> int:
    """Remove the entries of the days before that of a moment; return how many there were."""
    gone, last = 0, _day(before)
    for day in reversed([day for day in _days(ledger, before) if day < last]):
        keys = ledger.keys(f"{_STORED}{day}/")
        for key in keys:
            ledger.put(key, None)
        gone += len(keys)
    if gone:
        ledger.put(_FIRST, last)
    return gone


def _days(ledger: Ledger, until: Micros) -> Sequence[str]:
    """Return the days that can have entries, the latest first."""
    first = ledger.get(_FIRST)
    found, day = [], to_datetime(until).date()
    while first is not None and day.isoformat() >= first:
        found.append(day.isoformat())
        day -= timedelta(days=1)
    return found


def _day(at: Micros) -> str:
    """Return the day of a moment, by UTC."""
    return format_instant(at // DAY * DAY)[:10]
