"""The machine's clock jumps and stops: no permit is used twice, no lapse is lost, what is written down has an order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.clockwork import jumps, library
from tests.reliability.conftest import Figures

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
whole = pytest.mark.reliability


@pytest.mark.skipif(library() is None, reason="libfaketime is not installed (Debian: apt-get install libfaketime)")
@pytest.mark.parametrize("count", [pytest.param(4, id="sample"), pytest.param(60, id="whole", marks=whole)])
def test_a_clock_that_jumps_and_stops(tmp_path: Path, count: int, figures: Figures) -> None:
    found = jumps(tmp_path, count)
    figures("clock jumps", found)
    assert found["permits"] == 6 * count
    assert found["lapses found"] == 5 * count
