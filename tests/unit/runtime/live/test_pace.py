"""Turns of several commands begin a little apart; whoever comes alone, or ends the service, does not wait."""

from __future__ import annotations

from threading import Thread

import pytest

from troth.runtime.live import pace as paces
from troth.runtime.live.pace import Pace


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr(paces, "monotonic", lambda: moment[0])
    return moment


class Waits:
    """Stands for the event on which a pace waits."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def wait(self, seconds: float) -> None:
        """Note how long."""
        self.seconds.append(seconds)


def test_a_turn_of_several_holds_the_next_one_back(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    pace, waits = Pace(0.005), Waits()
    monkeypatch.setattr(pace, "_ended", waits)
    pace.begin(2)
    now[0] += 0.002
    pace.wait()
    assert waits.seconds == [pytest.approx(0.003)]
    now[0] += 0.003
    pace.wait()
    assert len(waits.seconds) == 1, "the time is over"


@pytest.mark.parametrize("commands", [0, 1])
def test_whoever_comes_alone_does_not_wait(commands: int, now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    pace, waits = Pace(0.005), Waits()
    monkeypatch.setattr(pace, "_ended", waits)
    pace.begin(5)
    now[0] += 0.001
    pace.begin(commands)
    pace.wait()
    assert waits.seconds == []


def test_the_end_wakes_who_waits() -> None:
    pace = Pace(3_600)
    pace.begin(2)
    waiter = Thread(target=pace.wait, daemon=True)
    waiter.start()
    pace.end()
    waiter.join(10)
    assert not waiter.is_alive()
