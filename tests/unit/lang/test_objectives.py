"""Objectives of a pack: every form of them, and the warnings about those that nothing can meet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lang.small import compiled, small, warnings
from troth.model.objective import AIMED_AT, TIMED, Objective
from troth.model.times import DAY, HOUR


def aimed(**objectives: dict[str, Any]) -> dict[str, Any]:
    """Return the small pack's data with these objectives."""
    return {**small(), "objectives": objectives}


def test_every_form_of_an_objective() -> None:
    pack = compiled(
        aimed(
            ready_by={"target": 0.95, "over": "28d", "by": ["store"], "burn": 3},
            first_word={"kind": "ready_by", "target": 0.9, "over": "7d", "title": "First word"},
            honest={"measure": "status_fidelity", "target": 0.99, "over": "28d"},
            soon={"measure": "time_to_usable_outcome", "target": 0.9, "within": "8h", "over": "28d"},
            lost={"measure": "exception_closure", "leg": "open_owned", "target": 0.8, "within": "1h", "over": "28d"},
        )
    ).require()
    assert pack.objectives == {
        "ready_by": Objective(
            "ready_by", "promise_reliability", 0.95, "ready_by", by=("store",), burn=3.0, title="ready by"
        ),
        "first_word": Objective("first_word", "promise_reliability", 0.9, "ready_by", 7 * DAY, title="First word"),
        "honest": Objective("honest", "status_fidelity", 0.99, title="honest"),
        "soon": Objective("soon", "time_to_usable_outcome", 0.9, within=8 * HOUR, title="soon"),
        "lost": Objective("lost", "exception_closure", 0.8, "lost", within=HOUR, leg="open_owned", title="lost"),
    }


def test_a_measure_of_times_asks_within_which_time() -> None:
    assert set(AIMED_AT) >= TIMED


def found(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, path) for code, path in warnings(compiled(data)) if code in ("W123", "W124")]


@pytest.mark.parametrize(
    ("change", "objective", "expected"),
    [
        ({}, {"target": 0.95, "over": "28d"}, []),
        ({}, {"target": 1, "over": "28d"}, [("W124", "objectives.ready_by.target")]),
        ({"kept_when": "picked && !picked"}, {"target": 0.95, "over": "28d"}, [("W123", "objectives.ready_by")]),
    ],
)
def test_a_promise_that_can_never_be_kept_and_a_target_without_a_budget(
    change: dict[str, Any], objective: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    data = aimed(ready_by=objective)
    data["promises"]["ready_by"].update(change)
    assert found(data) == expected


def test_a_time_to_what_no_state_is() -> None:
    data = aimed(soon={"measure": "time_to_usable_outcome", "target": 0.9, "within": "1d", "over": "28d"})
    assert found(data) == []
    for state in data["states"].values():
        state.pop("usable", None)
    assert found(data) == [("W123", "objectives.soon")]


@pytest.mark.parametrize(
    ("leg", "expected"),
    [
        ("open_owned", []),
        ("open_closed", []),
        ("open_informed", [("W123", "objectives.lost")]),
        ("resolved_closed", [("W123", "objectives.lost")]),
        ("broke_closed", [("W123", "objectives.lost")]),
    ],
)
def test_a_leg_that_a_plain_kind_does_not_tell(leg: str, expected: list[tuple[str, str]]) -> None:
    aim = {"measure": "exception_closure", "leg": leg, "target": 0.9, "within": "1d", "over": "28d"}
    assert found(aimed(lost=aim)) == expected


def test_people_walk_every_leg_of_a_kind_with_a_full_life() -> None:
    data = aimed(
        lost={"measure": "exception_closure", "leg": "broke_closed", "target": 0.9, "within": "1d", "over": "28d"}
    )
    data["cases"]["lost"] = {"open_when": "placed && !picked", "after": "1h", "dwell": "1h"}
    assert found(data) == []
