"""The whole run and its sample: tests marked `reliability` are left out unless asked for; figures go to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeAlias

import pytest

FILE: Final = "RELIABILITY_FIGURES"
"""Environment variable: the file into which `python -m tests.reliability` wants the figures."""

Figures: TypeAlias = Callable[[str, dict[str, Any]], None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the whole run, unless `-m` asks for it."""
    if "reliability" in str(config.option.markexpr):
        return
    left_out = [item for item in items if item.get_closest_marker("reliability")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("reliability")]


@pytest.fixture
def figures() -> Figures:
    """Return what takes figures: (scenario, name → figure). They are kept, with the time, where a file is named."""
    began, file = perf_counter(), os.environ.get(FILE)

    def note(scenario: str, found: dict[str, Any]) -> None:
        if file is None:
            return
        path = Path(file)
        known = json.loads(path.read_text()) if path.exists() else {}
        known[scenario] = found | {"minutes": round((perf_counter() - began) / 60, 1)}
        path.write_text(json.dumps(known, indent=1))

    return note
