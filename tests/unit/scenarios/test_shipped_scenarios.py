"""Every scenario beside every shipped pack holds, in every order of arrival that is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.properties.every_pack import machine_of
from tests.unit.scenarios.kit import HERE, PACKS, pack_named, told
from troth.scenarios import run_text

FILES = sorted(PACKS.glob("*/scenarios/*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_a_shipped_scenario_holds(file: Path) -> None:
    result = run_text(pack_named(file.parent.parent.name), file.read_text(encoding="utf-8"), file.name)
    assert result.passed, told(result)
    assert result.orders > 0


def test_every_shipped_pack_has_scenarios_and_every_scenario_a_name_of_its_own() -> None:
    names = [file.read_text(encoding="utf-8").splitlines()[0] for file in FILES]
    assert len(set(names)) == len(names)
    for pack in sorted(file.parent for file in PACKS.glob("*/pack.yaml")):
        assert len([file for file in FILES if file.parent.parent == pack]) >= 6, pack.name


@pytest.mark.parametrize("file", sorted((HERE / "features").glob("*.yaml")), ids=lambda file: file.stem)
def test_a_story_about_one_feature_of_the_language_holds(file: Path) -> None:
    result = run_text(machine_of("everything").pack, file.read_text(encoding="utf-8"), file.name)
    assert result.passed, told(result)
