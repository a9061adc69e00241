"""What all tests share: hypothesis profiles, the `thorough` switch, the shared data sets, a bare environment."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import postgres

__all__ = ["postgres"]

REPOSITORY = Path(__file__).resolve().parents[1]

# Choose with TROTH_PROFILE=quick|thorough; `make thorough` sets it.
PROFILE = os.environ.get("TROTH_PROFILE", "quick")
settings.register_profile("quick", max_examples=100, deadline=None, print_blob=True)
settings.register_profile(
    "thorough", max_examples=10_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(PROFILE)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests marked `thorough`, unless the thorough profile or an explicit `-m` asks for them."""
    if PROFILE == "thorough" or "thorough" in str(config.option.markexpr):
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


# What a disk does is not the tests' subject: where memory has room for them, their files lie there.
_MEMORY = Path("/dev/shm")  # noqa: S108
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 8 * 2**30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# Started in the background by a shell, pytest ignores Ctrl-C and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the shared data sets: TROTH_SHARED/data, else ../shared/data; skip where it is absent."""
    shared = Path(os.environ.get("TROTH_SHARED", REPOSITORY.parent / "shared"))
    if not (shared / "data").is_dir():
        pytest.skip("the shared data sets are not beside the repository (TROTH_SHARED names their folder)")
    return shared / "data"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's settings out of the tests: no TROTH_* but those above, no colour, a fixed time zone."""
    for name in list(os.environ):
        if name.startswith("TROTH_") and name not in {"TROTH_PROFILE", "TROTH_SHARED"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
