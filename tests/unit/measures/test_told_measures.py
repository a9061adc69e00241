"""The measures of telling the truth, each against a slow and plain reading of its definition."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from tests.unit.measures.told_kit import (
    AS_OF,
    FIDELITY,
    FORETOLD,
    GATE,
    INFORMED,
    TRUTH,
    WHOLE,
    Events,
    a_past,
    many,
    one,
    opened,
    rows_of,
    talk,
)  # fmt: skip
from troth.engine.fold import refold
from troth.engine.machine import prepare
from troth.measures.interval import wilson
from troth.measures.question import Question, Tables
from troth.measures.registry import MEASURES, evidence
from troth.model.times import DAY, HOUR, MINUTE, SECOND
from troth.runtime.snapshot import measure, run
from troth.surfaces.views import figures


def test_no_figure_of_its_own_hides_a_column_that_all_measures_have(tables: Tables) -> None:
    common = ("segment", "value", "low", "high", "n", "unknown", "bound_low", "bound_high", "note")
    estimates = [estimate for name in MEASURES for estimate in measure(name, tables, WHOLE)]
    for estimate in estimates:
        printed = figures.row(estimate)
        assert [printed[name] for name in common] == [getattr(estimate, name) for name in common], estimate.measure
    assert any(estimate.unknown for estimate in estimates)


# ------------------------------------------------------------------ told truth


def test_told_truth_counts_verdicts(tables: Tables) -> None:
    rows = rows_of(tables, "tellings")
    counts = Counter(row["verdict"] for row in rows)
    found = one(TRUTH, tables)
    assert {name: found.figures[f"{name}_n"] for name in counts} == counts
    assert found.n == len(rows) - counts["doubtful"]
    assert found.unknown == counts["doubtful"] > 0
    assert found.value == pytest.approx(counts["honest"] / found.n, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(wilson(counts["honest"], found.n), abs=1e-12)
    assert found.bound_low == pytest.approx(counts["honest"] / len(rows))
    assert found.bound_high == pytest.approx((counts["honest"] + counts["doubtful"]) / len(rows))
    assert found.figures["unlucky"] == pytest.approx(counts["unlucky"] / len(rows))
    assert sum(found.figures[name] for name in counts) == pytest.approx(1)


def test_a_source_is_blamed_for_what_its_lateness_made_of_statements(tables: Tables) -> None:
    rows = rows_of(tables, "tellings")
    blamed: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["source"] and row["verdict"] in ("unlucky", "blind", "doubtful"):
            blamed[row["source"]].append(row)
    found = {row.segment["source"]: row for row in measure(TRUTH, tables, Question(by=("source",)))}
    assert set(found) == set(blamed) == {"floor"}
    for source, mine in blamed.items():
        estimate, lags = found[source], sorted(one["lag"] for one in mine)
        assert estimate.n == len(rows)
        assert estimate.value == pytest.approx(len(mine) / len(rows))
        false = sum(one["now"] == "false" for one in mine)
        turned = sum(one["verdict"] == "blind" and one["now"] == "true" for one in mine)
        named = ("late", "false", "worth_held", "worth_true")
        assert [estimate.figures[name] for name in named] == [len(mine), false, false, turned]
        # The smallest lag with at least half (nine tenths) of them at or below it.
        for name, share in (("lag_p50", 0.5), ("lag_p90", 0.9)):
            assert estimate.figures[name] == next(
                lag / SECOND for place, lag in enumerate(lags, 1) if place >= share * len(lags) - 1e-9
            )


def test_told_truth_by_message_and_channel_adds_up(tables: Tables) -> None:
    rows = rows_of(tables, "tellings")
    counts = Counter((row["message"], row["channel"]) for row in rows)
    found = measure(TRUTH, tables, Question(by=("message", "channel")))
    assert {(row.segment["message"], row.segment["channel"]): row.figures["told"] for row in found} == counts


def test_several_statements_of_one_subject_widen_the_interval() -> None:
    """Ten customers who heard the same lie ten times each are no hundred customers."""
    events = []
    for number in range(40):
        made = Events(f"order/{number}")
        made.add("desk", "order.placed", 0)
        if number % 2:
            made.add("floor", "order.done", HOUR, done=True)
        for hour in range(2, 12):
            made.tell("ready_note", hour * HOUR)
        events += made.made
    found = one(TRUTH, opened(events))
    assert found.n == 400
    assert found.low is not None
    assert found.high is not None
    wide = found.figures["cluster_high"] - found.figures["cluster_low"]
    assert wide > 2 * (found.high - found.low)


# ------------------------------------------------------------------ predictive fidelity


def _followed(row: Mapping[str, Any], tables: Tables) -> str:
    """Return what became of a telling, minute by minute from its state's history and the promise's moments."""
    states, promises = _states(), _promises(tables)
    subject, told_at = row["subject"], row["told_at"]
    if row["statement"] == "by_then":
        promise = promises[subject]
        limit = promise["first_limit"]
        if limit > AS_OF:
            return "open"
        return "followed" if promise["kept_at"] is not None and promise["kept_at"] < limit else "not_followed"
    valid = {"ready": 3 * DAY, "soon": 2 * DAY}.get(row["statement"])
    until = AS_OF if valid is None else told_at + valid
    seen = [states[subject](moment) for moment in range(told_at, min(until, AS_OF), MINUTE)]
    if row["statement"] == "soon":
        for state in seen:
            if state == "done":
                return "followed"
            if state == "gone":
                return "not_followed"
        return "undecidable" if "unknown" in seen else "not_followed"
    home = {"ready": "done", "cancelled": "gone"}[row["statement"]]
    if any(state not in (home, "unknown") for state in seen):
        return "not_followed"
    return "undecidable" if "unknown" in seen else "followed"


def _states() -> dict[str, Any]:
    """Return subject → function of the moment that tells its state."""
    machine = prepare(talk())
    heard = dict.fromkeys(("desk", "floor", "mailer"), AS_OF)
    made: dict[str, Any] = {}
    for number in range(40):
        record = refold(machine, f"order/{number}", a_past(number), heard, AS_OF)
        spans = [(span.since, span.value) for span in record.states]

        def at(moment: int, spans: list[tuple[int, str]] = spans) -> str:
            return [name for since, name in spans if since <= moment][-1]

        made[record.subject] = at
    return made


def _promises(tables: Tables) -> dict[str, Any]:
    return {row["subject"]: row for row in run(tables.promises).to_pylist()}


def test_predictive_fidelity_is_its_definition() -> None:
    tables = opened(many(40))
    rows = [row for row in rows_of(tables, "tellings") if row["statement"] != "pending"]
    expected = Counter(
        (row["statement"], _followed(row, tables)) for row in rows if row["statement"] != "cancelled"
    )  # fmt: skip
    found = measure(FORETOLD, tables, WHOLE)
    got = Counter(
        {
            (row.figures["kind"], part): row.figures[part]
            for row in found
            if row.figures["kind"] != "cancelled"
            for part in ("followed", "not_followed", "undecidable")
            if row.figures[part]
        }
    )
    assert got == expected
    assert {row.figures["kind"]: row.figures["implies"] for row in found} == {
        "by_then": "promise",
        "soon": "moves_on",
        "ready": "stays",
        "cancelled": "stays",
    }
    for row in found:
        decided = row.figures["followed"] + row.figures["not_followed"]
        assert row.n == decided
        assert row.value == (row.figures["followed"] / decided if decided else None)


def test_what_is_followed_early_does_not_flatter() -> None:
    events = []
    for number in range(10):
        made = Events(f"order/{number}")
        made.add("desk", "order.placed", AS_OF - 10 * HOUR)
        made.add("floor", "order.packed", AS_OF - 9 * HOUR)
        made.tell("soon_note", AS_OF - 8 * HOUR)
        if number < 5:
            made.add("floor", "order.done", AS_OF - 7 * HOUR, done=True)
        events += made.made
    row = one(FORETOLD, opened(events))
    assert (row.value, row.n, row.figures["early"], row.figures["open"]) == (None, 0, 5, 5)


def test_a_status_without_end_that_is_not_followed_is_a_bound() -> None:
    endless = talk()
    statements = {**endless.statements}
    statements["soon"] = replace(statements["soon"], valid_for=None)
    pack = replace(endless, statements=statements)
    events = []
    for number in range(10):
        made = Events(f"order/{number}")
        made.add("desk", "order.placed", 0)
        made.add("floor", "order.packed", HOUR)
        made.tell("soon_note", 2 * HOUR)
        if number < 6:
            made.add("floor", "order.done", 9 * HOUR, done=True)
        events += made.made
    row = one(FORETOLD, opened(events, pack))
    assert (row.value, row.n, row.unknown, row.figures["endless"]) == (1.0, 6, 4, 4)
    assert (row.bound_low, row.bound_high) == (0.6, 1.0)


def test_a_promise_told_before_it_was_moved_is_held_against_its_own_window() -> None:
    made = Events("order/1")
    made.add("desk", "order.placed", 0)
    made.tell("date_note", HOUR)
    made.add("desk", "order.moved", 30 * HOUR, due="1970-01-05T00:00:00Z")
    made.tell("date_note", 31 * HOUR)
    made.add("floor", "order.done", 3 * DAY, done=True)
    tables = opened(made.made)
    first, second = sorted(rows_of(tables, "tellings"), key=lambda row: row["told_at"])
    assert (first["followed"], first["due_at"]) == ("no", 2 * DAY)
    assert (second["followed"], second["due_at"], second["followed_at"]) == ("yes", 4 * DAY, 3 * DAY)


def test_status_by_age_splits_the_tellings(tables: Tables) -> None:
    whole = {row.figures["kind"]: row.n for row in measure(FORETOLD, tables, WHOLE)}
    parts: Counter[str] = Counter()
    for row in measure(FORETOLD, tables, Question(by=("age",))):
        parts[row.figures["kind"]] += row.n
        assert row.segment["age"][0] in "123456"
    assert parts == whole


# ------------------------------------------------------------------ informativeness


def test_always_pending_cannot_win() -> None:
    """Whoever only ever says that it has the order is perfectly faithful, and helps nobody."""
    pending, telling = (_always("pending_note"), _always("date_note"))
    faithful, kept = one(FIDELITY, pending), one(FIDELITY, telling)
    assert faithful.value is not None
    assert faithful.value == kept.value
    assert faithful.value > 0.99
    assert one(INFORMED, pending).value == 0
    helped = one(INFORMED, telling).value
    assert helped is not None
    assert helped > 0.99


def _always(says: str) -> Tables:
    """Return the tables of customers who are told one thing, once, and wait for a day."""
    events = []
    for number in range(40):
        made = Events(f"order/{number}")
        made.add("desk", "order.placed", 0)
        made.tell(says, MINUTE)
        made.add("floor", "order.done", DAY, done=True)
        events += made.made
    return opened(events)


def test_informativeness_is_its_definition_minute_by_minute(tables: Tables) -> None:
    helped: dict[str, set[int]] = defaultdict(set)
    perhaps: dict[str, set[int]] = defaultdict(set)
    for row in rows_of(tables, "beliefs"):
        minutes = range(row["since"], row["until"], MINUTE)
        if row["helps"] == "true":
            helped[row["subject"]].update(minutes)
        if row["helps"] != "false":
            perhaps[row["subject"]].update(minutes)
    lives: Counter[str] = Counter()
    for row in run(tables.spans).to_pylist():
        lives[row["subject"]] += (row["until"] - row["since"]) // MINUTE
    sure = sum(len(minutes) for minutes in helped.values())
    doubt = sum(len(perhaps[subject] - helped[subject]) for subject in perhaps)
    found = one(INFORMED, tables)
    assert doubt > 0
    assert found.value == pytest.approx(sure / (lives.total() - doubt), abs=1e-12)
    assert found.figures["hours"] == pytest.approx(lives.total() / 60)
    assert found.bound_low == pytest.approx(sure / lives.total())
    assert found.bound_high == pytest.approx((sure + doubt) / lives.total())
    own = [len(helped[name]) / (total - len(perhaps[name] - helped[name])) for name, total in lives.items()]
    assert found.figures["mean"] == pytest.approx(sum(own) / len(own))


# ------------------------------------------------------------------ gate quality


def _asked(made: Events, name: str, message: str, at: int, outcome: str, codes: Iterable[str] = ()) -> None:
    sends = message if outcome == "SEND" else ""
    asked: dict[str, Any] = {"id": name, "message": message, "outcome": outcome, "codes": list(codes), "sends": sends}
    made.add("troth", "troth.decided", at, **asked, channel="mail")


def test_gate_quality_is_a_confusion_of_decisions_against_later_truth(tables: Tables) -> None:
    cells = Counter((row["message"], row["outcome"], row["now"]) for row in rows_of(tables, "asks"))
    for row in measure(GATE, tables, WHOLE):
        kind = row.figures["kind"]
        assert row.figures["mode"] == "replayed"
        for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS"):
            for truth in ("true", "false", "unknown"):
                assert row.figures[f"{outcome.lower()}_{truth}"] == cells[kind, outcome, truth]
        own = [one for one in rows_of(tables, "asks") if one["message"] == kind]
        true = [one for one in own if one["now"] == "true"]
        held = [one for one in true if one["outcome"] == "HOLD" and _for_truth(one)]
        stopped = [one for one in true if one["outcome"] in ("REPLACE", "SUPPRESS") and _for_truth(one)]
        sent = [one for one in own if one["outcome"] == "SEND" and one["now"] != "unknown"]
        false = [one for one in sent if one["now"] == "false"]
        for name, part, of in (
            ("false_hold", held, true),
            ("false_suppress", stopped, true),
            ("false_send", false, sent),
        ):
            assert row.figures[name] == (pytest.approx(len(part) / len(of)) if of else None)
            if of:
                assert row.figures[f"{name}_low"] == pytest.approx(wilson(len(part), len(of))[0])  # type: ignore[index]


def _for_truth(row: Mapping[str, Any]) -> bool:
    return bool(row["codes"]) and all(code[:2] in ("G3", "G4", "G6") for code in row["codes"].split())


def test_decisions_that_senders_got_are_judged_at_their_own_moment() -> None:
    made = Events("order/1")
    made.add("desk", "order.placed", 0)
    made.add("floor", "order.done", 2 * HOUR, 5 * HOUR, done=True)
    _asked(made, "m1", "ready_note", HOUR, "HOLD", ["G302"])
    _asked(made, "m1", "ready_note", 3 * HOUR, "HOLD", ["G302"])
    _asked(made, "m1", "ready_note", 6 * HOUR, "SEND")
    _asked(made, "m2", "soon_note", 7 * HOUR, "SUPPRESS", ["G301", "G101"])
    made.add("troth", "troth.confirmed", 6 * HOUR + MINUTE, id="m1")
    made.add(
        "troth", "troth.receipt", 7 * HOUR, id="m1", message="ready_note", phase="sent", channel="mail",
    )  # fmt: skip
    tables = opened(made.made)
    rows = sorted(rows_of(tables, "asks"), key=lambda row: row["decided_at"])
    assert [(row["outcome"], row["then"], row["now"], row["mode"], row["confirmed"]) for row in rows] == [
        ("HOLD", "false", "false", "enforced", False),
        ("HOLD", "false", "true", "enforced", False),
        ("SEND", "true", "true", "enforced", True),
        ("SUPPRESS", "false", "false", "enforced", False),
    ]
    ready = one(GATE, tables, kind="ready_note", mode="enforced")
    assert [ready.figures[name] for name in ("right_send", "right_stop", "false_hold")] == [1, 1, 0.5]
    assert ready.value == pytest.approx(2 / 3)
    assert ready.n == 3
    assert (ready.figures["bypass"], ready.figures["bypass_n"]) == (0.0, 1)
    soon = one(GATE, tables, kind="soon_note")
    assert (soon.figures["other"], soon.n, soon.value) == (1, 0, None)


def test_bypasses_are_a_share_of_the_messages_of_gated_classes(tables: Tables) -> None:
    rows = {row["message_id"] + row["subject"]: row for row in rows_of(tables, "tellings")}
    gated = [row for row in rows.values() if row["message"] == "ready_note"]
    assert {row["permit"] for row in gated} == {"bypass"}
    assert {row["permit"] for row in rows.values() if row["message"] != "ready_note"} == {""}
    found = one(GATE, tables, kind="ready_note")
    assert (found.figures["bypass"], found.figures["bypass_n"]) == (1.0, len(gated))
    listed = run(evidence(GATE, tables, WHOLE, {}, "bypass", "ready_note"))
    assert listed.num_rows == len(gated)
