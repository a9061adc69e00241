"""The list of the console as a sheet."""

from __future__ import annotations

import csv
import io

import pytest

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.console_kit import ONE, told
from troth.runtime.service import Complaint


@pytest.fixture
def busy(house: House) -> House:
    """Return a server of a firm with three customers in trouble."""
    told(house, ONE)
    return house


def test_all_of_a_list_is_a_sheet_in_which_nothing_is_a_formula(busy: House) -> None:
    busy.service.complain(Complaint("pickup/late", "where", id="=1+1", channel="sms")).result(10)
    answer = busy.staff("lead").get("/console/list.csv?store=bern")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["subject"] for row in rows} == {"pickup/late"}
    assert "'=1+1" in {row["about"] for row in rows}
    assert {row["overdue"] for row in rows} == {"yes"}
    everybody = list(csv.DictReader(io.StringIO(busy.staff("lead").get("/console/list.csv").text)))
    assert "no" not in {row["overdue"] for row in everybody if not row["due"]}
