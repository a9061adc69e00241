"""A pack with messages, and short ways to tell what people do to cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.engine.kit import SUBJECT, a_pack, moment
from troth.engine.fold import refold
from troth.engine.step import step
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.model.pack import Pack
from troth.model.record import Case, Record
from troth.model.times import Micros


def talking(**cases: Any) -> Pack:
    """Return a pack in which the customer is told that it is ready, and can fetch it while it is done and open."""
    return a_pack(
        sources={"desk": {}, "floor": {}, "clerk": {}, "carrier": {}},
        more_facts={
            "open": {"type": "bool", "authority": [["desk"]], "otherwise": True},
            "spot": {"type": "string", "authority": [["floor"], ["clerk"]], "settle": "5m"},
            "price": {"type": "double", "authority": [["desk"]]},
        },
        more_events={
            "desk.said": {"observe": {"open": "data.open", "price": "data.price"}},
            "spot.seen": {"observe": {"spot": "data.spot"}},
        },
        states={
            "done": {"when": "done", "usable": True, "tell": ["ready"], "tell_within": "10m"},
            "open": {"when": "!done"},
        },
        actions={"fetch": {"by": "customer", "available_when": "open"}},
        statements={
            "ready": {"about": "pickup", "true_when": "done", "invites": ["fetch"], "title": "It is ready."},
            "soon": {"about": "pickup", "true_when": "!done", "title": "It is not ready yet."},
            "sorry": {"about": "regret", "true_when": "placed", "title": "We are sorry."},
            "cheap": {"about": "price", "true_when": "price < 10.0", "title": "It is cheap."},
        },
        messages={
            "ready_note": _message("inform", "ready", replace={"*": "wait"}),
            "wait": _message("inform", "soon", replace={"*": "ready_note"}),
            "cheap_note": _message("inform", "cheap", replace={"*": "wait"}),
            "sorry": _message("apology", "sorry"),
            "sorry_until": _message("apology", "sorry", must_say=["next_word_at"]),
        },
        cases=cases,
        promises={"today": {"made_by": "order.placed", "due": {"after": "1h"}, "kept_when": "done"}},
    )


def _message(purpose: str, statement: str, **more: Any) -> dict[str, Any]:
    """Return a message that makes one statement, and counts as told once it is sent."""
    return {"purpose": purpose, "statements": [statement], "told_at": {"*": "sent"}, **more}


def sent(when: str, message: str, number: int = 0, heard: str = "") -> Event:
    """Return the receipt that makes a message told."""
    at = moment(when)
    data = {"message": message, "id": f"{message}-{number}-{at}", "channel": "mail"}
    return Event("carrier", f"sent-{message}-{number}-{at}", "message.sent", SUBJECT, at, moment(heard or when), data)


def said(when: str, source: str, kind: str, heard: str = "", **data: Any) -> Event:
    """Return an event of a source."""
    at = moment(when)
    return Event(source, f"{kind}-{at}-{heard}", kind, SUBJECT, at, moment(heard or when), data)


def by_people(when: str, what: str, **data: Any) -> Event:
    """Return a journal event."""
    at = moment(when)
    return Event("troth", f"{what}-{at}", f"troth.{what}", SUBJECT, at, at, data)


def opened(when: str, kind: str, about: str = "", case: str = "c1", by: str = "system") -> Event:
    """Return the announcement of a case."""
    return by_people(when, "case.opened", case=case, kind=kind, about=about, by=by)


PLACED = said("0m", "desk", "order.placed")


def done(when: str, truth: bool | None = True, heard: str = "") -> Event:
    """Return what the floor says of its being done."""
    return said(when, "floor", "order.done", heard, done=truth)


def record_at(pack: Pack, events: Sequence[Event], now: str, heard: str = "") -> Record:
    """Return the record at `now`, having checked that it comes out the same when its wake-ups are followed."""
    marks: dict[str, Micros] = {source.name: moment(heard or now) for source in pack.sources}
    wanted = refold(pack, SUBJECT, events, marks, moment(now))
    at = min(event.occurred_at for event in events)
    record = refold(pack, SUBJECT, events, marks, at)
    while (next_at := min(record.wake_at, record.pending)) <= moment(now):
        record = step(pack, record, SUBJECT, [], events, marks, next_at)
    assert record_hash(step(pack, record, SUBJECT, [], events, marks, moment(now))) == record_hash(wanted)
    return wanted


def cases(pack: Pack, events: Sequence[Event], now: str) -> tuple[Case, ...]:
    """Return the cases at `now`."""
    return record_at(pack, events, now).cases


def the_case(pack: Pack, events: Sequence[Event], now: str) -> Case:
    """Return the only case at `now`."""
    (case,) = cases(pack, events, now)
    return case
