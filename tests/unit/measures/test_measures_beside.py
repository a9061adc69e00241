"""What stands beside fidelity, promises and closure, each against a slow and plain reading of its definition."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tests.unit.measures.told_kit import (
    AS_OF,
    CLOSURE,
    FIDELITY,
    FORETOLD,
    GATE,
    INFORMED,
    PROMISES,
    TRUTH,
    WHOLE,
    Events,
    one,
    opened,
    rows_of,
    talk,
    with_told,
)  # fmt: skip
from troth.engine.cases.kinds import COMPLAINT
from troth.measures.interval import wilson
from troth.measures.promise_word import ALPHA
from troth.measures.question import AttributeColumn, Question, Tables
from troth.measures.registry import MEASURES, evidence
from troth.model.estimate import Estimate
from troth.model.times import DAY, HOUR, MINUTE, SECOND
from troth.runtime.snapshot import measure, run

# ------------------------------------------------------------------ status fidelity, beside


def test_exposure_counts_messages_of_which_every_statement_was_true(tables: Tables) -> None:
    truths: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows_of(tables, "tellings"):
        truths[row["subject"], row["message_id"]].add(row["now"])
    so = Counter(
        "false" if "false" in said else "unknown" if "unknown" in said else "true" for said in truths.values()
    )  # fmt: skip
    figures = one(FIDELITY, tables).figures
    assert figures["exposed"] == pytest.approx(so["true"] / (so["true"] + so["false"]))
    assert (figures["exposed_n"], figures["exposed_unknown"]) == (so["true"] + so["false"], so["unknown"])
    assert figures["exposed_bound_low"] == pytest.approx(so["true"] / so.total())


@pytest.mark.parametrize("channel", ["", "mail", "app"])
def test_the_age_of_incorrect_information_is_what_a_clock_would_show(tables: Tables, channel: str) -> None:
    """Every minute the age is read off: how long what is believed has been false, and 0 while it is not."""
    ages: list[float] = []
    peaks: list[int] = []
    for row in rows_of(tables, "topics"):
        if not row["message_id"] or (channel and row["channel"] != channel):
            continue
        since = row["wrong_since"]
        moments = range(row["since"], row["until"], MINUTE)
        ages += [0 if since is None else (moment + MINUTE / 2 - since) / SECOND for moment in moments]
        if row["peak"]:
            peaks.append(row["until"] - row["wrong_since"])
    if channel:
        (found,) = [
            row for row in measure(FIDELITY, tables, Question(by=("channel",))) if row.segment["channel"] == channel
        ]  # fmt: skip
    else:
        found = one(FIDELITY, tables)
    assert found.figures["age_mean"] == pytest.approx(sum(ages) / len(ages), rel=1e-9)
    assert found.figures["age_mean_low"] < found.figures["age_mean"] < found.figures["age_mean_high"]
    assert found.figures["peaks"] == len(peaks)
    ordered = sorted(peaks)
    assert found.figures["age_peak_p95"] == next(
        peak / SECOND for place, peak in enumerate(ordered, 1) if place >= 0.95 * len(ordered) - 1e-9
    )


def test_propagation_counts_states_told_in_time(tables: Tables) -> None:
    parts: Counter[str] = Counter()
    for row in rows_of(tables, "changes"):
        if row["tell_by"] > AS_OF:
            continue
        if row["told_at"] is not None:
            parts["in_time" if row["told_at"] <= row["tell_by"] else "late"] += 1
        elif row["until"] is None or row["until"] > row["tell_by"]:
            parts["never"] += 1
    figures = one(FIDELITY, tables).figures
    assert parts["late"]
    assert {name: figures[f"told_{name}"] for name in parts} == parts
    assert figures["propagated"] == pytest.approx(parts["in_time"] / parts.total())
    assert (figures["propagated_low"], figures["propagated_high"]) == pytest.approx(
        wilson(parts["in_time"], parts.total())
    )


def test_fidelity_by_topic_is_the_share_of_its_own_time(tables: Tables) -> None:
    times: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows_of(tables, "topics"):
        times[row["topic"]][row["alignment"]] += row["until"] - row["since"]
    found = {row.segment["topic"]: row for row in measure(FIDELITY, tables, Question(by=("topic",)))}
    assert set(found) == set(times) == {"pickup", "date"}
    for topic, spent in times.items():
        assert found[topic].value == spent["aligned"] / spent.total()
        assert found[topic].figures["ahead"] == spent["ahead"] / spent.total()
        assert found[topic].figures["propagated"] is None


def test_splitting_a_stretch_of_time_changes_nothing(tables: Tables) -> None:
    whole = one(FIDELITY, tables)
    halves = []
    for row in rows_of(tables, "topics"):
        middle = (row["since"] + row["until"]) // 2
        halves += [{**row, "until": middle, "peak": False}, {**row, "since": middle}]
    topics = pa.Table.from_pylist(halves, schema=run(tables.told("topics")).schema)
    pieces = []
    for row in rows_of(tables, "beliefs"):
        middle = (row["since"] + row["until"]) // 2
        pieces += [{**row, "until": middle}, {**row, "since": middle}]
    beliefs = pa.Table.from_pylist(pieces, schema=run(tables.told("beliefs")).schema)
    cut = with_told(tables, topics=topics, beliefs=beliefs)
    again = one(FIDELITY, cut)
    for name in ("age_mean", "age_peak_p95", "peaks", "exposed"):
        assert again.figures[name] == pytest.approx(whole.figures[name], rel=1e-9)
    by = Question(by=("topic", "channel"))
    assert [row.value for row in measure(FIDELITY, cut, by)] == [row.value for row in measure(FIDELITY, tables, by)]
    assert one(INFORMED, cut).value == one(INFORMED, tables).value


# ------------------------------------------------------------------ promises and cases


def test_told_first_is_before_due_and_before_they_had_to_ask() -> None:
    """Packed news is a word on another topic; a new date told in time is one on this."""
    told, asked, silent = (Events(f"order/{number}") for number in range(3))
    for made in (told, asked, silent):
        made.add("desk", "order.placed", 0)
        made.tell("date_note", HOUR)
    for made in (told, asked):
        made.add("desk", "order.moved", 30 * HOUR, due="1970-01-05T00:00:00Z")
        made.tell("date_note", 31 * HOUR)
    asked.add("troth", "troth.complaint", 20 * HOUR, id="c1")
    tables = opened([*told.made, *asked.made, *silent.made])
    row = one(PROMISES, tables)
    assert (row.figures["told_first"], row.figures["asked_first"], row.figures["told_nothing"]) == (
        pytest.approx(1 / 3), 1, 1,
    )  # fmt: skip
    # The new date was given at 30 h, and told in time.
    assert row.figures["lead_p50"] == (2 * DAY - 30 * HOUR) / SECOND
    listed = run(evidence(PROMISES, tables, WHOLE, {}, "told_first", "in_time")).to_pylist()
    assert [one["subject"] for one in listed] == ["order/0"]


def test_the_interval_score_is_width_plus_what_was_missed(tables: Tables) -> None:
    scores = []
    for row in run(tables.promises).to_pylist():
        if row["outcome"] not in ("kept", "late", "broken") or row["first_limit"] > AS_OF:
            continue
        width = (row["first_due"] - row["opens_at"]) / HOUR
        came = AS_OF if row["kept_at"] is None else row["kept_at"]
        miss = max(0.0, (came - row["first_due"]) / HOUR)
        scores.append(width + 2 / ALPHA * miss)
    row = one(PROMISES, tables)
    assert row.figures["interval_score"] == pytest.approx(sum(scores) / len(scores), rel=1e-9)
    assert row.figures["score_n"] == len(scores)
    assert row.figures["interval_score_low"] < row.figures["interval_score"] < row.figures["interval_score_high"]


def test_neither_padding_nor_promising_too_much_wins() -> None:
    """Everything is ready after 24 hours: of three windows the one that just holds has the best score."""
    tight, wide, missed = (_score(hours) for hours in (25, 60, 10))
    assert tight < wide
    assert tight < missed


def _score(hours: int) -> float:
    """Return the interval score of a window of so many hours."""
    kinds = {"in_time": {"made_by": "order.placed", "due": {"after": f"{hours}h"}, "kept_when": "done"}}
    events = []
    for number in range(30):
        made = Events(f"order/{number}")
        made.add("desk", "order.placed", number * MINUTE)
        made.add("floor", "order.done", DAY, done=True)
        events += made.made
    found: float = one(PROMISES, opened(events, talk(promises=kinds))).figures["interval_score"]
    return found


def test_a_case_is_closed_when_it_is_in_alignment_again() -> None:
    kinds = {"wrong": {"of": "contradiction", "after": "30m", "dwell": "1h"}}
    events = []
    for number in range(30):
        made = Events(f"order/{number}")
        made.add("desk", "order.placed", 0)
        made.tell("ready_note", HOUR)
        if number < 20:
            made.add("floor", "order.done", (3 + number) * HOUR, done=True)
        if number >= 25:
            made.add("troth", "troth.complaint", 2 * HOUR, id="c1")
        events += made.made
    tables = opened(events, talk(cases=kinds))
    cases = [row for row in run(tables.cases).to_pylist() if row["kind"] == "wrong"]
    ends = Counter(row["closed_as"] for row in cases)
    found = one(CLOSURE, tables, kind="wrong", leg="broke_closed")
    assert found.n == 30
    assert found.figures["done"] == ends["clean"]
    assert found.figures["unclean"] == ends["unclean"]
    assert ends.total() == 30
    times = sorted(
        row["closed_at"] - row["broke_at"] for row in cases if row["closed_as"] == "clean"
    )  # fmt: skip
    if len(times) >= 15:
        assert found.value == times[14] / SECOND
    legs = {row.figures["leg"] for row in measure(CLOSURE, tables, WHOLE) if row.figures["kind"] == "wrong"}
    assert {"broke_detected", "broke_closed"} <= legs
    assert found.figures["contacts"] == 5
    assert found.figures["contacts_per_case"] == pytest.approx(5 / 30)
    complaints = [row for row in measure(CLOSURE, tables, WHOLE) if row.figures["kind"] == COMPLAINT]
    assert {row.figures["found_first"] for row in complaints} == {0.0}


# ------------------------------------------------------------------ all of them


@pytest.mark.parametrize("name", [TRUTH, FORETOLD, INFORMED, GATE])
def test_of_nothing_there_is_no_row(name: str) -> None:
    assert measure(name, opened([]), WHOLE) == []


@pytest.mark.parametrize("name", [TRUTH, FORETOLD, INFORMED, GATE, FIDELITY, PROMISES, CLOSURE])
def test_figures_are_those_of_the_page_and_every_part_can_be_listed(tables: Tables, name: str) -> None:
    definition = MEASURES[name].definition
    found = measure(name, tables, WHOLE)
    for row in found:
        assert set(row.figures) <= set(definition.columns), name
    for part in definition.parts:
        for row in found[:2]:
            kind = row.figures.get("kind") or row.figures["pack"]
            listed = run(evidence(name, tables, WHOLE, row.segment, part, kind))
            assert listed.schema.names[0] == "subject"


@pytest.mark.parametrize("name", [TRUTH, FORETOLD, INFORMED, GATE, FIDELITY])
def test_the_order_of_rows_changes_no_digit(tables: Tables, name: str) -> None:
    turned = with_told(
        tables,
        **{
            one: pa.Table.from_pylist(rows_of(tables, one)[::-1], schema=run(tables.told(one)).schema)
            for one in ("tellings", "topics", "beliefs", "changes", "asks")
        },
    )
    assert measure(name, turned, WHOLE) == measure(name, tables, WHOLE)


def test_without_what_was_told_the_figures_beside_are_null(tables: Tables) -> None:
    blank = dataclasses.replace(tables, further=None)
    row = one(FIDELITY, blank)
    assert row.value == one(FIDELITY, tables).value
    assert row.figures["exposed"] is None
    assert one(PROMISES, blank).figures["told_first"] is None
    assert measure(TRUTH, blank, WHOLE) == []


def _weighed(tables: Tables) -> tuple[Tables, dict[str, int]]:
    """Return the tables with two attributes: a weight of 1 to 3, and which half a subject is of."""
    subjects = run(tables.subjects).drop_columns(["a:w", "a:half"] if "a:w" in tables.subjects.columns else [])
    names = subjects.column("subject").to_pylist()
    weights = {name: 1 + int(name.removeprefix("order/")) % 3 for name in names}
    held = subjects.append_column("a:w", pa.array([weights[name] for name in names], pa.int64()))
    held = held.append_column("a:half", pa.array(["odd" if int(name[6:]) % 2 else "even" for name in names]))
    attributes = {"w": AttributeColumn("a:w", "int64"), "half": AttributeColumn("a:half", "string")}
    return dataclasses.replace(tables, subjects=ibis.memtable(held), attributes=attributes), weights


def test_a_weight_counts_a_subject_so_often(tables: Tables) -> None:
    held, weights = _weighed(tables)
    question = Question(weight="w")
    counts: Counter[str] = Counter()
    for row in rows_of(tables, "tellings"):
        counts[row["verdict"]] += weights[row["subject"]]
    told = one(TRUTH, held, question)
    assert told.value == pytest.approx(counts["honest"] / (counts.total() - counts["doubtful"]))
    assert told.n == one(TRUTH, tables).n
    assert told.figures["n_effective"] < told.figures["told"]
    rows = [row for row in rows_of(tables, "topics") if row["message_id"]]
    area = time = 0.0
    for row in rows:
        length = (row["until"] - row["since"]) / SECOND
        ages = [0.0 if row["wrong_since"] is None else (at - row["wrong_since"]) / SECOND for at in _ends(row)]
        area += weights[row["subject"]] * (ages[1] ** 2 - ages[0] ** 2) / 2
        time += weights[row["subject"]] * length
    assert one(FIDELITY, held, question).figures["age_mean"] == pytest.approx(area / time)


def _ends(row: dict[str, Any]) -> tuple[int, int]:
    return row["since"], row["until"]


@pytest.mark.parametrize("name", [TRUTH, FORETOLD, INFORMED, GATE, FIDELITY, PROMISES])
def test_segments_are_the_measure_of_their_own_subjects(tables: Tables, name: str) -> None:
    held, _ = _weighed(tables)
    halves = measure(name, held, Question(by=("half",)))
    for half in ("odd", "even"):
        alone = held.only(held.subjects.filter(held.subjects["a:half"] == half))
        own = {_kind(row): (row.value, row.low, row.high, row.n) for row in measure(name, alone, WHOLE)}
        found = {
            _kind(row): (row.value, row.low, row.high, row.n) for row in halves if row.segment["half"] == half
        }  # fmt: skip
        assert found == own


def _kind(row: Estimate) -> str:
    return str(row.figures.get("kind", ""))
