"""Known then and known now: honest, careless, lucky, unlucky, blind, doubtful, and whose report was late."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.engine.cases_kit import PLACED, done, said, sent, talking
from tests.unit.engine.kit import SUBJECT, a_pack, moment
from troth.engine.fold import refold
from troth.engine.hindsight import judge_told, verdict_of
from troth.engine.machine import prepare
from troth.model.event import Event
from troth.model.hindsight import VERDICTS, Hindsight
from troth.model.times import MINUTE

PACK = prepare(talking())
NOTE = sent("30m", "ready_note")


def judged(events: Sequence[Event], now: str = "9h", heard: dict[str, str] | None = None) -> tuple[Hindsight, ...]:
    """Return what is found of everything told."""
    marks = {source.name: moment(now) for source in PACK.pack.sources}
    marks |= {source: moment(mark) for source, mark in (heard or {}).items()}
    return judge_told(PACK, SUBJECT, events, marks, moment(now))


@pytest.mark.parametrize(
    ("told", "verdict", "source", "lag"),
    [
        ([done("10m")], "honest", "", 0),
        ([], "careless", "", 0),
        ([done("10m", heard="50m")], "lucky", "", 0),
        ([done("10m"), done("20m", False, heard="50m")], "unlucky", "floor", 30 * MINUTE),
        ([done("10m", None), done("20m", heard="50m")], "blind", "floor", 30 * MINUTE),
        ([done("10m", None), done("20m", False, heard="50m")], "blind", "floor", 30 * MINUTE),
        ([done("10m", None)], "blind", "", 0),
        ([done("10m"), done("20m", None, heard="50m")], "doubtful", "floor", 30 * MINUTE),
    ],
)
def test_a_statement_is_judged_as_known_then_and_as_known_now(
    told: list[Event], verdict: str, source: str, lag: int
) -> None:
    (found,) = judged([PLACED, *told, NOTE])
    assert (found.verdict, found.source, found.lag) == (verdict, source, lag)
    assert (found.statement, found.message, found.channel, found.told_at) == (
        "ready",
        "ready_note",
        "mail",
        30 * MINUTE,
    )
    assert verdict in VERDICTS


def test_what_happened_after_the_telling_does_not_count() -> None:
    (found,) = judged([PLACED, done("10m"), done("31m", False), NOTE])
    assert found.verdict == "honest"


def test_of_several_late_reports_the_one_that_turned_it_is_named() -> None:
    """The clerk's report was late too, and changed nothing."""
    late = [done("20m", False, heard="50m"), said("15m", "clerk", "spot.seen", heard="2h", spot="A")]
    (found,) = judged([PLACED, done("10m"), *late, NOTE])
    assert (found.verdict, found.source, found.event_id) == ("unlucky", "floor", late[0].id)


def test_a_feed_that_was_not_heard_is_named_with_how_far_it_was_behind() -> None:
    (found,) = judged([PLACED, NOTE], heard={"floor": "10m"})
    assert (found.then, found.now, found.verdict) == (None, None, "blind")
    assert (found.source, found.event_id, found.lag) == ("floor", "", 20 * MINUTE)


def test_a_report_that_is_corrected_later_was_wrong_all_the_time() -> None:
    wrong = done("10m")
    fix = said("1h", "floor", "event.corrected", heard="2h", corrects=wrong.id)
    (found,) = judged([PLACED, wrong, fix, NOTE])
    assert (found.then, found.now, found.verdict) == (True, False, "unlucky")
    assert (found.source, found.event_id, found.lag) == ("floor", fix.id, 90 * MINUTE)


def test_a_receipt_that_is_heard_late_is_no_late_evidence_about_its_own_message() -> None:
    (found,) = judged([PLACED, done("10m"), sent("30m", "ready_note", heard="5h")])
    assert found.verdict == "honest"


def test_a_promising_statement_is_judged_by_its_promise() -> None:
    pack = prepare(
        a_pack(
            promises={"today": {"made_by": {"message": "today_note"}, "due": {"after": "1h"}, "kept_when": "done"}},
            statements={
                "by_today": {"about": "when", "promise": "today", "fails_when": "!placed", "title": "Today."},
                "is_done": {"about": "when", "true_when": "done", "title": "It is done."},
            },
            messages={
                "today_note": {
                    "purpose": "promise",
                    "statements": ["by_today"],
                    "told_at": {"*": "delivered"},
                    "replace": {"*": "done_note"},
                },
                "done_note": {
                    "purpose": "inform",
                    "statements": ["is_done"],
                    "told_at": {"*": "delivered"},
                    "replace": {"*": "today_note"},
                },
            },
        )
    )
    data = {"message": "today_note", "id": "m", "channel": "mail"}
    told = Event("carrier", "r", "message.delivered", SUBJECT, 30 * MINUTE, 2 * moment("1h"), data)
    marks = {source.name: moment("9h") for source in pack.pack.sources}
    (found,) = judge_told(pack, SUBJECT, [PLACED, told], marks, moment("9h"))
    assert (found.then, found.now, found.verdict) == (True, True, "honest")


def test_the_record_at_hand_gives_the_same_and_nothing_told_gives_nothing() -> None:
    events = [PLACED, done("10m"), done("20m", False, heard="50m"), NOTE, sent("40m", "wait")]
    marks = {source.name: moment("9h") for source in PACK.pack.sources}
    record = refold(PACK, SUBJECT, events, marks, moment("9h"))
    with_record = judge_told(PACK, SUBJECT, events, marks, moment("9h"), record)
    assert with_record == judged(events)
    assert [one.verdict for one in with_record] == ["unlucky", "lucky"]
    assert judged([PLACED]) == ()


def test_every_pair_of_truths_has_its_verdict() -> None:
    truths = (True, False, None)
    found = {(then, now): verdict_of(then, now) for then in truths for now in truths}
    assert found == {
        (True, True): "honest",
        (True, False): "unlucky",
        (True, None): "doubtful",
        (False, True): "lucky",
        (False, False): "careless",
        (False, None): "careless",
        (None, True): "blind",
        (None, False): "blind",
        (None, None): "blind",
    }
