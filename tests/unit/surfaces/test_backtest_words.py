"""The answer of a backtest in one sentence, whatever there is to say."""

from __future__ import annotations

import pytest

from troth.measures.backtest.figures import Share
from troth.measures.backtest.tally import Tally
from troth.measures.backtest.weights import Weighted
from troth.surfaces.backtest.words import headline, interval, more


def share(count: int, of: int) -> Share:
    """Return a share."""
    return Share(count, of, "some")


@pytest.mark.parametrize(
    ("told", "false", "caught", "silent", "promises", "answer"),
    [
        (0, (0, 0), (0, 0), (0, 0), (0, 0), "Nothing was told or promised in this history."),
        (
            0, (0, 0), (0, 0), (0, 0), (9, 4),
            "No message was told in this history; 4 of 9 promises of its own were not kept.",
        ),
        (8, (0, 8), (0, 0), (0, 0), (0, 0), "None of 8 messages was false."),
        (
            4_000, (0, 4_000), (0, 0), (1_086, 1_086), (4_000, 1_086),
            ("None of 4,000 messages was false when told; 1,086 promises were not kept, and this history holds no word "
            "beforehand."),
        ),
        (
            40, (0, 40), (0, 0), (3, 5), (9, 5),
            "None of 40 messages was false when told; 5 promises were not kept, 3 of them without a word.",
        ),
        (8, (1, 8), (1, 1), (0, 0), (0, 0), "1 of 8 messages said what was not so; the gate would have stopped it."),
        (
            1_000, (50, 1_000), (50, 50), (3, 3), (9, 3),
            "50 of 1,000 messages (5.0%) said what was not so; the gate would have stopped every one of them.",
        ),
        (
            1_000, (50, 1_000), (0, 50), (2, 3), (9, 3),
            "50 of 1,000 messages (5.0%) said what was not so; the gate would have stopped none.",
        ),
        (
            0, (0, 0), (0, 0), (2, 3), (9, 3),
            "2 of 3 promises that were not kept were broken without a word.",
        ),
    ],
)  # fmt: skip
def test_the_answer_is_one_sentence(
    told: int, false: tuple[int, int], caught: tuple[int, int], silent: tuple[int, int], promises: tuple[int, int],
    answer: str,
) -> None:  # fmt: skip
    said = headline(told, share(*false), share(*caught), share(*silent), promises)
    assert said == answer
    assert len(said.split()) <= 25


@pytest.mark.parametrize(
    ("silent", "rest"),
    [
        ((0, 0), []),
        ((3, 3), ["Of 3 promises that were not kept this history holds no word beforehand."]),
        ((2, 3), ["2 of 3 promises that were not kept were broken without a word."]),
    ],
)
def test_what_else_there_is_to_say_stands_below_the_answer(silent: tuple[int, int], rest: list[str]) -> None:
    assert more(1_000, share(*silent), Tally(counts={"false": 1})) == rest


def test_a_history_in_which_nothing_was_told_says_what_it_lacks() -> None:
    (rest,) = more(0, share(0, 0), Tally())
    assert rest.startswith("No pack of it declares a message")


def test_weighted_the_answer_names_the_share_by_weight_and_what_was_counted() -> None:
    false = Share(50, 1_000, "false", weighted=Weighted(0.04, 0.03, 0.05, 400.0, 5_000.0))
    said = headline(1_000, false, share(50, 50), share(0, 0))
    assert said.startswith("By weight 4.0% of messages (50 of 1,000 counted) said what was not so; the gate")
    assert len(said.split()) <= 25
    tally = Tally(counts={"told": 1_000}, sums={"told": 5_000 << 60}, weightless=7)
    (rest,) = more(1_000, share(0, 0), tally, "stands")
    assert rest.startswith("Shares are weighted by stands: 1,000 messages stand for 5,000.")
    assert "7 messages and promises without a weight are left out" in rest


def test_of_too_few_cases_no_interval_is_given() -> None:
    assert interval(share(3, 12)) == "–"
    assert interval(share(3, 30)) == "3.5% to 25.6%"
