"""What a page of the dashboard says in its first sentence is what its cards say, with the figures."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from troth.measures.period import Period
from troth.measures.standing import MET, MISSED, OPEN, Standing
from troth.model.estimate import Estimate
from troth.model.objective import Objective
from troth.model.times import DAY, SECOND, format_instant, parse_instant
from troth.runtime import catalog
from troth.surfaces.web.dashboard import pictures, sentences, view
from troth.surfaces.web.dashboard.asked import Asked
from troth.surfaces.web.dashboard.dips import dip
from troth.surfaces.web.dashboard.fields import fields
from troth.surfaces.web.dashboard.figuring import Found, Points, chosen
from troth.surfaces.web.dashboard.numbers import Numbers
from troth.surfaces.web.dashboard.parts import layout_of
from troth.surfaces.web.dashboard.scene import Scene, head
from troth.surfaces.web.dashboard.span import moment, span_of
from troth.surfaces.web.dashboard.words import Words
from troth.surfaces.web.locales import Reader

AT = parse_instant("2026-03-21T10:00:00Z")
WORDS = Words(Reader("en", "en", "UTC"))
PACK = catalog.load("store_pickup").compiled.require()


def scene(**asked: str) -> Scene:
    """Return what a page is about."""
    return Scene(WORDS, Asked(**asked), span_of(Asked(**asked), AT, "UTC"), PACK, "store_pickup")


def estimate(kind: str = "ready_by", value: float = 0.95, n: int = 400, **more: Any) -> Estimate:
    """Return an estimate whose interval is two points to each side."""
    one = Estimate("promise_reliability", {}, value, value - 0.02, value + 0.02, n, 0, None, None, AT,
                   {"kind": kind, "pack": "store_pickup"})  # fmt: skip
    return msgspec.structs.replace(one, **more)


def standing(kind: str, verdict: str, **more: Any) -> Standing:
    """Return where an objective of a kind of promise stands."""
    objective = Objective(kind, "promise_reliability", 0.95, kind=kind, over=28 * DAY)
    one = Standing(
        pack="store_pickup", objective=objective, segment={}, value=0.9, low=0.88, high=0.92, n=696, unknown=0,
        bound_low=0.9, bound_high=0.9, subjects=696, verdict=verdict, unit="promises", allowed=34, used=69,
        burn_fast=None, burn_slow=None, n_slow=0, alert=False, since=AT - 28 * DAY, as_of=AT,
    )  # fmt: skip
    return msgspec.structs.replace(one, **more)


def found(*now: Estimate, stand: tuple[Standing, ...] = (), **more: Any) -> Found:
    """Return what was worked out."""
    return Found("promise_reliability", now, more.pop("before", {}), more.pop("trends", {}), standings=stand, at=AT)


def test_a_missed_objective_stands_on_its_card_though_its_kind_has_nothing_in_the_period() -> None:
    stand = (standing("ready_by", MISSED), standing("keep_on_shelf", MET))
    seen = view.overview(scene(over="7d"), [found(estimate("keep_on_shelf", n=18), stand=stand)])
    (card,) = seen["measures"]
    assert seen["answer"].startswith("“Ready by the promised moment” misses its objective")
    assert card["badge"] == {"state": "broken", "word": "Objective missed over 28 days"}
    assert [(aim["title"], aim["word"]) for aim in card["aims_shown"]] == [
        ("Ready by the promised moment", "Missed"), ("Kept on the shelf for 7 days", "Met"),
    ]  # fmt: skip
    assert card["aims_shown"][0]["value"]["text"] == "90 %"


def test_of_several_objectives_the_sentence_is_about_the_one_that_is_missed() -> None:
    kept, late = estimate("keep_on_shelf", n=900), estimate("ready_by")
    stand = (standing("keep_on_shelf", MET), standing("ready_by", MISSED))
    assert chosen([kept, late], Asked(), stand) is late
    assert chosen([kept, late], Asked(kind="keep_on_shelf"), stand) is kept
    assert chosen([kept, late], Asked(), (standing("keep_on_shelf", MET), standing("ready_by", OPEN))) is kept


def test_that_an_objective_has_a_period_of_its_own_is_said_where_another_one_is_chosen() -> None:
    stand = (standing("ready_by", MISSED),)
    apart = {over: view.card(scene(over=over), found(estimate(), stand=stand))["aim"]["apart"]
             for over in ("28d", "90d", "all")}  # fmt: skip
    badges = [view.card(scene(over=over), found(estimate(), stand=stand))["badge"]["word"] for over in ("28d", "90d")]
    assert badges == ["Objective missed", "Objective missed over 28 days"]
    assert apart == {"28d": "", "90d": "90 days", "all": "all of it"}


def weekly(*values: float) -> Points:
    """Return a trend by week up to the moment looked at."""
    ends = [AT - (len(values) - 1 - place) * 7 * DAY for place in range(len(values))]
    return Points(tuple(Period(end - 7 * DAY, end) for end in ends), tuple(estimate(value=value) for value in values))


def test_what_got_better_with_a_plunge_in_between_is_not_simply_better() -> None:
    key = ("ready_by", "")
    before = {key: estimate(value=0.80)}
    plunged = found(estimate(value=0.9), before=before, trends={key: weekly(0.95, 0.6, 0.7, 0.95)})
    card = view.card(scene(step="week"), plunged)
    assert card["direction"]["way"] == "better"
    assert (card["direction"]["dip"]["label"], card["direction"]["dip"]["value"]["text"]) == ("7 Mar 2026", "60 %")
    assert card["badge"] == {"state": "closed", "word": "Better, but not all along"}
    assert sentences.verdicts([card])["better"] == []
    steady = found(estimate(value=0.9), before=before, trends={key: weekly(0.88, 0.9, 0.79, 0.92)})
    card = view.card(scene(step="week"), steady)
    assert (card["direction"]["dip"], card["badge"]["word"]) == (None, "Better")
    assert sentences.verdicts([card])["better"] == ["Promises kept"]


def test_a_plunge_before_the_period_is_none_of_the_period() -> None:
    key = ("ready_by", "")
    numbers = Numbers(WORDS, "promise_reliability", Asked(), span_of(Asked(step="week"), AT, "UTC"), AT)
    earlier = estimate(value=0.8)
    one = found(estimate(value=0.9), trends={key: weekly(0.2, 0.9, 0.9, 0.9, 0.9)})
    assert dip(numbers, one, one.now[0], earlier) is None


def test_steps_before_the_period_are_shaded_and_said_to_be() -> None:
    key = ("ready_by", "")
    values = [0.9] * 13
    days = [AT - (12 - place) * DAY for place in range(13)]
    points = Points(tuple(Period(end - DAY, end) for end in days), tuple(estimate(value=one) for one in values))
    trend = view.card(scene(over="7d"), found(estimate(), trends={key: points}))["trend"]
    assert pictures.begins_of(trend["rows"], AT - 7 * DAY) == 6
    assert trend["chart"]["title"].endswith("shaded: before the period chosen")
    assert 'class="before"' in trend["chart"]["wide"]
    whole = view.card(scene(over="28d", step="day"), found(estimate(), trends={key: points}))["trend"]
    assert "shaded" not in whole["chart"]["title"]
    assert 'class="before"' not in whole["chart"]["wide"]


def test_rows_of_other_legs_read_as_stretches_of_time_without_a_stray_comma() -> None:
    said = [sentences.about("exception_closure", "Not ready", leg) for leg in sentences.LEGS]
    assert said[0] == "Not ready, until somebody takes care of it"
    assert set(sentences.SPANS) == set(sentences.LEGS)
    assert all(text.endswith(tuple("abcdefghijklmnopqrstuvwxyz")) for text in said)


def test_how_often_customers_spoke_up_has_no_unit_of_time() -> None:
    layout = layout_of("exception_closure", "broke_closed")
    (line,) = [one for one in layout.told if one.figure == "contacts_per_case"]
    assert (line.form, WORDS.of(line.form, 0.0446)) == ("rate", "0.04")
    left_out = [one.figure for one in (*layout.lines, *layout.told) if "false alarms not counted" in one.label]
    assert left_out == ["found_first", "contacts_per_case"]


def test_notes_are_in_plain_words_and_say_nothing_twice() -> None:
    one = estimate(note="insufficient data; p50 not reached; competing endings: quantiles of the cumulative incidence")
    (note,) = view.card(scene(), found(one))["notes"]
    assert note.startswith("Who ended otherwise")


@given(st.integers(0, 4_000_000_000_000_000), st.sampled_from(["UTC", "Asia/Kolkata", "America/Phoenix"]))
def test_a_moment_in_a_form_is_in_the_readers_zone_and_is_the_same_when_it_is_sent_again(at: int, zone: str) -> None:
    field = fields(Asked(at=format_instant(at)), zone)["at"]
    assert field["type"] == "datetime-local"
    assert at <= moment(field["value"], zone) < at + 1_000


def test_a_date_stays_a_date_in_its_field_and_what_is_no_moment_can_be_mended() -> None:
    found = fields(Asked(since="2026-03-04", until="soon", vs_since="2026-03-04T10:00", at="2026-03-04"), "UTC")
    assert found == {
        "from": {"type": "date", "value": "2026-03-04"}, "to": {"type": "text", "value": "soon"},
        "vs_from": {"type": "datetime-local", "value": "2026-03-04T10:00:00"}, "vs_to": {"type": "date", "value": ""},
        "at": {"type": "date", "value": "2026-03-04"},
    }  # fmt: skip
    assert fields(Asked(), "UTC")["at"] == {"type": "datetime-local", "value": ""}


def test_the_end_of_a_day_is_said_of_the_day_that_ends() -> None:
    seen = head(msgspec.structs.replace(scene(), span=span_of(Asked(at="2026-03-04"), AT, "UTC")), "/measures")
    assert seen["at"] == "2026-03-05T00:00:00Z"
    assert "4" in seen["known"]
    assert "end of day" in seen["known"]
    assert "5" not in seen["known"]
    assert seen["period"]["days"].endswith("4 Mar 2026")


def test_dates_that_are_compared_with_are_named() -> None:
    asked = {"since": "2026-03-08", "vs": "dates", "vs_since": "2026-03-02", "vs_until": "2026-03-07"}
    said = view.card(scene(**asked), found(estimate()))["direction"]
    assert said["against"] == "the dates to compare with, 2 Mar 2026 to 7 Mar 2026"
    assert said["says"] == f"Nothing was there in {said['against']}."


def test_where_half_are_not_there_yet_the_sentence_counts_of_how_many() -> None:
    one = Estimate("exception_closure", {}, None, None, None, 244, 0, None, None, AT,
                   {"kind": "silence", "pack": "store_pickup", "leg": "broke_closed", "done": 3})  # fmt: skip
    said = view.card(scene(), Found("exception_closure", (one,), {}, {}, at=AT))["sentence"]
    assert f"{said['lead']} {said['value']['n']['text']} {said['tail']}" == (
        "Less than half of 244 cases “The customer has not been told” were put right for good so far"
    )


def test_a_silent_feed_is_told_with_how_long_a_silence_is_usual() -> None:
    silent = msgspec.structs.replace(scene(), stale=[("the till", AT - 8 * DAY, 600 * SECOND), ("post", None, DAY)])
    told = [(one["since"], one["patience"]) for one in head(silent, "/measures")["stale"]]
    assert told == [("8 days", "10 min"), ("", "1 d")]
