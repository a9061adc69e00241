"""A server of all shipped packs, whose texts are worked out in a thread; only small packs run their scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.unit.surfaces.web.conftest import House
from troth.model.pack import Pack
from troth.runtime import catalog
from troth.runtime.config import Settings
from troth.scenarios import Result
from troth.surfaces.web.explorer import studies, study
from troth.surfaces.web.explorer.study import Texts

SHIPPED = catalog.names()
_SMALL = ("pack: customer\n", "pack: service_request\n")


def a_thread() -> Executor:
    """Return a thread in place of a process."""
    return ThreadPoolExecutor(1)


@pytest.fixture(autouse=True)
def workshop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a thread, and run the scenarios of small packs only: those of all are run by `troth test` elsewhere."""
    real = study.tell

    def tell(files: Texts, scenario: str, text: str) -> Result:
        """Run a scenario of a small pack; of others say that nothing was expected."""
        small = any(one in files["pack.yaml"] for one in _SMALL)
        return real(files, scenario, text) if small else Result(scenario, scenario, True)

    monkeypatch.setattr(studies, "process", a_thread)
    monkeypatch.setattr(study, "tell", tell)


@pytest.fixture(scope="session")
def shipped() -> dict[str, Pack]:
    """Return all shipped packs."""
    return {name: catalog.load(name).compiled.require() for name in SHIPPED}


@pytest.fixture
def served(shipped: dict[str, Pack]) -> Iterator[Callable[..., House]]:
    """Return what serves packs: all that are shipped, or those named."""
    with ExitStack() as stack:
        yield lambda *names: House(
            {name: shipped[name] for name in names or SHIPPED}, Settings(firm="Basel Books", page_rate_per_s=0), stack
        )
