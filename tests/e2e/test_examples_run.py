"""The scripts of the examples, run by a shell on a small part of the data, do what their pages say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.examples import EXAMPLES, ROOT, part_of
from troth.runtime import catalog
from troth.scenarios import run_text

pytestmark = pytest.mark.slow

SCRIPTS = {name: name.removesuffix("_incidents").removesuffix("_problems") for name in EXAMPLES}


SAMPLED = ("olist", "bpi2012")
"""Scripts that every run of the tests tries; the others take minutes together."""


@pytest.mark.data
@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in SAMPLED else pytest.mark.thorough) for one in sorted(EXAMPLES)]
)
def test_a_script_imports_measures_and_reports(name: str, shared_data: Path, tmp_path: Path) -> None:
    table = part_of(name, shared_data, tmp_path / "data", "select * from '{table}' limit 120")
    if name == "olist":
        (table.parent / "customers.parquet").write_bytes((shared_data / "olist/customers.parquet").read_bytes())
    data = table.parent if EXAMPLES[name].others or name == "olist" else table
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [ROOT / SCRIPTS[name] / "run.sh", data, tmp_path / "small.db"], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=300, env=os.environ | {"PATH": path, "TROTH_FORMAT": "json"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    assert '"subjects":' in done.stdout
    assert '"measure":' in done.stdout
    if "The report is" in done.stderr:
        assert (tmp_path / "small.html").stat().st_size > 0


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "packs").iterdir() if path.is_dir()))
def test_packs_of_examples_compile_and_their_scenarios_hold(folder: str) -> None:
    loaded = catalog.load(str(ROOT / "packs" / folder))
    pack = loaded.compiled.require()
    assert not loaded.compiled.problems
    results = [run_text(pack, text, file) for file, text in catalog.scenarios(loaded).items()]
    assert results
    assert not [result.file for result in results if not result.passed]
