"""Answers are kept beside their tables, and found there by a server that starts anew; never in place of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.surfaces.web.measured import measured
from troth.measures.period import Period
from troth.measures.standing import Standing
from troth.model.estimate import Estimate
from troth.model.objective import Objective
from troth.surfaces.web.dashboard import figuring, keeping, shelf
from troth.surfaces.web.dashboard.asked import Asked
from troth.surfaces.web.dashboard.figuring import Found, Points
from troth.surfaces.web.dashboard.keeping import FOLDER, kept

ONE = Estimate("m", {"carrier": None}, 0.1 + 0.2, None, 1.0, 40, 2, 0.0, 1 / 3, 7, {"kind": "k", "n": 3, "x": 1e-300})
STANDING = Standing("p", Objective("o", "m", 0.8), {}, 0.7, 0.6, 0.8, 40, 0, 0.7, 0.7, 40, "missed", "promises", 8.0,
                    12, 1.5, None, 40, True, 0, 7)  # fmt: skip
FOUND = Found(
    "m", (ONE,), {("k", ""): ONE}, {("k", "leg"): Points((Period(1, 2), Period(None, 3)), (None, ONE))}, (ONE,),
    (Points((), ()),), (STANDING,), {("k", "", ("a", "b")): 12}, ((0.5, 0.1, 0.0, 0.2),), 7,
)  # fmt: skip


class Work:
    """Works an answer out, and counts how often."""

    def __init__(self, answer: Found = FOUND) -> None:
        self.times = 0
        self.answer = answer

    def __call__(self) -> Found:
        """Work it out."""
        self.times += 1
        return self.answer


def test_an_answer_is_worked_out_once_and_then_read_to_the_digit(tmp_path: Path) -> None:
    work = Work()
    for _ in range(3):
        assert kept(tmp_path, ("overview", "m", Asked()), work) == FOUND
    assert work.times == 1
    assert not list(tmp_path.rglob("*.partial"))


def test_another_question_is_not_answered_by_it(tmp_path: Path) -> None:
    work = Work()
    for question in (("overview", "m", Asked()), ("whole", "m", Asked()), ("overview", "m", Asked(where="a == 1"))):
        kept(tmp_path, question, work)
    assert work.times == 3


def test_nor_is_it_by_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work()
    kept(tmp_path, "q", work)
    monkeypatch.setattr(keeping, "stamp", lambda: "another")
    kept(tmp_path, "q", work)
    assert work.times == 2


def test_what_cannot_be_read_is_worked_out_again(tmp_path: Path) -> None:
    work = Work()
    kept(tmp_path, "q", work)
    (file,) = (tmp_path / FOLDER).iterdir()
    for spoilt in (b"", b"\xc1", file.read_bytes()[:-3]):
        file.write_bytes(spoilt)
        assert kept(tmp_path, "q", work) == FOUND
    assert work.times == 4


def test_without_a_folder_an_answer_is_there_and_not_kept(tmp_path: Path) -> None:
    work = Work()
    for place in (None, None, tmp_path / "gone" / "away"):
        assert kept(place, "q", work) == FOUND
    assert work.times == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_server_that_starts_anew_finds_what_the_former_one_has_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_LARGE", 0)
    db = str(tmp_path / "firm.db")
    path = "/measures/exception_closure.csv?over=all&table=numbers"
    with measured(orders=20, per_hour=6.0, db=db) as first:
        before = first.get(path)
        assert before.status_code == 200

    def never(*_: object) -> Found:
        raise AssertionError("it is there already")

    monkeypatch.setattr(figuring, "whole", never)
    with measured(orders=0, db=db) as second:
        assert second.get(path).text == before.text
