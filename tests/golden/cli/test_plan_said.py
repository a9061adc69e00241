"""What `troth plan` says, word for word, of a pack that gives parcels less time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.golden.cli.conftest import PARCEL, Run
from tests.golden.cli.golden import agrees


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_plan_in_each_form(form: str, run: Run, parcels: Path) -> None:
    shutil.copytree(PARCEL, parcels / "later", dirs_exist_ok=True)
    pack = parcels / "later" / "pack.yaml"
    pack.write_text(PARCEL.joinpath("pack.yaml").read_text().replace("due: {after: 3d}", "due: {after: 1d}"))
    said = run("plan", "later", "--db", "parcels.db", "--format", form)
    assert said.exit_code == 0, said.stderr
    agrees(f"plan.{form}", said.stdout)
