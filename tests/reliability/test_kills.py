"""Kill -9 under load: nothing acknowledged is lost, nothing is done twice, repeated requests are answered as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres_server import Server
from tests.reliability.conftest import Figures
from tests.reliability.kills import kills

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
whole = pytest.mark.reliability


@pytest.mark.parametrize("rounds", [pytest.param(3, id="sample"), pytest.param(100, id="whole", marks=whole)])
def test_kills_under_load_lose_nothing_and_repeat_nothing(tmp_path: Path, rounds: int, figures: Figures) -> None:
    found = kills(tmp_path / "door.db", rounds, seed=rounds)
    figures("kills of the server, SQLite", found)
    assert found["acknowledged: confirm"] > rounds, "the rounds have hardly done anything"
    assert found["answers asked for again"] > rounds


@pytest.mark.parametrize("rounds", [pytest.param(1, id="sample"), pytest.param(25, id="whole", marks=whole)])
def test_kills_under_load_on_postgresql(postgres: Server, rounds: int, figures: Figures) -> None:
    found = kills(postgres.database(), rounds, seed=rounds)
    figures("kills of the server, PostgreSQL", found)
    assert found["acknowledged: event"] > rounds, "the rounds have hardly done anything"
