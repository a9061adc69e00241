"""`troth sim` as people call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TROTH = (sys.executable, "-c", "from troth.surfaces.cli import main; main()")


def sim(*args: str) -> subprocess.CompletedProcess[str]:
    """Run `troth sim` and return what it did."""
    command = [*TROTH, "sim", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def rows(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Return figure → row of a score."""
    return {row["figure"]: row for row in json.loads(done.stdout)["data"]}


@pytest.mark.slow
def test_a_score_names_each_figure_with_definition_and_denominator_and_is_the_same_again() -> None:
    first = sim("score", "--orders", "12", "--seed", "5", "--format", "json")
    assert first.returncode == 0, first.stderr
    found = rows(first)
    bars = {name for name, row in found.items() if row["bar"]}
    assert bars == {"false_sends_knowable", "false_holds", "lapses_found_first", "bypasses_metered"}
    assert all(row["definition"] and row["met"] for row in found.values())
    assert found["false_sends_knowable"]["of"] > 12
    assert "a second" in first.stderr
    assert sim("score", "--orders", "12", "--seed", "5", "--format", "json").stdout == first.stdout


@pytest.mark.slow
def test_a_run_leaves_a_ledger_that_explains_itself(tmp_path: Path) -> None:
    file = str(tmp_path / "firm.db")
    done = sim("run", "--orders", "4", "--db", file)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"][0]["orders"] == 4
    command = [*TROTH, "show", "pickup/1", "--db", file]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert shown.returncode == 0, shown.stderr
    again = sim("run", "--orders", "4", "--db", file)
    assert again.returncode == 2
    assert "U104" in again.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--lost", "0.51"), "U101"),
        (("--late", "-0.1"), "U101"),
        (("--lost", "nan"), "U101"),
        (("--skew", "10m"), "U102"),
        (("--skew", "much"), "not a duration"),
        (("--orders", "0"), "U103"),
        (("--per-hour", "0"), "U103"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_words(args: tuple[str, ...], said: str) -> None:
    done = sim("score", *args)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_speed_is_a_number_above_zero_or_max() -> None:
    done = sim("run", "--speed", "0")
    assert done.returncode == 2
    assert "speed" in done.stderr
