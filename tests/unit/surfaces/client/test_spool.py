"""Receipts that wait: kept until they are told, also over the end of the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from troth.client import Spool, Tell, UsageError
from troth.surfaces.client import spool as module


def tell(number: int, phase: str = "sent") -> Tell:
    return Tell(f"m{number}", "pickup/1", "ready", "email", phase, at=number)


def test_what_waits_is_there_again_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "spool.jsonl"
    first = Spool(path)
    for number in range(5):
        first.add(tell(number))
    first.done([tell(1), tell(3)])
    again = Spool(path)
    assert again.waiting(10) == (tell(0), tell(2), tell(4))
    assert again.waiting(2) == (tell(0), tell(2))


def test_the_same_receipt_waits_once_and_another_phase_is_another_receipt() -> None:
    one = Spool()
    for receipt in (tell(1), tell(1), tell(1, "failed")):
        one.add(receipt)
    assert len(one) == 2
    assert one.holds("pickup/1", "m1")
    assert not one.holds("pickup/1", "m2")


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "spool.jsonl"
    first = Spool(path)
    first.add(tell(1))
    first.add(tell(2))
    path.write_bytes(path.read_bytes()[:-9])
    again = Spool(path)
    assert again.waiting(10) == (tell(1),)
    again.add(tell(3))
    third = Spool(path)
    assert third.waiting(10) == (tell(1), tell(3))


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "spool.jsonl"
    one, two = Spool(path), Spool(path)
    one.add(tell(1))
    two.add(tell(2))
    assert one.waiting(10) == two.waiting(10) == (tell(1), tell(2))
    two.done([tell(1)])
    assert (len(one), one.holds("pickup/1", "m1"), one.holds("pickup/1", "m2")) == (1, False, True)


def test_nothing_is_written_before_something_has_to_wait(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool.jsonl")
    assert (len(one), one.waiting(1), one.holds("pickup/1", "m1")) == (0, (), False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_known_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="K109"):
        Spool(tmp_path / "nowhere" / "spool.jsonl")


def test_a_full_spool_gives_up_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    one = Spool()
    for number in range(3):
        one.add(tell(number))
    assert one.waiting(10) == (tell(1), tell(2))
