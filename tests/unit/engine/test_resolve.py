"""Observation → fact: authority, freshness, settle, tolerance, progress, echoes, silence, retraction."""

from __future__ import annotations

from typing import Any

from tests.unit.engine.kit import Told, a_pack, fact, fold, state
from troth.model.pack import Pack


def reading(**declared: Any) -> Pack:
    """Return a pack with one fact `level` that three sources report, declared as given."""
    return a_pack(
        sources={"desk": {}, "floor": {}, "carrier": {}, "copy": {"copies": "floor"}},
        more_facts={"level": {"type": "int", "authority": [["floor"], ["desk"]], **declared}},
        more_events={
            "level.read": {"observe": {"level": "data.level"}},
            "level.withdrawn": {"retract": ["level"]},
        },
    )


def test_the_highest_tier_decides_and_a_lower_one_stands_in_while_it_is_silent() -> None:
    """Authority is a tier, not a vote."""
    pack = reading()
    low = ("1m", "desk", "level.read", {"level": 1})
    high = ("0m", "floor", "level.read", {"level": 2})
    assert fact(pack, fold(pack, [low], "5m"), "level").value == 1
    assert fact(pack, fold(pack, [low, high], "5m"), "level").value == 2


def test_a_source_without_authority_is_evidence_and_never_decides() -> None:
    """The carrier is no authority for the level."""
    pack = reading()
    assert fact(pack, fold(pack, [("1m", "carrier", "level.read", {"level": 9})], "5m"), "level").status == "missing"


def test_an_observation_goes_stale_by_its_own_age_and_shows_its_last_value() -> None:
    """Freshness is half-open: at exactly fresh_for it is stale."""
    pack = reading(fresh_for="10m")
    told = [("0m", "floor", "level.read", {"level": 2})]
    assert fact(pack, fold(pack, told, "9m59s"), "level").status == "known"
    stale = fact(pack, fold(pack, told, "10m"), "level")
    assert (stale.status, stale.value) == ("stale", 2)


def test_a_stale_authority_leaves_the_word_to_the_next_tier() -> None:
    """Of each source the latest fresh observation counts."""
    pack = reading(fresh_for="10m")
    told = [("0m", "floor", "level.read", {"level": 2}), ("5m", "desk", "level.read", {"level": 1})]
    assert fact(pack, fold(pack, told, "11m"), "level").value == 1


def test_peers_that_differ_are_disputed_after_settle_and_the_latest_rules_before() -> None:
    """A difference shorter than settle is two systems catching up with each other."""
    pack = reading(authority=[["floor", "desk"]], settle="10m")
    told = [("0m", "floor", "level.read", {"level": 2}), ("5m", "desk", "level.read", {"level": 1})]
    early = fact(pack, fold(pack, told, "14m"), "level")
    assert (early.status, early.value) == ("known", 1)
    assert fact(pack, fold(pack, told, "15m"), "level").status == "disputed"


def test_a_repeated_difference_does_not_restart_settle() -> None:
    """The clock of a dispute runs from when the peers began to differ."""
    pack = reading(authority=[["floor", "desk"]], settle="10m")
    told = [
        ("0m", "floor", "level.read", {"level": 2}),
        ("5m", "desk", "level.read", {"level": 1}),
        ("12m", "floor", "level.read", {"level": 3}),
    ]
    assert fact(pack, fold(pack, told, "15m"), "level").status == "disputed"


def test_peers_within_the_tolerance_agree() -> None:
    """Two scales never show the same gram."""
    pack = reading(authority=[["floor", "desk"]], tolerance=2)
    told = [("0m", "floor", "level.read", {"level": 10}), ("5m", "desk", "level.read", {"level": 12})]
    assert fact(pack, fold(pack, told, "1d"), "level").status == "known"


def test_a_lower_tier_that_goes_on_disagreeing_is_a_conflict_and_the_value_stays_known() -> None:
    """Conflict is evidence for blame, not a reason to forget what the authority says."""
    pack = reading(settle="10m")
    told = [("0m", "floor", "level.read", {"level": 2}), ("5m", "desk", "level.read", {"level": 1})]
    before, after = (fact(pack, fold(pack, told, now), "level") for now in ("14m", "15m"))
    assert (before.conflict, after.conflict) == (False, True)
    assert (after.status, after.value) == ("known", 2)


