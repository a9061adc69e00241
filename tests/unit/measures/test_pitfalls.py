"""Each pitfall of the measures: the naive figure is computed and is wrong, and ours is right.

docs/explanation/pitfalls.md links each of these by its name.
"""

from __future__ import annotations

import math
import statistics
from datetime import datetime
from typing import Any

import ibis
import pytest

from tests.unit.measures import told_kit
from tests.unit.measures.builders import AS_OF, a_promise, a_record, opened
from troth.measures.question import Question, Tables
from troth.measures.tables import cluster_of
from troth.model.estimate import Estimate
from troth.model.record import Record, Window
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros, local_instant
from troth.runtime.snapshot import measure
from troth.testing.conformance.measures import world as worlds_of
from troth.testing.conformance.measures.world import World

RELIABILITY, FIDELITY, WAIT = "promise_reliability", "status_fidelity", "time_to_usable_outcome"
TRUTH, GATE = "told_truth", "gate_quality"


def _one(name: str, tables: Tables, **question: Any) -> Estimate:
    (row,) = measure(name, tables, Question(**question))
    return row


def _by(name: str, tables: Tables, attribute: str) -> dict[Any, Estimate]:
    return {row.segment[attribute]: row for row in measure(name, tables, Question(by=(attribute,)))}


def test_survivors_only() -> None:
    """As in a public log of city requests: of the closed ones nearly all were in time; the late ones are open."""
    closed = ["kept"] * 336 + ["late"] * 14
    promises = [a_promise(outcome, kept_at=9 * DAY if outcome == "kept" else 12 * DAY) for outcome in closed]
    promises += [a_promise("broken")] * 610
    naive = closed.count("kept") / len(closed)
    ours = _one(RELIABILITY, opened([a_record(n, promises=[one]) for n, one in enumerate(promises)]))
    assert naive == 0.96
    assert (ours.value, ours.n) == (0.35, 960)


def test_re_promising_counted_as_kept() -> None:
    """A carrier that moves the date on the last day keeps every date it gave last."""
    moved = (Window(10 * DAY, 0, "first", "a"), Window(20 * DAY, 11 * DAY, "slip", "b"))
    told = (Window(10 * DAY, 0, "first", "a"), Window(20 * DAY, DAY, "renegotiated", "b"))
    promises = [a_promise("kept")] * 40
    promises += [a_promise("late", windows=moved, renegotiated="late", kept_at=15 * DAY)] * 30
    promises += [a_promise("late", windows=told, renegotiated="kept", kept_at=15 * DAY)] * 30
    naive = statistics.mean(
        (one.kept_at if one.kept_at is not None else 0) <= (one.windows[-1].due or 0) for one in promises
    )
    ours = _one(RELIABILITY, opened([a_record(n, promises=[one]) for n, one in enumerate(promises)]))
    assert naive == 1.0
    assert ours.value == 0.4
    # Those who were told in time are shown beside it, and the slips are not among them.
    assert (ours.figures["renegotiated_value"], ours.figures["renegotiation_gap"]) == (0.7, pytest.approx(0.3))


def test_segments_ranked_on_five_cases() -> None:
    """Twelve shops that are all alike: the worst by its share is the smallest, and means nothing."""
    shops = {f"shop{n}": (190 + n % 3, 200) for n in range(11)} | {"tiny": (3, 5)}
    records = [
        a_record(f"{shop}{n}", promises=[a_promise("kept" if n < kept else "broken")], attributes={"shop": shop})
        for shop, (kept, number) in shops.items()
        for n in range(number)
    ]
    naive = min(shops, key=lambda shop: shops[shop][0] / shops[shop][1])
    ours = _by(RELIABILITY, opened(records), "shop")
    assert naive == "tiny"
    tiny = ours["tiny"]
    assert (tiny.value, tiny.n, tiny.note) == (0.6, 5, "insufficient data")
    assert "rank" not in tiny.figures
    assert tiny.figures["pooled"] > 0.85, "five cases say little against what eleven shops like it are known to be"
    assert min(row.figures["q"] for row in ours.values() if row.figures["q"] is not None) > 0.5


