"""The console as plain data: from which the page is rendered, and which `.json` answers. Pure.

All instants are RFC 3339 text in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from troth.engine.harm import time_factor
from troth.model.pack import Pack
from troth.model.times import FOREVER, SECOND, Micros, format_instant
from troth.surfaces.web import factors
from troth.surfaces.web.console.board import Snapshot
from troth.surfaces.web.console.filters import PAGE, Filter, parameter
from troth.surfaces.web.console.row import Row
from troth.surfaces.web.ending import End
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.naming import Naming

Data = dict[str, Any]
_VALUES_MOST: Final = 100
_GRAVE: Final = 30.0
_SERIOUS: Final = 10.0
NOBODY: Final = "No one is waiting on us."
UNHEARD: Final = "No one is known to be waiting on us."
UNOPENED: Final = "No case has been opened here."
UNHARMED: Final = "No customer is known to be harmed now."


class Looking(msgspec.Struct, frozen=True):
    """Who looks at the console, and what is known beside the board.

    Attributes:
        person: Who.
        reader: How dates and numbers are written for them.
        others: Subject → who else looks at it now.
        packs: The packs, by name.
        version: Row → the version that its forms carry.
        standing: Parts of the server that stand still, in words.
        names: What accounts are called.
    """

    person: str
    reader: Reader
    others: Callable[[str], Sequence[str]]
    packs: Mapping[str, Pack]
    version: Callable[[Row], str]
    standing: Sequence[str] = ()
    names: Naming = str


def view(board: Snapshot, wanted: Filter, ends: Mapping[str, End], looking: Looking) -> Data:
    """Return all that the page shows.

    Args:
        board: The cases.
        wanted: Which are asked for.
        ends: Case → what closing it would mean, of those that are shown.
        looking: Who looks.
    """
    rows = board.rows(wanted, looking.person)
    shown = shown_of(rows, wanted)
    return {
        "at": format_instant(board.at),
        "headline": headline(board, looking),
        "counts": counts(board, looking.person),
        "filter": _filter(wanted),
        "filtered": wanted.narrows,
        "shown": _pages(len(rows), wanted),
        "cases": [case(row, ends.get(row.case.id), board, looking) for row in shown],
        "options": options(board, wanted, looking),
        "quiet": quiet(board),
        "standing": list(looking.standing),
    }


def quiet(board: Snapshot) -> list[Data]:
    """Return the feeds that are silent, and up to when they were heard."""
    return [{"source": one.source, "pack": one.pack, "heard_to": _text(one.heard_to)} for one in board.quiet]


def shown_of(rows: Sequence[Row], wanted: Filter) -> Sequence[Row]:
    """Return the rows of the page that is asked for."""
    return rows[wanted.start - 1 : wanted.start - 1 + PAGE]


def headline(board: Snapshot, looking: Looking) -> Data:
    """Return the answer: how many customers are being harmed now, and what else stands open."""
    cases, number = len(board.opened), looking.reader.number
    counted = {"harmed": board.harmed, "unsure": board.unsure, "over": board.over, "cases": cases}
    counted |= {"unopened": board.unopened}
    unheard = bool(board.quiet or looking.standing)
    if not cases and board.unopened:
        return {"says": UNOPENED, "more": _unopened(board, number), "tone": "unknown", "word": "From history"} | counted
    if not cases and unheard:
        # What is not heard may be wrong: nothing that is known is not the same as all is well.
        more = "What does not arrive here is not known."
        return {"says": UNHEARD, "more": more, "tone": "unknown", "word": "Not all is heard"} | counted
    if not cases:
        return {"says": NOBODY, "more": "", "tone": "well", "word": "All is well"} | counted
    mine, overdue = len(board.rows(Filter(mine=True), looking.person)), len(board.overdue)
    whole = "1 open case" if cases == 1 else f"{number(cases)} open cases, worst first"
    more = f"{whole}: {number(overdue)} overdue, {number(mine)} yours.{_beside(board, number)}"
    if board.unopened:
        more = f"{more} {_unopened(board, number)}"
    if not board.harmed:
        tone, word = ("unknown", "Nobody can tell") if board.unsure or unheard else ("remedied", "Over, not closed yet")
        return {"says": UNHARMED, "more": more, "tone": tone, "word": word} | counted
    says = "1 customer is" if board.harmed == 1 else f"{number(board.harmed)} customers are"
    word = "Overdue" if board.overdue else "In trouble"
    return {"says": f"{says} being harmed now.", "more": more, "tone": "contradiction", "word": word} | counted


def _unopened(board: Snapshot, number: Callable[[float], str]) -> str:
    """Return how many failures history left open, and where they are found."""
    if board.unopened == 1:
        found, case = "1 failure that imported history holds is", "it"
    else:
        found, case = f"{number(board.unopened)} failures that imported history holds are", "them"
    return f"{found} not known to be over; nobody has opened a case of {case}: Measures has the rows."


def _beside(board: Snapshot, number: Callable[[float], str]) -> str:
    """Return who waits though no harm to them is known to go on."""
    joint = " more" if board.harmed else ""
    parts = []
    if board.unsure:
        wait = "waits" if board.unsure == 1 else "wait"
        parts.append(f" {number(board.unsure)}{joint} {wait} for certainty: nobody can tell what is so.")
    if board.over:
        wait = "waits" if board.over == 1 else "wait"
        parts.append(f" {number(board.over)}{joint} only {wait} for the closing: what was wrong is over.")
    return "".join(parts)


def counts(board: Snapshot, person: str) -> Data:
    """Return how many cases there are of each sort."""
    return {
        "all": len(board.opened),
        "mine": len(board.rows(Filter(mine=True), person)),
        "unowned": len(board.rows(Filter(unowned=True), person)),
        "overdue": len(board.overdue),
        "closed": len(board.closed),
    }


def case(row: Row, end: End | None, board: Snapshot, looking: Looking) -> Data:
    """Return one case as a line of the list."""
    one, now = row.case, board.at
    return {
        "id": one.id,
        "subject": row.subject,
        "address": f"/tx/{quote(row.subject, safe='/')}",
        "customer": row.customer,
        "pack": row.pack,
        "kind": one.kind,
        "title": row.title,
        "about": one.about,
        "what": f"{row.what}.",
        "harm": row.score(now),
        "tone": _tone(row.score(now)),
        "reason": reason(row, now, looking.reader),
        "factors": {"severity": row.severity, "people": row.people, "amount": row.amount, "value": row.value},
        "broke_at": _text(row.broke_at),
        "opened_at": _text(one.opened_at),
        "clock": _clock(row, now),
        "owner": one.owner,
        "owner_name": looking.names(one.owner),
        "has_owner": row.has_owner,
        "mine": one.owner == looking.person,
        "informed_at": _text(one.informed_at),
        "remedied_at": _text(one.resolved_at),
        "closed_at": _text(one.closed_at),
        "closed_as": one.closed_as,
        "reopened": len(one.reopened_at),
        "segments": dict(row.segments),
        "looking": list(looking.others(row.subject)),
        "looking_names": [looking.names(each) for each in looking.others(row.subject)],
        "end": None if end is None else _end(end),
        "version": looking.version(row),
        "shown": f"{row.version}{'o' if one.id in board.overdue else ''}{_mark(end)}",
    }


def reason(row: Row, now: Micros, reader: Reader) -> str:
    """Return in words which factors make the harm of a case."""
    parts = [f"severity {row.severity} of 5", "1 customer" if row.people == 1 else f"{row.people} people"]
    waited = max(now - row.broke_at, 0)
    time, value = factors.shown(row.score(now), row.severity * row.people, time_factor(waited), row.value)
    since = f"wrong for {reader.lasting(waited)}" if waited >= SECOND else "wrong since a moment ago"
    parts.append(f"{since} (× {reader.factor(time)})")
    if row.amount is not None:
        parts.append(f"{reader.number(round(row.amount, 2))} at stake (× {reader.factor(value)})")
    return ", ".join(parts)


def options(board: Snapshot, wanted: Filter, looking: Looking) -> list[Data]:
    """Return what the list can be narrowed to: each filter with its values, and how many cases have them."""
    kinds: dict[str, list[Any]] = {}
    packs: dict[str, int] = {}
    segments: dict[str, dict[str, int]] = {}
    for row in board.closed if wanted.closed else board.opened:
        kinds.setdefault(row.case.kind, [row.title, 0])[1] += 1
        packs[row.pack] = packs.get(row.pack, 0) + 1
        for name, value in row.segments.items():
            values = segments.setdefault(name, {})
            values[value] = values.get(value, 0) + 1
    found = [_option("kind", "Kind", wanted.kind, {kind: (title, cases) for kind, (title, cases) in kinds.items()})]
    if len(packs) > 1 or wanted.pack:
        titles = {name: looking.packs[name].title or name for name in packs}
        found.append(
            _option("pack", "Pack", wanted.pack, {name: (titles[name], number) for name, number in packs.items()})
        )
    named = {name: title for pack in looking.packs.values() for name, title in pack.segments.items()}
    chosen = dict(wanted.segments)
    for name in sorted(segments.keys() | chosen.keys()):
        each = {value: (value, number) for value, number in segments.get(name, {}).items()}
        found.append(_option(parameter(name), named.get(name, name), chosen.get(name, ""), each))
    return found


def _option(name: str, title: str, chosen: str, values: Mapping[str, tuple[str, int]]) -> Data:
    """Return one filter, its values by how many cases have them; the one that is chosen is always among them."""
    ranked = sorted(values.items(), key=lambda one: (-one[1][1], one[1][0]))[:_VALUES_MOST]
    listed = [{"value": value, "title": text, "cases": many} for value, (text, many) in ranked]
    if chosen and all(one["value"] != chosen for one in listed):
        listed.append({"value": chosen, "title": chosen, "cases": 0})
    return {"name": name, "title": title, "chosen": chosen, "values": listed}


def _pages(total: int, wanted: Filter) -> Data:
    """Return which part of the list is shown."""
    first = min(wanted.start, total) if total else 0
    last = min(wanted.start - 1 + PAGE, total)
    return {
        "first": first,
        "last": last,
        "of": total,
        "before": wanted.query(start=max(1, wanted.start - PAGE)) if wanted.start > 1 else None,
        "after": wanted.query(start=wanted.start + PAGE) if last < total else None,
    }


def _filter(wanted: Filter) -> Data:
    """Return what is asked for, as data."""
    return {
        "mine": wanted.mine, "unowned": wanted.unowned, "overdue": wanted.overdue, "closed": wanted.closed,
        "kind": wanted.kind, "pack": wanted.pack, "find": wanted.find, "segments": dict(wanted.segments),
    }  # fmt: skip


def _clock(row: Row, now: Micros) -> Data | None:
    """Return the promise that somebody waits on."""
    clock = row.clock
    if clock is None:
        return None
    over = row.is_overdue(now)
    return {
        "promise": clock.kind, "title": clock.title, "due": _text(clock.due), "over": over,
        "broken": clock.lapsed and not over,
    }  # fmt: skip


def _end(end: End) -> Data:
    """Return what closing a case would mean, as data."""
    return {"clean": end.clean, "aligned": end.possible, "why": end.why, "by_itself": _text(end.clean_from)}


def _tone(score: float) -> str:
    """Return a word for a score: which badge it has."""
    return "grave" if score >= _GRAVE else ("serious" if score >= _SERIOUS else "slight")


def _mark(end: End | None) -> str:
    """Return what tells one end from another in the version of a line."""
    return "" if end is None else ("c" if end.clean else f"p{end.clean_from or ''}" if end.possible else "w")


def _text(instant: Micros | None) -> str | None:
    """Return an instant as text; `None` where there is none."""
    return None if instant is None or abs(instant) >= FOREVER else format_instant(instant)
