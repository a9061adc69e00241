"""The score: it finds what a bad gate does, and what a good one does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.sim.kit import NONE, YesDriver
from troth.errors import UsageError
from troth.model.decision import Decision, Reason
from troth.model.effect import Outgoing
from troth.model.times import MINUTE, Micros, format_instant
from troth.sim.conduct import Answers
from troth.sim.faults import Faults
from troth.sim.figure import all_of, at_most, lasting, none_of
from troth.sim.firm import START, Firm
from troth.sim.judgement import figures
from troth.sim.score import Score
from troth.sim.steps import Ask, Contact, Step
from troth.sim.world import judged, live_driver


class Refusing(YesDriver):
    """A gate that holds everything."""

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Hold."""
        reason = Reason("G301", "truth", "HOLD", "because")
        held = [(step, Decision(step.request, "HOLD", now, "", (reason,))) for step in steps if isinstance(step, Ask)]
        return Answers(held)


class Tattling(YesDriver):
    """A gate that says of each contact, and one minute too late, that a promise has lapsed."""

    def __init__(self, late: bool) -> None:
        super().__init__()
        self.late = late
        self.before: list[Outgoing] = []

    def round(self, now: Micros, steps: Sequence[Step]) -> Answers:
        """Tell."""
        answers = super().round(now, steps)
        said = [
            Outgoing(
                f"{step.subject}/{now}", "promise.lapsed", step.subject, now,
                {"promise": "ready_by", "due": format_instant(now - MINUTE), "customer": step.customer},
            )
            for step in steps
            if isinstance(step, Contact)
        ]  # fmt: skip
        answers.news, self.before = (self.before, said) if self.late else (said, [])
        return answers


def met(score: Score) -> dict[str, bool]:
    """Return figure → whether its bar is met."""
    return {figure.name: figure.met for figure in figures(score)}


def test_a_gate_that_lets_all_through_sends_what_was_known_to_be_false() -> None:
    score = judged(Firm(1, orders=80), YesDriver())
    assert score.counts["false_sends_knowable"] > 10
    assert not met(score)["false_sends_knowable"]
    assert score.examples["false_sends_knowable"]


def test_a_gate_that_holds_all_holds_what_was_true() -> None:
    score = judged(Firm(1, faults=NONE, orders=40), Refusing())
    assert score.counts["false_holds"] > 10
    assert not met(score)["false_holds"]
    assert score.counts["sent"] == 0


def test_a_gate_that_meters_nothing_is_found_out() -> None:
    driver = YesDriver()
    score = judged(Firm(1, orders=80), driver)
    assert driver.closed
    assert score.counts["bypasses_with_receipt"] > 0
    assert not met(score)["bypasses_metered"]


@pytest.mark.parametrize("late", [True, False])
def test_a_lapse_counts_as_found_only_before_the_customer_speaks(late: bool) -> None:
    score = judged(Firm(5, orders=200), Tattling(late))
    assert score.counts["lapses_with_contact"] > 0
    assert met(score)["lapses_found_first"] is not late


@pytest.mark.slow
@pytest.mark.parametrize(
    ("orders", "faults"),
    [
        pytest.param(60, Faults(), id="as-is"),
        pytest.param(40, NONE, id="none"),
        pytest.param(15, Faults(lost=0.5, late=0.5, duplicated=0.5, reordered=0.5, bypass=0.5, early=0.5), id="half"),
    ],
)
def test_the_live_service_meets_every_bar(orders: int, faults: Faults) -> None:
    score = judged(Firm(7, faults=faults, orders=orders, per_hour=2000), live_driver(start=START))
    missed = [(figure.name, figure.value, figure.of) for figure in figures(score) if not figure.met]
    assert not missed, f"{missed} {score.examples}"
    assert score.counts["sent"] > orders


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures() -> None:
    first, second = (figures(judged(Firm(3, orders=15), live_driver(start=START))) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_a_simulation_does_not_write_into_a_database_in_use(tmp_path: object) -> None:
    file = f"{tmp_path}/firm.db"
    judged(Firm(3, orders=1), live_driver(file, start=START))
    with pytest.raises(UsageError, match="U104"):
        live_driver(file, start=START)


def test_bars_are_judged_by_their_words() -> None:
    assert none_of("x", 0, 10, "").met
    assert not none_of("x", 1, 10, "").met
    assert at_most("x", 1, 100, 0.01, "").met
    assert not at_most("x", 2, 100, 0.01, "").met
    assert all_of("x", 3, 3, "").met
    assert not all_of("x", 2, 3, "").met
    assert all_of("x", 0, 0, "").share is None


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert lasting("x", [], 0.5, "").of == 0
    assert lasting("x", [3_000_000, 1_000_000, 2_000_000], 0.5, "").value == 2.0