def test_averages_of_ratios() -> None:
    """Ninety orders of a good shop and ten of a bad one: a customer's chance is not the mean of the shops."""
    records = [
        a_record(f"{shop}{n}", promises=[a_promise(outcome)], attributes={"shop": shop})
        for shop, outcome, number in (("good", "kept", 90), ("bad", "broken", 10))
        for n in range(number)
    ]
    tables = opened(records)
    naive = statistics.mean(float(row.value or 0) for row in _by(RELIABILITY, tables, "shop").values())
    assert naive == 0.5
    assert _one(RELIABILITY, tables).value == 0.9


def test_stopping_the_clock_at_sent() -> None:
    """Everything is shipped after a day; what customers wait for comes after six, or not at all."""
    came = [a_record(n, [("placed", 0), ("shipped", DAY), ("delivered", 6 * DAY + n * HOUR)]) for n in range(40)]
    lost = [a_record(f"lost{n}", [("placed", 0), ("shipped", DAY)]) for n in range(30)]
    records = came + lost
    naive = statistics.median(
        next(span.since for span in record.states if span.value == "shipped") for record in records
    )
    ours = _one(WAIT, opened(records))
    assert naive == DAY
    assert ours.value is not None
    assert ours.value * SECOND == 6 * DAY + 34 * HOUR, "the thirty-fifth of seventy"
    assert ours.figures["p90"] is None, "and so many never come that nobody can say when nine of ten have it"


def test_local_times_across_zones_or_a_clock_change() -> None:
    """Subtracting what two clocks on the wall show is wrong by the zones, and by the hour that a spring night lacks."""

    def wait(start: datetime, here: str, end: datetime, there: str) -> tuple[float, float]:
        requested, delivered = local_instant(start, here), local_instant(end, there)
        records = [
            a_record(
                n,
                [("placed", requested), ("delivered", delivered)],
                requested_at=requested,
                at=delivered + DAY,
            )
            for n in range(30)
        ]
        ours = _one(WAIT, opened(records, delivered + DAY))
        return (end - start).total_seconds() / 3600, float(ours.value or 0) / 3600

    evening = datetime(2026, 3, 28, 20)  # noqa: DTZ001  what a clock on the wall shows has no zone
    assert wait(evening, "Europe/Berlin", evening.replace(day=29), "Europe/Berlin") == (24.0, 23.0)
    morning = datetime(2026, 3, 28, 9)  # noqa: DTZ001
    assert wait(morning, "America/New_York", morning.replace(hour=19), "Europe/London") == (10.0, 6.0)


def test_counting_messages_instead_of_time() -> None:
    """Nine true messages within an hour, then one false one that is believed for four weeks."""
    past = told_kit.Events("order/1")
    past.add("desk", "order.placed", 0)
    for number in range(9):
        past.tell("pending_note", (number + 1) * MINUTE)
    past.tell("gone_note", DAY)
    tables = told_kit.opened(past.made)
    naive = _one(TRUTH, tables).value
    ours = _one(FIDELITY, tables)
    assert naive == 0.9
    assert ours.figures["ahead"] == pytest.approx(29 / 30)
    assert ours.value is not None
    assert ours.value < 1 / 30


def _told_by_the_planner() -> list[Any]:
    """Return orders of which the planner says `done` and the mailer repeats it; half are done three hours later."""
    events = []
    for number in range(40):
        past = told_kit.Events(f"order/{number}")
        past.add("desk", "order.placed", 0)
        past.add("planner", "order.done", HOUR, done=True)
        past.tell("ready_note", HOUR + MINUTE)
        past.add("floor", "order.done", HOUR if number % 2 else 4 * HOUR, done=True)
        events += past.made
    return events


def test_truth_inferred_from_the_very_feed_that_fed_the_message() -> None:
    """Judged by the feed that it was written from, every message is true."""

    def judged_by(source: str) -> Estimate:
        facts = {**told_kit.TALK["more_facts"], "done": {"type": "bool", "authority": [[source]], "otherwise": False}}
        sources = {**told_kit.TALK["sources"], "planner": {}}
        pack = told_kit.talk(more_facts=facts, sources=sources)
        return _one(TRUTH, told_kit.opened(_told_by_the_planner(), pack))

    naive, ours = judged_by("planner"), judged_by("floor")
    assert naive.value == 1.0
    assert (ours.value, ours.n) == (0.5, 40)
    assert ours.figures["careless_n"] == 20