def test_an_echo_adds_no_weight() -> None:
    """A copy of the floor's word is not a second voice beside the floor, but stands in for it."""
    pack = reading(authority=[["floor", "copy"]])
    told = [("0m", "floor", "level.read", {"level": 2}), ("5m", "copy", "level.read", {"level": 1})]
    both = fact(pack, fold(pack, told, "1d"), "level")
    assert (both.status, both.value) == ("known", 2)
    assert fact(pack, fold(pack, told[1:], "1d"), "level").value == 1


def test_progress_keeps_the_furthest_value_when_an_earlier_one_comes_later() -> None:
    """A late webhook that says `picked` does not take a delivered parcel back."""
    pack = a_pack(
        more_facts={"stage": {"type": "string", "authority": [["carrier"]], "progress": ["picked", "out", "there"]}},
        more_events={"scan": {"observe": {"stage": "data.stage"}}},
    )
    told: list[Told] = [("0m", "carrier", "scan", {"stage": "there"}), ("5m", "carrier", "scan", {"stage": "picked"})]
    assert fact(pack, fold(pack, told, "1h"), "stage").value == "there"


def test_silence_of_a_heard_source_is_the_declared_otherwise() -> None:
    """Systems report what happened, not what did not."""
    pack = a_pack()
    view = fact(pack, fold(pack, [("0m", "desk", "order.placed")], "1h", heard="1h"), "done")
    assert (view.status, view.value, view.assumed) == ("known", False, True)


def test_silence_of_a_source_that_is_not_heard_is_no_evidence() -> None:
    """A silent feed is not evidence of absence: one microsecond past the watermark the fact is missing."""
    pack = a_pack()
    told = [("0m", "desk", "order.placed")]
    marks = {"desk": "2h", "floor": "1h"}
    assert state(fold(pack, told, "1h", heard=marks)) == "open"
    later = fold(pack, told, "1h1ms", heard=marks)
    assert fact(pack, later, "done").status == "missing"
    assert (state(later), later.states[-1].about) == ("unknown", ("done", "open"))


def test_a_source_counts_as_heard_a_while_after_its_watermark_if_it_says_so() -> None:
    """heard_for is the pace of a feed's heartbeat."""
    pack = a_pack(sources={"desk": {}, "floor": {"heard_for": "15m"}, "carrier": {}})
    told = [("0m", "desk", "order.placed")]
    assert fact(pack, fold(pack, told, "1h15m", heard={"floor": "1h"}), "done").status == "known"
    assert fact(pack, fold(pack, told, "1h15m1ms", heard={"floor": "1h"}), "done").status == "missing"


def test_null_says_that_the_source_cannot_tell_and_absence_says_nothing() -> None:
    """Null makes the fact missing although silence would have meant false; what is not there changes nothing."""
    pack = a_pack()
    placed = ("0m", "desk", "order.placed")
    assert (
        fact(pack, fold(pack, [placed, ("1m", "floor", "order.done", {"done": None})], "1h"), "done").status
        == "missing"
    )
    assert fact(pack, fold(pack, [placed, ("1m", "floor", "order.done")], "1h"), "done").assumed


def test_a_value_of_the_wrong_type_is_unknown_and_not_false() -> None:
    """A flag sent as text is a source that cannot tell."""
    pack = a_pack()
    told: list[Told] = [("0m", "desk", "order.placed"), ("1m", "floor", "order.done", {"done": "no"})]
    assert fact(pack, fold(pack, told, "1h"), "done").status == "missing"


def test_a_retraction_withdraws_its_own_sources_word_from_its_moment_on() -> None:
    """What the other source said stands."""
    pack = reading()
    told: list[Told] = [
        ("0m", "desk", "level.read", {"level": 1}),
        ("1m", "floor", "level.read", {"level": 2}),
        ("2m", "floor", "level.withdrawn"),
    ]
    assert fact(pack, fold(pack, told, "1m30s"), "level").value == 2
    assert fact(pack, fold(pack, told, "3m"), "level").value == 1
