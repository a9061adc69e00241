"""The story in three lanes: what was told, what happened, what was done; each entry with both its clocks.

What the command line's timeline works out (changes of state, promises, findings) is taken from there; what troth wrote
down itself is said in words here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from troth.engine.cases.kinds import kind_named
from troth.engine.cases.people import CASE, CONTACTS, OPENED
from troth.engine.journal import CONFIRMED, DECIDED, JOURNAL, RECEIPT, REVOKED
from troth.engine.machine import route_of
from troth.model.event import Event
from troth.model.times import SECOND, Micros, format_instant, parse_instant
from troth.surfaces.views.timeline import legs_of, timeline
from troth.surfaces.web.transaction.matter import Matter, spaced
from troth.surfaces.web.transaction.reasons import title_of

Row = dict[str, Any]
_Entry = tuple[Micros, int, Row]

TOLD: Final = "told"
HAPPENED: Final = "happened"
DONE: Final = "done"
LANES: Final = {TOLD: "What was told", HAPPENED: "What happened", DONE: "What was done"}
"""Lane → its title."""
PAGE: Final = 40
"""Entries that one page shows."""
_ORDER: Final = (HAPPENED, DONE, TOLD)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_ALIGNMENTS: Final = {
    "aligned": ("well", "Message, state and action line up"),
    "ahead": ("contradiction", "Out of line: more was said than is so"),
    "stuck": ("contradiction", "Out of line: what was offered cannot be done"),
    "unverifiable": ("unknown", "Nobody can tell whether what the customer believes is so"),
    "behind": ("late", "The customer should have been told by now"),
    "untold": ("", "The customer believes nothing of it"),
}
_OUTCOMES: Final = {
    "SEND": ("", "May go: {message}"),
    "REPLACE": ("late", "Replaced: {message} by {sends}"),
    "HOLD": ("unknown", "Held back: {message}"),
    "SUPPRESS": ("void", "Not sent: {message}"),
}
_PHASES: Final = {
    "requested": "asked for", "decided": "decided", "sent": "sent", "delivered": "delivered", "failed": "not delivered",
    "read": "read",
}  # fmt: skip
_ACTS: Final = {
    "owned": "took it on", "released": "gave it up", "noted": "wrote a note",
    "informed": "said that the customer was told", "remedied": "said that it is put right", "closed": "closed it",
    "reopened": "opened it again",
}  # fmt: skip
_BY_PEOPLE: Final = {
    "owned": "owned",
    "informed": "informed",
    "resolved": "remedied",
    "closed": "closed",
    "reopened": "reopened",
}
_OUTCOME_TONES: Final = {"kept": "well", "late": "late", "broken": "broken", "overdue": "late", "unknown": "unknown"}


def story(matter: Matter) -> list[Row]:
    """Return the whole story, in order of time; within a moment causes come before what follows from them.

    Returns:
        Rows `at` (it happened; null: at an unknown moment), `heard_at` (it was heard), `late_s` between the two,
        `lane`, `what`, `detail`, `source`, `tone` (a shape; empty: none), `kind`, `event_id` and `by`.
    """
    heard = _heard_at(matter.events)
    entries = [*chain(_happened(matter), _journal(matter), _derived(matter, heard), _cases(matter, heard))]
    return [row for _, _, row in sorted(entries, key=lambda entry: entry[:2])]


def page_of(rows: Sequence[Row], asked: str) -> Row:
    """Return the entries of one page, `number` of `pages` (the last where none is asked for), of `total`."""
    pages = max(1, -(-len(rows) // PAGE))
    number = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 6 else pages
    # Pages are cut from the latest backward, so that the last one is always full.
    end = len(rows) - (pages - number) * PAGE
    return {"entries": list(rows[max(0, end - PAGE) : end]), "number": number, "pages": pages, "total": len(rows)}


def _heard_at(events: Iterable[Event]) -> dict[Micros, Micros]:
    """Return when what happened at a moment was heard, the last of it."""
    found: dict[Micros, Micros] = {}
    for event in events:
        found[event.occurred_at] = max(event.heard_at, found.get(event.occurred_at, event.heard_at))
    return found


def _entry(
    matter: Matter, at: Micros, heard_at: Micros, lane: str, kind: str, what: str, detail: str = "", **more: Any
) -> _Entry:
    """Return one entry with its place in the order."""
    row = {
        "at": format_instant(at),
        "heard_at": format_instant(heard_at),
        "late_s": max(0, heard_at - at) / SECOND,
        "lane": lane,
        "kind": kind,
        "what": what,
        "detail": _readable(matter, detail),
        "source": "",
        "by": "",
        "tone": "",
        "event_id": "",
    }
    return at, _ORDER.index(lane), row | more


def _readable(matter: Matter, text: str) -> str:
    """Return a text with its instants as the reader says them."""
    return _INSTANT.sub(lambda found: matter.until(parse_instant(found[0])), text)


def _happened(matter: Matter) -> Iterator[_Entry]:
    """Yield what systems reported: receipts stand with what was told."""
    for event in matter.events:
        if event.source == JOURNAL:
            continue
        route = route_of(matter.now.machine, event)
        more = {"source": matter.source(event.source), "event_id": event.id}
        if route is not None and route.receipt is not None:
            name = str(route.receipt.message(event.data) or "")
            message_id = str(route.receipt.id(event.data) or f"{event.source}/{event.id}")
            yield _receipt(matter, event, name, message_id, route.receipt.phase, more)
            continue
        data = {name: value for name, value in event.data.items() if name != "attributes" and value is not None}
        detail = ", ".join(f"{spaced(name)}: {_shown(value)}" for name, value in data.items())
        yield _entry(
            matter, event.occurred_at, event.heard_at, HAPPENED, "event", _sentence(event.type), detail, **more
        )


def _receipt(matter: Matter, event: Event, name: str, message_id: str, phase: str, more: Row) -> _Entry:
    """Return what became of a message, as an entry."""
    told = next((one for one in matter.record.messages if one.id == message_id), None)
    counts = told is not None and told.told_at == event.occurred_at
    detail = "From here on the customer knows it." if counts else ""
    tone = "broken" if phase == "failed" else ("stands" if counts else "")
    what = f"{matter.message(name)}: {_PHASES.get(phase, phase)}"
    return _entry(matter, event.occurred_at, event.heard_at, TOLD, "message", what, detail, **(more | {"tone": tone}))


def _journal(matter: Matter) -> Iterator[_Entry]:
    """Yield what troth wrote down, in words."""
    names = {asked.id: asked.sends or asked.message for asked in matter.record.asks}
    for event in matter.events:
        if event.source != JOURNAL or event.type == OPENED:
            continue
        data, at, heard = event.data, event.occurred_at, event.heard_at
        message = matter.message(names.get(str(data.get("id", "")), str(data.get("message", ""))))
        if event.type == DECIDED:
            yield _decided(matter, event)
        elif event.type == CONFIRMED:
            yield _entry(
                matter, at, heard, TOLD, "gate", f"Handed over: {message}", source="the gate", event_id=event.id
            )
        elif event.type == REVOKED:
            yield _entry(matter, at, heard, TOLD, "gate", f"Given up: {message}", title_of(str(data.get("code", ""))),
                         source="the gate", tone="void", event_id=event.id)  # fmt: skip
        elif event.type == RECEIPT:
            more = {"source": matter.source(str(data.get("by", "") or "its sender")), "event_id": event.id}
            phase = str(data.get("phase", ""))
            yield _receipt(matter, event, str(data.get("message", "")), str(data.get("id", "")), phase, more)
        elif event.type in CONTACTS:
            what = "The customer complained" if event.type == "troth.complaint" else "The customer answered"
            yield _entry(matter, at, heard, HAPPENED, "customer", what, str(data.get("text", "")),
                         source="the customer", tone="contradiction", event_id=event.id)  # fmt: skip
        elif event.type.startswith(CASE):
            yield _act(matter, event)
        elif event.type == "troth.forgotten":
            yield _entry(matter, at, heard, DONE, "person", "The person was forgotten",
                         "What was personal can never be read again.", event_id=event.id)  # fmt: skip


def _decided(matter: Matter, event: Event) -> _Entry:
    """Return a decision of the gate as an entry."""
    data = event.data
    tone, words = _OUTCOMES.get(str(data.get("outcome", "")), ("", "Decided: {message}"))
    what = words.format(message=matter.message(str(data["message"])), sends=matter.message(str(data.get("sends", ""))))
    reasons = [
        f"{title_of(code)} ({', '.join(map(spaced, about))})" if about else title_of(code)
        for code, about in zip(data.get("codes", ()), data.get("about", ()), strict=False)
    ]
    held = data.get("outcome") == "HOLD"
    return _entry(matter, event.occurred_at, event.heard_at, TOLD, "held" if held else "gate", what, "; ".join(reasons),
                  source="the gate", tone=tone, event_id=event.id)  # fmt: skip


def _act(matter: Matter, event: Event) -> _Entry:
    """Return what somebody did to a case as an entry."""
    data = event.data
    case = next((one for one in matter.record.cases if one.id == data.get("case")), None)
    verb, by = event.type.removeprefix(CASE), str(data.get("by", "")) or "somebody"
    words = _ACTS.get(verb, spaced(verb))
    if verb == "owned" and data.get("owner") and data["owner"] != by:
        words = f"gave it to {matter.names(str(data['owner']))}"
    who = matter.names(by)
    what = f"{who} {words}: {_case_title(matter, case.kind)}" if case is not None else f"{who} {words}"
    said = [str(data[name]) for name in ("how", "note") if data.get(name)]
    if data.get("message"):
        asked = next((one for one in matter.record.asks if one.id == data["message"]), None)
        said.append(
            f"message: {matter.message(asked.sends or asked.message)}" if asked else f"message {data['message']}"
        )
    return _entry(
        matter, event.occurred_at, event.heard_at, DONE, "case", what, "; ".join(said), by=by, event_id=event.id
    )


def _derived(matter: Matter, heard: dict[Micros, Micros]) -> Iterator[_Entry]:
    """Yield what follows from it: states, promises, alignment, findings, changes of attributes."""
    events = [event for event in matter.events if event.source != JOURNAL]
    last = events[0].occurred_at if events else matter.now.now
    for row in timeline(matter.record, matter.pack, events, matter.moments):
        lane, dated = row["lane"], row["at"] is not None
        last = at = parse_instant(row["at"]) if dated else last
        if lane in ("event", "message", "case") or (lane == "alignment" and not matter.known):
            continue
        what, detail, tone = _words(matter, lane, row)
        entry = _entry(matter, at, heard.get(at, at), HAPPENED, lane, what, detail, tone=tone)
        yield entry if dated else (entry[0], entry[1], entry[2] | {"at": None})


def _words(matter: Matter, lane: str, row: Row) -> tuple[str, str, str]:
    """Return what a derived row is in words: what, detail, tone."""
    what, detail = str(row["what"]), str(row["detail"])
    match lane:
        case "state" if what == "unknown":
            named = "; ".join(matter.state(name) for name in detail.removeprefix("one of ").split(", ") if name)
            return "The state is not known", f"One of: {named}" if named else "", "unknown"
        case "state":
            return f"State: {matter.state(what)}", detail, "open"
        case "alignment":
            tone, words = _ALIGNMENTS.get(what, ("", what))
            return words, "; ".join(matter.topic(name) for name in detail.split(", ") if name), tone
        case "promise":
            return _promise(matter, what, detail)
        case "finding":
            return f"Found: {title_of(what)}", detail, "late"
    return f"{spaced(what).capitalize()} changed", detail, ""


def _promise(matter: Matter, what: str, detail: str) -> tuple[str, str, str]:
    """Return a row of a promise in words."""
    name, _, verb = what.rpartition(" ")
    kind, _, key = name.partition(" ")
    words = {"made": "Promised", "renegotiated": "Promised anew, told in time", "slip": "Moved, not told in time",
             "unconsented": "Moved without agreement", "overdue": "Overdue"}  # fmt: skip
    title = matter.promise(kind) + (f" ({key})" if key else "")
    return f"{words.get(verb, f'Promise {verb}')}: {title}", detail, _OUTCOME_TONES.get(verb, "")


def _cases(matter: Matter, heard: dict[Micros, Micros]) -> Iterator[_Entry]:
    """Yield the legs of cases that nobody wrote down: what troth found, and what closed by itself."""
    acts = {(event.data.get("case"), event.type.removeprefix(CASE), event.occurred_at) for event in matter.events
            if event.source == JOURNAL}  # fmt: skip
    for case in matter.record.cases:
        for leg, at, detail in legs_of(case):
            if at is None or (case.id, _BY_PEOPLE.get(leg, leg), at) in acts or leg == "detected":
                continue
            lane = HAPPENED if leg in ("broke", "opened") else DONE
            words = {"broke": "It went wrong", "opened": "Case opened", "owned": "Somebody has it",
                     "informed": "The customer is informed", "resolved": "Put right", "closed": "Case closed",
                     "reopened": "Case open again"}[leg]  # fmt: skip
            tone = {"opened": "contradiction", "reopened": "contradiction", "closed": "closed", "resolved": "well"}.get(
                leg, ""
            )
            what = f"{words}: {_case_title(matter, case.kind)}"
            yield _entry(matter, at, heard.get(at, at), lane, "case", what, detail, tone=tone)


def _case_title(matter: Matter, kind: str) -> str:
    """Return a kind of case in words."""
    found = kind_named(matter.pack, kind)
    return found.title if found is not None and found.title else spaced(kind)


def _sentence(name: str) -> str:
    """Return the type of an event in words."""
    words = spaced(name)
    return words[:1].upper() + words[1:]


def _shown(value: Any) -> str:
    """Return a value as short text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