def _telling(number: int, permit: str, truth: str) -> dict[str, Any]:
    return {
        "subject": f"parcel/{number}", "pack": "parcel", "message_id": "1", "message": "ready", "channel": "email",
        "statement": "is_ready", "topic": "pickup", "told_at": DAY, "then": truth, "now": truth,
        "verdict": "honest" if truth == "true" else "careless", "source": "", "event_id": "", "lag": 0,
        "permit": permit, "state_then": "ready", "state_now": "ready", "promises": False, "age": None, "implies": "",
        "due_at": None, "followed": "", "followed_at": None,
    }  # fmt: skip


def _subject(number: int, **changes: Any) -> dict[str, Any]:
    name = f"parcel/{number}"
    return {
        "subject": name, "pack": "parcel", "cluster": cluster_of(name), "requested_at": 0, "entry": 0,
        "observed_until": AS_OF, "outcome": "open", "outcome_at": None, "undated": False, "clock_until": AS_OF,
        "state": "placed", "a:shop": None, "a:express": None, "a:w": None, **changes,
    }  # fmt: skip


def _tables(**rows: list[dict[str, Any]]) -> Tables:
    return worlds_of.opened(World(rows), worlds_of.duckdb(ibis.duckdb.connect()))


def test_only_messages_that_passed_the_gate() -> None:
    """Messages with a permit were checked; the false ones left by another door."""
    tellings = [_telling(n, "permitted", "true") for n in range(60)]
    tellings += [_telling(n, "bypass", "false" if n % 2 else "true") for n in range(60, 100)]
    asks = [
        {
            "subject": one["subject"], "pack": "parcel", "message_id": "1", "message": "ready", "channel": "email",
            "decided_at": DAY, "outcome": "SEND", "sends": "ready", "codes": "", "for_truth": False, "then": "true",
            "now": "true", "mode": "enforced", "permitted": True, "confirmed": True, "left": True,
        }
        for one in tellings if one["permit"] == "permitted"
    ]  # fmt: skip
    passed = [one for one in tellings if one["permit"] == "permitted"]
    naive = statistics.mean(one["now"] == "true" for one in passed)
    tables = _tables(subjects=[_subject(n) for n in range(100)], tellings=tellings, asks=asks)
    assert naive == 1.0
    assert _one(TRUTH, tables).value == 0.8
    gate = _one(GATE, tables)
    assert (gate.figures["bypass"], gate.figures["bypass_n"]) == (0.4, 100)
    assert _one(FIDELITY, _tables(subjects=_lives(), spans=_spans(), tellings=tellings)).figures["exposed"] == 0.8


def _lives() -> list[dict[str, Any]]:
    return [_subject(n) for n in range(100)]


def _spans() -> list[dict[str, Any]]:
    whole = {"since": 0, "until": AS_OF, "alignment": "aligned", "about": ""}
    return [{"subject": f"parcel/{n}", **whole} for n in range(100)]


def test_immortal_time() -> None:
    """Orders that were upgraded while they waited had to be still waiting: counted from the request they look slow.

    All orders wait alike, ten days times a unit exponential, upgraded or not.
    """
    waits = [round(-10 * DAY * math.log(1 - (n + 0.5) / 30)) for n in range(30)]
    upgrades = [round(20 * DAY * (n + 0.5) / 30) for n in range(30)]
    cohort = [(wait, since) for wait in waits for since in upgrades if since < wait]
    truth = 10 * math.log(2)
    naive = statistics.median(wait for wait, _ in cohort) / DAY

    def median(entries: list[Micros]) -> float:
        subjects = [
            _subject(n, outcome="usable", outcome_at=wait, entry=entry)
            for n, ((wait, _), entry) in enumerate(zip(cohort, entries, strict=True))
        ]
        return float(_one(WAIT, _tables(subjects=subjects)).value or 0) * SECOND / DAY

    assert naive > 1.5 * truth
    assert median([0] * len(cohort)) == pytest.approx(naive, rel=0.05)
    assert median([since for _, since in cohort]) == pytest.approx(truth, rel=0.1)


def test_immortal_time_is_noted_where_a_segment_is_known_only_later() -> None:
    def upgraded(number: int) -> Record:
        return a_record(number, attributes={"upgraded": True}, requested_at=-1)

    row = _one(WAIT, opened([upgraded(n) for n in range(30)]), by=("upgraded",))
    assert "upgraded is known only after the request for 30 subjects" in row.note
