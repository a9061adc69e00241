"""A subject as staff are shown it: plain data, from which the page is rendered and which `.json` answers. Pure."""

from __future__ import annotations

from typing import Any

from troth.model.times import format_instant
from troth.surfaces.views.card import card
from troth.surfaces.web.transaction.answer import answer
from troth.surfaces.web.transaction.boxes import believed, boxes
from troth.surfaces.web.transaction.evidence import facts
from troth.surfaces.web.transaction.failures import cases, ends, under_way
from troth.surfaces.web.transaction.judged import told
from troth.surfaces.web.transaction.matter import Matter
from troth.surfaces.web.transaction.pledges import clock, promises
from troth.surfaces.web.transaction.story import page_of, story
from troth.surfaces.web.transaction.telling import channels, choices
from troth.surfaces.web.transaction.ways import ways


def view(matter: Matter, *, page: str = "") -> dict[str, Any]:
    """Return all that the page shows.

    Args:
        matter: The subject, and who reads.
        page: Which page of the story is asked for; empty: the last.
    """
    record, found = matter.record, ends(matter)
    said, told_of = answer(matter, found), choices(matter)
    corrects = any(one["corrects"] for one in told_of)
    return {
        "subject": record.subject,
        "noun": matter.pack.subject,
        "pack": matter.pack.name,
        "customer": record.customer,
        "at": format_instant(matter.now.now),
        "past": matter.past,
        "answer": said | {"ways": ways(matter, said["standing"], tells=bool(told_of), corrects=corrects)},
        "boxes": boxes(matter),
        "story": page_of(story(matter) if matter.known else [], page),
        "facts": facts(matter),
        "believed": believed(matter),
        "told": [told(matter, one) for one in matter.told],
        "promises": promises(matter),
        "clock": clock(matter),
        "cases": cases(matter, found),
        "messages": under_way(matter),
        "choices": told_of,
        "channels": channels(matter),
        "findings": card(record, matter.now.machine, matter.moments)["findings"] if matter.known else [],
        "attributes": {name: attribute.value for name, attribute in record.attributes.items()},
        "personal": {"shown": matter.shown, "forgotten_at": matter.moments.text(matter.forgotten_at)},
        "events": record.events,
    }
