"""Windows that were learned, kept in a ledger's settings; and promises made from them.

What was learned about a kind of promise is stored under `windows/PACK/KIND`, with its digest beside it: whoever reads
it checks that nobody has changed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from troth.engine.journal import JOURNAL, PROMISED
from troth.errors import GateError, LedgerError, MeasureError, Place, Problem
from troth.model.event import Event
from troth.model.ids import derived_id
from troth.model.pack import Pack
from troth.model.record import Promise, Record
from troth.model.times import Micros, format_instant
from troth.ports.ledger import Ledger
from troth.runtime.service import Given
from troth.runtime.work import fold
from troth.trust.windows import VERSION, Windows

_KEY: Final = "windows/"


def keep(ledger: Ledger, windows: Windows) -> None:
    """Store what was learned; it takes the place of what was learned before about the kind."""
    value = {"digest": windows.digest, "windows": msgspec.to_builtins(windows)}
    ledger.put(f"{_KEY}{windows.pack}/{windows.kind}", value)


def kept(ledger: Ledger, pack: str, kind: str) -> Windows:
    """Return what was learned about a kind of promise.

    Raises:
        MeasureError: N110, nothing was; N111, it is of another version.
        LedgerError: N112, it is not what was stored.
    """
    value = ledger.get(f"{_KEY}{pack}/{kind}")
    if value is None:
        remedy = f"troth promise fit --db FILE --kind {kind}"
        raise MeasureError(Problem(Place(kind), "N110", "no windows were learned", "windows of this kind", remedy))
    if value["windows"].get("version") != VERSION:
        found = f"windows of version {value['windows'].get('version')}"
        raise MeasureError(Problem(Place(kind), "N111", found, f"version {VERSION}", "learn them again"))
    windows = msgspec.convert(value["windows"], Windows)
    if windows.digest != value["digest"]:
        found = "the windows that are stored are not those that were learned: their digest differs"
        raise LedgerError(Problem(Place(kind), "N112", found, value["digest"], "learn them again"))
    return windows


def all_kept(ledger: Ledger) -> list[tuple[str, str]]:
    """Return the packs and kinds of which windows are stored."""
    return [(pack, kind) for key in ledger.keys(_KEY) for pack, _, kind in [key.removeprefix(_KEY).partition("/")]]


def write(ledger: Ledger, packs: Mapping[str, Pack], given: Given, now: Micros) -> Promise:
    """Make a promise in a ledger that no service of this process serves, and return it as it stands then.

    A service that serves the same ledger finds it there like whatever another writer has written. A promise that stands
    with the same due moment is not made again.

    Args:
        ledger: The ledger.
        packs: Its packs.
        given: The promise.
        now: When it is made; not before what the subject's record speaks of.

    Raises:
        GateError: N109, the subject's pack has no such kind with a due moment.
        LedgerError: As of the ledger.
    """
    record = ledger.records([given.subject])[given.subject]
    check_kind(packs[record.pack], given)
    standing = promise_of(record, given)
    if standing is not None and standing.windows[-1].due == given.due:
        return standing
    moment = max(now, record.at + 1)
    mark = f"{given.kind}/{given.key}/{given.due}"
    event = Event(
        source=JOURNAL,
        id=derived_id(ledger.tenant, given.subject, PROMISED, mark, str(moment)),
        type=PROMISED,
        subject=given.subject,
        occurred_at=moment,
        heard_at=moment,
        data=data_of(given),
        tenant=ledger.tenant,
    )
    ledger.append([event], pack=record.pack)
    # Timers are left to the live writer: a promise that is written down is no reason to tell the world anything.
    fold(ledger, packs, now=moment, timers=False)
    made = promise_of(ledger.records([given.subject])[given.subject], given)
    assert made is not None, "what was written down has been folded"
    return made


def check_kind(pack: Pack, given: Given) -> None:
    """Refuse a kind of promise that a pack cannot make.

    Raises:
        GateError: N109.
    """
    kinds = {one.name: one for one in pack.promises}
    due = kinds[given.kind].due if given.kind in kinds else None
    if due is None or (due.at is None and due.day is None and due.after is None):
        found = f"no promise of the kind {given.kind!r} can be made"
        expected = f"one of {', '.join(kinds) or 'none'}, with a due moment"
        remedy = "choose such a kind, or have the pack say when this one is due"
        raise GateError(Problem(Place(path=given.subject), "N109", found, expected, remedy))


def data_of(given: Given) -> dict[str, Any]:
    """Return what the event says that makes a promise."""
    data: dict[str, Any] = {"kind": given.kind, "key": given.key, "due": format_instant(given.due)}
    if given.opens is not None:
        data["opens"] = format_instant(given.opens)
    return {**data, "basis": given.basis}


def promise_of(record: Record, given: Given) -> Promise | None:
    """Return the promise of a kind and key, as it stands in a record."""
    return next((one for one in record.promises if (one.kind, one.key) == (given.kind, given.key)), None)


def known_of(record: Record, at: Micros) -> dict[str, Any]:
    """Return a subject's attributes that are known at a moment."""
    return {name: one.value for name, one in record.attributes.items() if one.known_from <= at}
