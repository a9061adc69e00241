"""Hypothesis strategies for what people and the live writer do to cases and promises: journal events, sensible or not.

Ids of cases come from a small pool, so that an event finds a case, finds none, or comes before the case is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

from troth.engine.cases.kinds import COMPLAINT
from troth.engine.journal import JOURNAL
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import Micros, format_instant
from troth.testing.strategies import GRID, moments

CASE_IDS: Final = ("c1", "c2", "c3")
CONTACT_IDS: Final = ("k1", "k2")
_ACTS: Final = ("owned", "released", "informed", "remedied", "closed", "reopened", "noted")
_BY: Final = ("system", "associate", "customer")


def abouts_of(pack: Pack) -> tuple[str, ...]:
    """Return what cases of a pack may be about: topics, actions, facts, promises, complaints, nothing."""
    topics = {statement.about for statement in pack.statements.values()}
    return tuple(
        dict.fromkeys(
            ("", *sorted(topics), *pack.actions, *(one.name for one in pack.promises), pack.facts[0].name, *CONTACT_IDS)
        )
    )


@st.composite
def _opening(draw: st.DrawFn, pack: Pack, subjects: Sequence[str]) -> Event:
    """Draw the announcement of a case."""
    kinds = (*(kind.name for kind in pack.cases), COMPLAINT, "no such kind")
    occurred_at = draw(moments())
    data = {
        "case": draw(st.sampled_from(CASE_IDS)),
        "by": draw(st.sampled_from(_BY)),
        "kind": draw(st.sampled_from(kinds)),
        "about": draw(st.sampled_from(abouts_of(pack))),
    }
    if draw(st.booleans()):
        data["opened_at"] = format_instant(occurred_at - draw(st.integers(0, 2)) * GRID)
    return _event(draw, "troth.case.opened", data, occurred_at, subjects)


@st.composite
def _act(draw: st.DrawFn, pack: Pack, subjects: Sequence[str], after: Micros) -> Event:
    """Draw something that people do or say, soon after a moment."""
    what = draw(st.sampled_from(("complaint", "reply", "closed", "promised", *_ACTS)))
    occurred_at = after + draw(st.integers(-1, 4)) * GRID
    if what in ("complaint", "reply"):
        data = {"id": draw(st.sampled_from(CONTACT_IDS)), "channel": "phone"}
        return _event(draw, f"troth.{what}", data, occurred_at, subjects)
    if what == "promised":
        kinds = (*(kind.name for kind in pack.promises), "no such kind")
        due = format_instant(occurred_at + draw(st.integers(-1, 3)) * GRID)
        promise = {"kind": draw(st.sampled_from(kinds)), "due": due, "basis": {"level": 0.9}}
        return _event(draw, "troth.promised", promise, occurred_at, subjects)
    data = {"case": draw(st.sampled_from(CASE_IDS)), "by": "ann"}
    if what == "closed" and not draw(st.integers(0, 3)):
        data["how"] = "void"
    if what == "noted" and draw(st.booleans()):
        data["case"] = ""
    return _event(draw, f"troth.case.{what}", data, occurred_at, subjects)


def _event(draw: st.DrawFn, name: str, data: dict[str, Any], at: Micros, subjects: Sequence[str]) -> Event:
    """Return a journal event, now and then one that cannot be read."""
    return Event(
        source=JOURNAL,
        id=f"j{draw(st.integers(1, 40))}",
        type=name,
        subject=draw(st.sampled_from(list(subjects))),
        occurred_at=at,
        heard_at=at,
        data=data if draw(st.integers(0, 19)) else {},
    )


@st.composite
def journals_of(draw: st.DrawFn, pack: Pack, *, subjects: Sequence[str] = (), at_most: int = 6) -> list[Event]:
    """Draw journal events about cases of a pack.

    Args:
        draw: Hypothesis's.
        pack: The pack.
        subjects: Whom they are about; one subject named by the pack's noun when omitted.
        at_most: How many acts at most, beside the announcements.
    """
    whom = tuple(subjects) or (f"{pack.subject}/1",)
    openings = draw(st.lists(_opening(pack, whom), min_size=1, max_size=3))
    first = min(event.occurred_at for event in openings)
    return [*openings, *draw(st.lists(_act(pack, whom, first), max_size=at_most))]
