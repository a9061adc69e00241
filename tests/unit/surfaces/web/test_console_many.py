"""Many cases at once: a dry run that does nothing, then what it said, and undoing all of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.surfaces.web.conftest import House, submit
from tests.unit.surfaces.web.console_kit import ONE, act, chosen, confirmed, told, view
from tests.unit.surfaces.web.reading import words


@pytest.fixture
def busy(house: House) -> House:
    """Return a server of a firm with three customers in trouble."""
    told(house, ONE)
    return house


def test_many_are_taken_after_a_dry_run_and_given_up_by_undoing(busy: House) -> None:
    abe, lea = busy.staff("associate"), busy.staff("lead")
    cases = view(lea)["cases"]
    stale = chosen(cases)
    busy.later(0.1)
    act(abe, cases[0], "own")
    act(lea, cases[1], "own")
    again = view(lea)["cases"]
    now = chosen(again)
    plan = submit(lea, "/console", "/console/bulk", do="own", chosen=[stale[0], now[1], *now[2:]])
    assert plan.status_code == 200
    read = words(plan.text)
    assert f"# Take cases: {len(cases) - 2} of {len(cases)} can be done." in read
    assert "It has changed since you saw it: abe has it." in read
    assert "You have it already." in read
    assert [case["owner"] for case in view(lea)["cases"]].count("lea") == 1, "a dry run does nothing"
    done = confirmed(lea, plan.text, "own")
    assert f"# Done: {len(cases) - 2} of {len(cases) - 2}." in words(done.text)
    owners = [case["owner"] for case in view(lea)["cases"]]
    assert (owners.count("lea"), owners.count("abe")) == (len(cases) - 1, 1)
    undone = confirmed(lea, done.text, "undo")
    assert f"# Done: {len(cases) - 2} of {len(cases) - 2}." in words(undone.text)
    assert sorted(case["owner"] for case in view(lea)["cases"])[-2:] == ["abe", "lea"]


def test_many_are_closed_only_where_nothing_is_wrong_any_more(house: House) -> None:
    told(house, {"remedied": "pickup/remedied", "late": "pickup/late"}, ends={"remedied": 374})
    lead = house.staff("lead")
    cases = view(lead)["cases"]
    good = {case["id"] for case in cases if case["end"]["aligned"]}
    assert 0 < len(good) < len(cases)
    plan = submit(lead, "/console", "/console/bulk", do="close", chosen=chosen(cases))
    assert f"# Close cases: {len(good)} of {len(cases)} can be done." in words(plan.text)
    again = confirmed(lead, plan.text, "close", note="")
    assert "can be done." in words(again.text), "without a note nothing is closed"
    done = confirmed(lead, plan.text, "close", note="the desk has called them all")
    assert f"# Done: {len(good)} of {len(good)}." in words(done.text)
    assert {case["id"] for case in view(lead)["cases"]} == {case["id"] for case in cases} - good
    assert f"# Done: {len(good)} of {len(good)}." in words(confirmed(lead, done.text, "undo").text)
    assert {case["id"] for case in view(lead)["cases"]} == {case["id"] for case in cases}


def test_where_nothing_can_be_done_no_note_is_asked_for(busy: House) -> None:
    lea = busy.staff("lead")
    read = words(submit(lea, "/console", "/console/bulk", do="close", chosen=chosen(view(lea)["cases"][:2])).text)
    assert "# Close cases: 0 of 2 can be done." in read
    assert "None of it can be done now; why stands with each." in read
    assert "Note, the same for all" not in read


@pytest.mark.parametrize("fields", [{"do": "own"}, {"do": "remedy", "chosen": ["a b"]}, {"do": "", "chosen": ["a b"]}])
def test_many_of_nothing_are_refused(busy: House, fields: dict[str, Any]) -> None:
    assert submit(busy.staff("lead"), "/console", "/console/bulk", **fields).status_code == 422


def test_cases_that_do_not_exist_are_refused_one_by_one(busy: House) -> None:
    plan = submit(busy.staff("lead"), "/console", "/console/bulk", do="own", chosen=["nothing 0", "x"])
    assert "# Take cases: 0 of 2 can be done." in words(plan.text)
