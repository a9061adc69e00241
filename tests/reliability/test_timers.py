"""Armed timers by the thousand and by the million: none is lost, none fires twice, and they fire in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.conftest import Figures
from tests.reliability.timers import fired_really, fired_virtually
from troth.model.times import MINUTE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]


def test_twenty_thousand_timers_on_a_virtual_clock(tmp_path: Path, figures: Figures) -> None:
    found = fired_virtually(tmp_path, 20_000, MINUTE)
    figures("timers, virtual clock", found)
    assert found["fired"] == 20_000
    assert found["late p99, s"] <= 1


@pytest.mark.parametrize(("count", "spread_s"), [(1_000_000, 600), (100_000, 60)], ids=["million", "some"])
@pytest.mark.reliability
def test_very_many_timers_on_the_real_clock(tmp_path: Path, count: int, spread_s: int, figures: Figures) -> None:
    found = fired_really(tmp_path, count, wait_s=300 if count == 1_000_000 else 60, spread_s=spread_s)
    figures(f"timers, real clock, {count:,} over {spread_s} s", found)


def test_what_falls_due_while_nobody_is_there_is_acted_on_after_the_restart(tmp_path: Path) -> None:
    found = fired_virtually(tmp_path, 4_000, MINUTE, downtime=True)
    assert found["fired"] == 4_000
