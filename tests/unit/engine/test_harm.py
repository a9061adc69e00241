"""The harm of a case: a product of four plain factors, none of which ever lowers it, and one sentence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.cases_kit import PLACED, by_people, done, opened, record_at, said, sent, talking
from tests.unit.engine.kit import moment
from troth.engine.harm import Harm, about_of, harm, harms, wrong_of
from troth.engine.machine import prepare
from troth.model.pack import CaseKind
from troth.model.record import Case, Record
from troth.model.times import DAY, HOUR, Micros
from troth.runtime import catalog

RECORD = Record("order/1", "test", "digest", 0)
WEEK = 7 * DAY


def harm_of(
    severity: int = 3, people: int = 1, waited: Micros = 0, amount: float | None = None, closed_at: Micros | None = None
) -> Harm:
    """Return the harm of a case with such factors."""
    kind = CaseKind("work", open_when=0, severity=severity, people=people)
    return harm(Case("work", "", 0, closed_at=closed_at), kind, RECORD, waited, amount)


def test_the_score_is_the_product_of_its_factors() -> None:
    found = harm_of(4, 2, 3 * HOUR, 99.0)
    assert (found.severity, found.people, found.time, found.value, found.score) == (4, 2, 3.0, 3.0, 72.0)


def test_a_closed_case_does_no_harm_any_more() -> None:
    assert harm_of(5, 9, DAY, closed_at=HOUR).score == 0


def test_factors_are_bounded_so_that_no_case_drowns_the_others_for_ever() -> None:
    assert harm_of(waited=WEEK).score == harm_of(waited=50 * WEEK).score
    assert harm_of(amount=1e6).score == harm_of(amount=1e12).score
    assert harm_of(waited=-HOUR).score == harm_of().score
    assert (harm_of(severity=0).severity, harm_of(severity=9).severity, harm_of(people=0).people) == (1, 5, 1)
    assert harm_of(amount=None).score == harm_of(amount=float("nan")).score == harm_of(amount=-5.0).score


@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
    st.tuples(st.integers(0, 2 * WEEK), st.integers(0, 2 * WEEK)),
    st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)),
)
def test_more_of_anything_is_never_less_harm(
    severity: tuple[int, int], people: tuple[int, int], waited: tuple[int, int], amount: tuple[float, float]
) -> None:
    factors = [severity, people, waited, amount]
    low, high = [min(one) for one in factors], [max(one) for one in factors]
    least = harm_of(int(low[0]), int(low[1]), int(low[2]), low[3]).score
    for place, most in enumerate(high):
        raised = [*low[:place], most, *low[place + 1 :]]
        assert harm_of(int(raised[0]), int(raised[1]), int(raised[2]), raised[3]).score >= least


def test_open_cases_come_worst_first_with_the_value_at_stake_and_a_sentence() -> None:
    pack = talking(
        wrong={"of": "contradiction", "severity": 5, "value": "price"},
        work={"open_when": "placed && !done", "severity": 1, "title": "It is not done"},
    )
    dear = said("12m", "desk", "desk.said", open=True, price=99.0)
    events = [PLACED, done("10m"), dear, sent("11m", "ready_note"), done("20m", False)]
    events += [opened("20m", "work"), by_people("21m", "case.owned", case="c1", by="ann")]
    record = record_at(pack, events, "1h")
    (first, worst), (second, least) = harms(prepare(pack), record, moment("1h"))
    assert (first.kind, worst.value, second.kind, least.value) == ("wrong", 3.0, "work", 1.0)
    assert worst.wrong == "What the customer was told about pickup does not hold, for 40m; nobody has it."
    assert least.wrong == "It is not done, for 1h; ann has it."


def test_a_complaint_has_a_harm_in_a_pack_that_declares_none() -> None:
    pack = talking()
    record = record_at(pack, [PLACED, by_people("20m", "complaint", id="k1")], "20m")
    ((_, found),) = harms(prepare(pack), record, moment("20m"))
    assert (found.severity, found.wrong) == (4, "The customer complained, just now; nobody has it.")


def test_a_record_without_open_cases_has_no_harm() -> None:
    pack = talking()
    assert harms(prepare(pack), record_at(pack, [PLACED], "20m"), moment("20m")) == ()


def test_a_sentence_names_promises_and_states_in_the_words_of_the_pack() -> None:
    machine = prepare(catalog.load("store_pickup").compiled.require())
    kinds = {kind.name: kind for kind in machine.pack.cases}
    risk = about_of(machine, Case("at_risk", "keep_on_shelf/1", 0), kinds["at_risk"])
    assert wrong_of(Case("at_risk", "keep_on_shelf/1", 0), kinds["at_risk"], RECORD, about=risk) == (
        "The promise “Kept on the shelf for 7 days” will hardly be kept"
    )
    assert about_of(machine, Case("at_risk", "nothing", 0), kinds["at_risk"]) == ""
