"""From a link to all that its page shows: the record, what was told, what was asked, and what is personal."""

from __future__ import annotations

from typing import Any

import msgspec

from troth.engine.fold import refold
from troth.model.times import FOREVER
from troth.runtime import proof
from troth.runtime.hindsight import told_of
from troth.runtime.links import ACT, Link
from troth.runtime.privacy import Sealer
from troth.runtime.service import Seen
from troth.surfaces.api.context import Context
from troth.surfaces.api.paging import tag_of
from troth.surfaces.views.standing import standing
from troth.surfaces.web.live import Version
from troth.surfaces.web.locales import Reader, reader_of
from troth.surfaces.web.status.sight import Sight, is_late
from troth.surfaces.web.status.view import Known, view


class Asked(msgspec.Struct, frozen=True):
    """How somebody asks for a page.

    Attributes:
        link: By which link.
        lang: The language asked for; empty: none.
        accepted: The header Accept-Language.
        proved: Whether they have shown who they are.
    """

    link: Link
    lang: str = ""
    accepted: str = ""
    proved: bool = False


class Page(msgspec.Struct, frozen=True):
    """What a page is rendered from.

    Attributes:
        view: All that it shows.
        reader: Who reads.
        tag: Its version.
        topic: The version that a stream would tell.
    """

    view: dict[str, Any]
    reader: Reader
    tag: str
    topic: str


def read(context: Context, asked: Asked) -> Page | None:
    """Return what a link shows now; `None`: no pack has such subjects. Blocks.

    Args:
        context: The server's parts.
        asked: By which link, and by whom.
    """
    seen = seen_of(context, asked.link.subject)
    if seen is None:
        return None
    customer = seen.record.customer
    reader = reader_for(context, customer, asked)
    known = _known(context, seen, asked)
    sight = Sight(standing(seen.record, seen.pack, seen.now), reader, proved=asked.proved)
    shown = view(sight, known, contact_of(context))
    fixed = {name: value for name, value in shown.items() if name != "at"}
    return Page(shown, reader, tag_of(fixed, reader.locale, weak=True), version_of(seen).tag)


def seen_of(context: Context, subject: str) -> Seen | None:
    """Return a subject as it stands; one that nobody has heard of as one without events; `None`: it has no pack."""
    seen = context.service.look(subject)
    if seen is not None:
        return seen
    pack = context.packs.get(context.nouns.pack_of(subject))
    if pack is None:
        return None
    now = context.now()
    return Seen(refold(pack, subject, (), context.store.watermarks(), now), pack, now, 0)


def watched(context: Context, subject: str) -> Version:
    """Return how a subject stands, for those who watch it. Blocks."""
    seen = seen_of(context, subject)
    return Version() if seen is None else version_of(seen)


def version_of(seen: Seen) -> Version:
    """Return how a subject stands: another version whenever its page shows something else."""
    record = seen.record
    facts = [(fact.status, fact.value, fact.conflict) for fact in record.facts]
    late = [is_late(promise, seen.now) for promise in record.promises]
    tag = tag_of(
        record.digest, record.events, facts, record.states, record.alignment, record.beliefs, record.promises, late,
        record.cases, record.messages,
    ).strip('"')  # fmt: skip
    windows = [window for promise in record.promises for window in promise.windows]
    dues = [window.due for window in windows if window.due is not None and seen.now < window.due < FOREVER]
    return Version(tag, min([record.wake_at, *dues], default=FOREVER), bool(record.unheard))


def reader_for(context: Context, customer: str, asked: Asked) -> Reader:
    """Return who reads: in their language as the request says, else the customer's record; in the customer's zone."""
    told = _facts_of(context, customer)
    zone = str(told.get("zone") or context.settings.zone)
    return reader_of(asked.lang, asked.accepted, zone, str(told.get("language") or ""))


def contact_of(context: Context) -> dict[str, str]:
    """Return how a person is reached."""
    settings = context.settings
    return {
        "firm": settings.firm,
        "phone": settings.contact_phone,
        "email": settings.contact_email,
        "hours": settings.contact_hours,
    }


def personal_for(context: Context, seen: Seen) -> dict[str, str]:
    """Return what is personal about a subject, in clear. Blocks."""
    return proof.personal_of(context.store, context.packs, seen.record.subject, seen.record.customer)


def _known(context: Context, seen: Seen, asked: Asked) -> Known:
    """Return what is known of a subject beside its record; in clear only what the reader may see."""
    store, subject, link = context.store, asked.link.subject, asked.link
    personal = personal_for(context, seen)
    sealer = Sealer(store, context.packs)
    events = store.events_of([subject])[subject]
    right = [name for name in seen.pack.page.proof if proof.expected([name], personal, subject)]
    return Known(
        told=told_of(store, seen.pack, subject, seen.now),
        events=[sealer.open(event) if asked.proved else sealer.veil(event) for event in events],
        personal=personal if asked.proved else {},
        proofs=right,
        locked=not proof.allowed(store, link, seen.now),
        spent=proof.spent(store, link),
        may_act=ACT in link.may,
    )


def _facts_of(context: Context, customer: str) -> dict[str, Any]:
    """Return the known facts of a customer's record; none where nothing is known of them."""
    if not customer:
        return {}
    seen = context.service.look(customer)
    if seen is None:
        return {}
    pairs = zip(seen.pack.facts, seen.record.facts, strict=True)
    return {fact.name: fact_view.value for fact, fact_view in pairs if fact_view.status == "known"}
