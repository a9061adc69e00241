"""The answer of a backtest in one sentence, whatever there is to say."""

from __future__ import annotations

import pytest

from troth.measures.backtest.figures import Share
from troth.surfaces.backtest.words import headline, interval


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
        (8, (1, 8), (1, 1), (0, 0), (0, 0), "1 of 8 messages said what was not so; the gate would have stopped it."),
        (
            1_000, (50, 1_000), (50, 50), (3, 3), (9, 3),
            ("50 of 1,000 messages (5.0%) said what was not so; the gate would have stopped every one of them; of 3 "
            "promises that were not kept this history holds no word beforehand."),
        ),
        (
            1_000, (50, 1_000), (0, 50), (2, 3), (9, 3),
            ("50 of 1,000 messages (5.0%) said what was not so; the gate would have stopped none; 2 of 3 promises that "
            "were not kept were broken without a word."),
        ),
    ],
)  # fmt: skip
def test_the_answer_is_one_sentence(
    told: int, false: tuple[int, int], caught: tuple[int, int], silent: tuple[int, int], promises: tuple[int, int],
    answer: str,
) -> None:  # fmt: skip
    assert headline(told, share(*false), share(*caught), share(*silent), promises) == answer


def test_of_too_few_cases_no_interval_is_given() -> None:
    assert interval(share(3, 12)) == "–"
    assert interval(share(3, 30)) == "3.5% to 25.6%"
