"""What staff did: when, who, where, what, with what outcome. Kept in the ledger's settings, day by day.

An entry names ids only: no personal data of customers, no text that somebody wrote, no password. What is decided about
cases is an event of the ledger besides, and stands there for ever; entries go after a time.
"""

from __future__ import annotations

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


def note(ledger: Ledger, entry: Entry) -> None:
    """Write an entry down, durably."""
    cut = {name: getattr(entry, name)[:_LONGEST] for name in Entry.__struct_fields__ if name != "at"}
    day = _day(entry.at)
    # Of one moment, the order in which they came; the rest tells servers apart.
    key = f"{_STORED}{day}/{entry.at:016d}-{next(_ORDER):010d}-{secrets.token_hex(4)}"
    ledger.put(key, msgspec.to_builtins(msgspec.structs.replace(entry, **cut)))
    first = ledger.get(_FIRST)
    if first is None or day < first:
        with ledger.unit([_BUCKET]):
            ledger.put(_FIRST, min(day, ledger.get(_FIRST) or day))


def entries(
    ledger: Ledger, *, until: Micros, since: Micros = 0, who: str = "", deed: str = "", outcome: str = ""
) -> Iterator[Entry]:
    """Yield entries, the latest first.

    Args:
        ledger: Where.
        until: Only those before this moment.
        since: Only those from this moment on.
        who: Only of this account.
        deed: Only of this deed.
        outcome: Only of this outcome.
    """
    wanted = {name: value for name, value in (("who", who), ("deed", deed), ("outcome", outcome)) if value}
    for day in _days(ledger, until):
        if day < _day(since):
            return
        for key in reversed(ledger.keys(f"{_STORED}{day}/")):
            value = ledger.get(key)
            if value is None:
                continue
            entry = msgspec.convert(value, Entry)
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
