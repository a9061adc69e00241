"""From a subject and a moment to what its page is made from: record, events, what was told, what the customer sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from markupsafe import Markup

from troth.engine.believe import told_phase
from troth.engine.fold import refold
from troth.engine.hindsight import judge_told
from troth.engine.journal import JOURNAL, RECEIPT
from troth.engine.machine import prepare
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import SECOND, Micros, format_instant, zone_of
from troth.runtime.gaps import heard_at
from troth.runtime.links import Link
from troth.runtime.privacy import GONE, Sealer
from troth.runtime.replay import heard_by
from troth.runtime.service import Seen
from troth.surfaces.api.context import Context
from troth.surfaces.api.paging import tag_of
from troth.surfaces.views.standing import standing
from troth.surfaces.web.environment import render
from troth.surfaces.web.live import Version
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.naming import Names
from troth.surfaces.web.status.reading import Asked, contact_of, reader_for, version_of
from troth.surfaces.web.status.sight import Sight
from troth.surfaces.web.status.view import Known
from troth.surfaces.web.status.view import view as status_view
from troth.surfaces.web.transaction.answer import OURS
from troth.surfaces.web.transaction.doing import senders as senders_of
from troth.surfaces.web.transaction.matter import Matter

MOST_TICKS: Final = 200
"""Moments at which the slider stops, at most: of more, evenly chosen ones and both ends."""
_GROWING: Final = frozenset({"age_s", "harm"})


class Found(msgspec.Struct, frozen=True):
    """What a page is made from.

    Attributes:
        matter: The subject as it is shown.
        events: All its events, sealed, whenever they were heard.
        ticks: All moments at which something about it was heard, to the present.
        tag: The version of its record.
    """

    matter: Matter
    events: Sequence[Event]
    ticks: Sequence[str]
    tag: str


def found(
    context: Context, subject: str, reader: Reader, *, at: Micros | None = None, shown: bool = False
) -> Found | None:
    """Return a subject as it stands, or as it was known at a moment; `None`: nobody has heard of it. Blocks.

    Args:
        context: The server's parts.
        subject: Which.
        reader: Who reads.
        at: The moment asked about; `None`, or one to come: the present.
        shown: Whether personal data are shown.
    """
    present = context.service.look(subject)
    if present is None:
        return None
    events = context.store.events_of([subject])[subject]
    past = at is not None and at < present.now
    if past and at is not None:
        seen, known = as_known(context, present.pack, subject, events, at)
        heard = heard_at(context.store, at)
        told = judge_told(prepare(seen.pack), subject, known, heard, at, seen.record)
    else:
        # What troth itself has just written down may be dated a moment after what the clock says.
        seen, known = present, heard_by(events, max(present.now, present.record.at))
        heard = context.store.watermarks()
        told = judge_told(prepare(seen.pack), subject, events, heard, seen.now)
    sealer = Sealer(context.store, context.packs)
    matter = Matter(
        now=standing(seen.record, seen.pack, seen.now),
        reader=reader,
        events=[sealer.open(event) if shown else sealer.veil(event) for event in known],
        told=told,
        heard=heard,
        past=past,
        shown=shown,
        forgotten_at=_forgotten_at(context, subject, seen.record.customer),
        names=Names(context),
        senders=senders_of(context) if any(one.id.startswith(OURS) for one in seen.record.asks) else (),
    )
    return Found(matter, events, _ticks(events), version_of(seen).tag)


def as_known(
    context: Context, pack: Pack, subject: str, events: Sequence[Event], at: Micros
) -> tuple[Seen, list[Event]]:
    """Return a subject as it was known at a moment, and what was known by then; an empty record where nothing was.

    Args:
        context: The server's parts.
        pack: Of the subject.
        subject: Which.
        events: All its events.
        at: The moment.
    """
    known = heard_by(events, at)
    record = refold(pack, subject, known, heard_at(context.store, at), at)
    return Seen(record, pack, at, record.events), known


def watched(context: Context, subject: str) -> Version:
    """Return how a subject stands, for those who watch its page. Blocks."""
    seen = context.service.look(subject)
    return Version() if seen is None else version_of(seen)


def _ticks(events: Sequence[Event]) -> list[str]:
    """Return the moments at which something was heard, evenly thinned out where there are too many."""
    moments = sorted({max(event.heard_at, event.occurred_at) for event in events})
    if len(moments) > MOST_TICKS:
        step = (len(moments) - 1) / (MOST_TICKS - 1)
        moments = sorted({moments[round(number * step)] for number in range(MOST_TICKS)})
    return [format_instant(at) for at in moments]


def _forgotten_at(context: Context, subject: str, customer: str) -> Micros | None:
    """Return when the person was forgotten; `None`: they were not."""
    for name in (customer, subject):
        gone = context.store.get(GONE + name) if name else None
        if gone is not None:
            at: Micros = gone["at"] if isinstance(gone, dict) else gone
            return at
    return None


# ---------------------------------------------------------------------- what the customer sees


def customers_page(context: Context, seen: Seen, events: Sequence[Event], *, as_known: bool = False) -> dict[str, Any]:
    """Return what the customer's status page shows of a record, without anything that is personal. Blocks.

    Args:
        context: The server's parts.
        seen: The record, with its moment.
        events: The subject's events that the record was folded from.
        as_known: Whether only what had been heard by then counts for what was told, too.
    """
    reader = customers_reader(context, seen)
    machine, subject = prepare(seen.pack), seen.record.subject
    known = heard_by(events, seen.now) if as_known else [one for one in events if one.occurred_at <= seen.now]
    heard = heard_at(context.store, seen.now) if as_known else context.store.watermarks()
    told = judge_told(machine, subject, known, heard, seen.now, seen.record)
    sealer = Sealer(context.store, context.packs)
    sight = Sight(standing(seen.record, seen.pack, seen.now), reader)
    shown = Known(told=told, events=[sealer.veil(event) for event in known])
    return status_view(sight, shown, contact_of(context)) | {"locale": reader.locale}


def customers_reader(context: Context, seen: Seen) -> Reader:
    """Return how the customer of a record reads: their language and zone."""
    nobody = Link("", "", seen.record.subject, (), 0, 0)
    return reader_for(context, seen.record.customer, Asked(nobody))


def shown_as(view: dict[str, Any]) -> Markup:
    """Return what a status page shows as text alone: without links, without forms."""
    reader = Reader(view["language"], view["locale"], view["zone"])
    return Markup(render("transaction_status.html.j2", reader, v=view, now=view["at"]))  # noqa: S704 - our template


def with_message(
    context: Context, subject: str, message: str, channel: str, message_id: str
) -> tuple[Seen, list[Event]]:
    """Return a subject as it would stand if a message were told now, and the events of that. Nothing is written.

    Args:
        context: The server's parts.
        subject: Which.
        message: Name of the message.
        channel: Where it goes.
        message_id: The message's own id.

    Raises:
        KeyError: Nobody has heard of the subject, or its pack has no such message.
    """
    seen = context.service.look(subject)
    if seen is None:
        raise KeyError(subject)
    phase = told_phase(seen.pack.messages[message], channel)
    # It is told after everything that is known, the smallest step later.
    at = max(seen.now, seen.record.last) + 1
    data = {"id": message_id, "message": message, "channel": channel, "phase": phase}
    receipt = Event(JOURNAL, f"preview/{message_id}", RECEIPT, subject, at, at, data, tenant=seen.record.tenant)
    events = [*heard_by(context.store.events_of([subject])[subject], seen.now), receipt]
    record: Record = refold(seen.pack, subject, events, context.store.watermarks(), at)
    return Seen(record, seen.pack, at, record.events), events


def version(found_: Found, shown: Mapping[str, Any], *more: object) -> str:
    """Return the entity tag of a page: another one whenever it shows something else.

    What only grows with the time is left out (ages, harm): two answers that differ in it mean the same.

    Args:
        found_: What the page is made from.
        shown: All that it shows, as data.
        more: Whatever else it shows.
    """
    reader, now = found_.matter.reader, found_.matter.now.now
    # Moments are said as today's and yesterday's.
    today = datetime.fromtimestamp(now // SECOND, zone_of(reader.zone)).date().isoformat()
    lasting = {name: _lasting(value) for name, value in shown.items() if name != "at"}
    return tag_of(found_.tag, lasting, found_.ticks, reader.zone, reader.locale, today, *more, weak=True)


def _lasting(shown: Any) -> Any:
    """Return data without what changes by time alone."""
    if isinstance(shown, Mapping):
        return {name: _lasting(value) for name, value in shown.items() if name not in _GROWING}
    return [_lasting(one) for one in shown] if isinstance(shown, list | tuple) else shown
