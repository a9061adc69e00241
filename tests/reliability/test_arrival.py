"""Permutations, repetitions and delays of the same reports end in one state hash, the same verdicts, and measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.every_pack import every_pack, machine_of
from tests.properties.test_order_of_arrival import fed_in_bulk, folded
from tests.properties.test_unknown_never_sends import _UNLIMITED, request
from tests.reliability.conftest import Figures
from tests.unit.measures.builders import Shelf
from troth.customers.contact import check_contact
from troth.engine.gate import CHECKS, decide
from troth.engine.machine import Machine
from troth.errors import MeasureError
from troth.measures.question import Question
from troth.measures.registry import MEASURES
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime.snapshot import measure, open_tables
from troth.testing.builders import START
from troth.testing.strategies import END, GRID, MOMENTS, Feeding, events_of, moments_near, watermarks_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
whole = pytest.mark.reliability
_WAYS = 10
_AS_OF = END + 4 * GRID


def verdicts(machine: Machine, record: Record, now: Micros) -> dict[str, tuple[Any, ...]]:
    """Return what the gate says of every message, with all its reasons and what a permit rests on."""
    found = {}
    for message in machine.pack.messages.values():
        asked = request(machine.pack, message, record, now)
        one = decide(machine, record, _UNLIMITED, asked, now, (check_contact, *CHECKS))
        found[message.name] = (one.outcome, one.sends, one.reasons, one.permit, one.recheck_at)
    return found


def fed(events: Sequence[Event], heard: Mapping[str, Micros], now: Micros, random: Random) -> list[Feeding]:
    """Return one way in which events may arrive: in any order, some again, in batches at several moments."""
    order = [*events, *random.choices(events, k=random.randrange(4))]
    random.shuffle(order)
    cuts = sorted(random.sample(range(1, len(order)), min(len(order) - 1, random.randrange(5)))) if order[1:] else []
    batches = [tuple(order[start:end]) for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    moments = sorted(START + random.randrange(MOMENTS) * GRID for _ in batches[1:])
    early = [
        Feeding(batch, {source: min(mark, moment) for source, mark in heard.items()}, min(moment, now))
        for batch, moment in zip(batches, moments, strict=False)
    ]
    return [*early, Feeding(batches[-1], heard, now)]


@pytest.mark.parametrize("stories", [pytest.param(6, id="sample"), pytest.param(1_000, id="whole", marks=whole)])
@every_pack
def test_every_order_of_arrival_ends_in_one_hash_and_the_same_verdicts(
    name: str, stories: int, figures: Figures
) -> None:
    machine, tally = machine_of(name), Counter[str]()
    at_once, somehow = list[Record](), list[Record]()

    @settings(max_examples=stories, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        events = data.draw(events_of(machine.pack, at_most=10))
        heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
        random, subject = Random(data.draw(st.integers(0, 2**32))), events[0].subject
        expected = folded(machine, subject, events, heard, now)
        said = verdicts(machine, expected, now)
        for _ in range(_WAYS):
            record = fed_in_bulk(machine, fed(events, heard, now, random))[subject]
            assert record_hash(record) == record_hash(expected)
            assert verdicts(machine, record, now) == said
        # Each story is a subject of its own to the measures, which are asked for later.
        named, later = f"{subject}-{tally['stories']}", Feeding((), heard, _AS_OF)
        at_once.append(msgspec.structs.replace(folded(machine, subject, events, heard, _AS_OF), subject=named))
        record = fed_in_bulk(machine, [*fed(events, heard, now, random), later])[subject]
        somehow.append(msgspec.structs.replace(record, subject=named))
        tally["stories"] += 1
        tally["permutations"] += _WAYS
        tally["verdicts compared"] += _WAYS * len(said)
        tally["of them SEND"] += _WAYS * sum(outcome == "SEND" for outcome, *_ in said.values())

    check()
    if machine.pack.messages:
        assert tally["of them SEND"], "nothing could ever be sent"
    tally["estimates compared"] = _measured_alike(machine, at_once, somehow)
    figures(f"orders of arrival, pack {name}", {**tally, "other hashes": 0, "other verdicts": 0, "other measures": 0})


def _measured_alike(machine: Machine, some: list[Record], others: list[Record]) -> int:
    """Check that every measure says the same of two sets of records; return how many estimates were compared."""
    found: list[list[Any]] = []
    for records in (some, others[::-1]):
        tables = open_tables(cast(Ledger, Shelf(records)), {machine.pack.name: machine.pack}, _AS_OF)
        estimates: list[Any] = []
        for name in MEASURES:
            try:
                estimates += measure(name, tables, Question())
            except MeasureError as error:
                estimates.append(error.problems[0].code)
        found.append(estimates)
    assert found[0] == found[1]
    return len(found[0])
