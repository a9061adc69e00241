"""The tester tested: each file under failing/ says, beside it, exactly what is to be reported and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.unit.scenarios.kit import HERE, pack_named, told
from troth.codes.s_scenario import PAGES
from troth.scenarios import SCHEMA, run, run_text

FAILING = sorted((HERE / "failing").glob("*.yaml"))


@pytest.mark.parametrize("file", FAILING, ids=lambda file: file.stem)
def test_a_failing_example_reports_exactly_what_is_written_beside_it(file: Path) -> None:
    result = run_text(pack_named("delivery"), file.read_text(encoding="utf-8"), file.name)
    assert not result.passed
    assert told(result) == file.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_scenario_code_has_a_page_and_is_reported_by_an_example_or_a_test() -> None:
    reported = "".join(file.with_suffix(".txt").read_text(encoding="utf-8") for file in FAILING)
    # S101 needs a file that cannot be read, S220 an engine that is wrong: see below and test_runner. S111 and S112 are
    # of stories that are put together on a page: see tests/unit/surfaces/web/explorer/test_pages.py.
    assert sorted(code for code in PAGES if code not in reported) == ["S101", "S111", "S112", "S220"]
    assert all(page.code == code for code, page in PAGES.items())


def test_a_file_that_does_not_exist_or_is_no_text_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    results = run(pack_named("delivery"), [tmp_path / "missing.yaml", tmp_path / "bytes.yaml"])
    assert (results.ok, results.passed, results.failed) == (False, 0, 2)
    assert [problem.code for problem in results.problems] == ["S101", "S101"]
    assert "not UTF-8" in results.problems[1].found


def test_the_published_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
