"""State findings, cases with their legs, and corrections of events."""

from __future__ import annotations

from typing import Any

from tests.unit.engine.kit import SUBJECT, Told, a_pack, codes, events, fact, fold, state
from troth.engine.fold import refold
from troth.model.event import Event
from troth.model.times import MINUTE

PLACED: Told = ("0m", "desk", "order.placed")
DONE: Told = ("5m", "floor", "order.done", {"done": True})
UNDONE: Told = ("9m", "floor", "order.done", {"done": False})


def correction(number: int, when: str, target: str, source: str = "floor") -> Event:
    """Return an error declaration that withdraws an event."""
    return events(*[PLACED] * number, (when, "desk", "event.corrected", {"corrects": target, "source": source}))[number]


def test_a_jump_that_the_pack_does_not_allow_is_found_and_stands() -> None:
    """Transitions are checked, not enforced."""
    pack = a_pack(transitions={"open": ["done"], "done": []})
    record = fold(pack, [PLACED, DONE, UNDONE], "1h")
    assert (state(record), codes(record)) == ("open", ["F101"])


def test_reopening_within_one_minute_is_seen_when_the_source_declares_a_sequence() -> None:
    """Several updates share a minute; their order is the source's."""
    told: list[Told] = [
        PLACED,
        ("5m #1", "floor", "order.done", {"done": True}),
        ("5m #2", "floor", "order.done", {"done": False}),
    ]
    assert [span.value for span in fold(a_pack(), told, "1h").states] == ["open", "done", "open"]


def test_a_fact_that_comes_before_its_time_is_found() -> None:
    """Done before placed: a clock, a zone or a column is wrong."""
    pack = a_pack(chronology=[["placed", "done"]])
    assert codes(fold(pack, [("10m", "desk", "order.placed"), DONE], "1h")) == ["F102"]
    assert codes(fold(pack, [PLACED, DONE], "1h")) == []


def test_a_corrected_event_never_happened_and_correcting_the_correction_restores_it() -> None:
    """Error declarations, as EPCIS has them."""
    pack = a_pack()
    base = events(PLACED, DONE)
    first = correction(2, "20m", "e1")
    second = correction(3, "30m", "e2", source="desk")
    assert state(fold(pack, base, "1h")) == "done"
    withdrawn = fold(pack, [*base, first], "1h")
    assert (state(withdrawn), [span.value for span in withdrawn.states]) == ("open", ["open"])
    assert state(fold(pack, [*base, first, second], "1h")) == "done"


def test_before_the_correction_was_made_the_event_stood() -> None:
    """A correction is seen from its own moment on."""
    assert state(fold(a_pack(), [*events(PLACED, DONE), correction(2, "20m", "e1")], "15m")) == "done"


def test_a_correction_that_the_pack_does_not_accept_withdraws_nothing() -> None:
    """Neither from a source that may not send it, nor under a guard that is not true."""
    fix = {"from": ["desk"], "when": "data.sure", "corrects": "data.id", "corrects_source": "'floor'"}
    pack = a_pack(more_events={"order.fixed": fix})
    for source, sure, wanted in (("desk", True, "open"), ("carrier", True, "done"), ("desk", False, "done")):
        told: Told = ("20m", source, "order.fixed", {"id": "e1", "sure": sure})
        assert state(fold(pack, [PLACED, DONE, told], "1h")) == wanted, (source, sure)


def test_of_two_contents_with_one_identity_the_earlier_heard_stands() -> None:
    """Whatever the order of arrival."""
    pack = a_pack()
    early = Event("floor", "x", "order.done", SUBJECT, 5 * MINUTE, 6 * MINUTE, {"done": False})
    late = Event("floor", "x", "order.done", SUBJECT, 5 * MINUTE, 7 * MINUTE, {"done": True})
    for order in ([early, late], [late, early]):
        record = refold(pack, SUBJECT, [*events(PLACED), *order], {"floor": 60 * MINUTE}, 60 * MINUTE)
        assert fact(pack, record, "done").value is False


def working(**cases: Any) -> Any:
    """Return a pack with the cases given."""
    return a_pack(
        more_facts={"owner": {"type": "bool", "authority": [["desk"]], "otherwise": False}},
        more_events={"order.owned": {"observe": {"owner": True}}},
        promises={"soon": {"made_by": "order.placed", "due": {"after": "4m"}, "kept_when": "done"}},
        cases=cases,
    )


def test_a_case_keeps_the_first_moment_of_each_leg_and_reopens_as_the_same_case() -> None:
    """A relapse reopens the same case; the first closing stays on record."""
    pack = working(work={"open_when": "placed && !done", "owned_when": "owner", "resolved_when": "done"})
    told: list[Told] = [PLACED, ("2m", "desk", "order.owned"), DONE, UNDONE]
    (case,) = fold(pack, told, "1h").cases
    assert (case.opened_at, case.owned_at, case.first_resolved_at) == (0, 2 * MINUTE, 5 * MINUTE)
    assert (case.first_closed_at, case.closed_at, case.reopened_at) == (5 * MINUTE, None, (9 * MINUTE,))


def test_a_lapsed_promise_opens_a_case_that_closes_when_it_is_kept_after_all() -> None:
    """Late is a case that has been closed; broken is one that is open."""
    pack = working(lapse={"lapse_of": "soon"})
    (case,) = fold(pack, [PLACED, DONE], "1h").cases
    assert (case.opened_at, case.closed_at) == (4 * MINUTE, 5 * MINUTE)
    (case,) = fold(pack, [PLACED], "1h").cases
    assert case.closed_at is None


def test_a_lapsed_promise_kept_after_all_leaves_its_case_open_until_the_packs_own_closing() -> None:
    """The technician came late: the case is closed when the work is done, as the pack says, and not before."""
    pack = working(lapse={"lapse_of": "soon", "closed_when": "owner"})
    (case,) = fold(pack, [PLACED, DONE], "1h").cases
    assert (case.opened_at, case.closed_at) == (4 * MINUTE, None)
    (case,) = fold(pack, [PLACED, DONE, ("8m", "desk", "order.owned")], "1h").cases
    assert case.closed_at == 8 * MINUTE


def test_an_unknown_condition_neither_opens_nor_closes_a_case() -> None:
    """Unknown is not false."""
    pack = working(work={"open_when": "placed && !done"})
    assert fold(pack, [PLACED, ("0m", "floor", "order.done", {"done": None})], "1h").cases == ()
    (case,) = fold(pack, [PLACED, ("5m", "floor", "order.done", {"done": None})], "1h").cases
    assert case.closed_at is None
