"""Full disks, restarted databases: 503 while it lasts, nothing acknowledged is lost, the server goes on by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres_server import Server
from tests.reliability.conftest import Figures
from tests.reliability.outages import allow_growth, fill, forbid_growth, make_room, outages, small_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
whole = pytest.mark.reliability


@pytest.mark.parametrize("rounds", [pytest.param(1, id="sample"), pytest.param(20, id="whole", marks=whole)])
def test_a_disk_that_is_full_and_has_room_again(tmp_path: Path, rounds: int, figures: Figures) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("this user may not mount a small file system")
        found = outages(disk / "door.db", rounds, lambda _: fill(disk), lambda _: make_room(disk), lasts=0.7)
    figures("disk without room", found)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="sample"), pytest.param(20, id="whole", marks=whole)])
def test_files_that_may_not_grow_and_then_may(tmp_path: Path, rounds: int, figures: Figures) -> None:
    db = tmp_path / "door.db"
    found = outages(db, rounds, lambda served: forbid_growth(served, db), allow_growth, lasts=0.7)
    figures("disk with files that may not grow", found)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="sample"), pytest.param(10, id="whole", marks=whole)])
def test_a_database_that_is_cut_off_and_started_again(postgres: Server, rounds: int, figures: Figures) -> None:
    found = outages(postgres.database(), rounds, lambda _: postgres.crash(), lambda _: postgres.start(), lasts=0.7)
    figures("database cut off and started again", found)
