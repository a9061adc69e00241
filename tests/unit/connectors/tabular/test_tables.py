"""Reading files: names, formats, types, words for nothing, and lines that are no rows."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.connectors.tabular.kit import PLAIN, read, read_csv
from troth.errors import SourceError

HEADER = "id,placed_at,done_at,city"
ROWS = ["a,2024-01-01 10:00:00,2024-01-02 10:00:00,Rome", "b,2024-01-01 11:00:00,,"]


def attributes(mapping: str, folder: Path, header: str, *rows: str) -> list[dict[str, object]]:
    """Return the attributes of each placed event."""
    return [event.data["attributes"] for event in read_csv(mapping, folder, header, *rows).of("placed")]


def test_csv_parquet_gzip_and_zip_give_the_same_events(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *ROWS]) + "\n"
    for name in ("plain", "gzip", "zip", "parquet"):
        (tmp_path / name).mkdir()
    (tmp_path / "plain/orders.csv").write_text(text)
    with gzip.open(tmp_path / "gzip/orders.csv.gz", "wt") as stream:
        stream.write(text)
    with zipfile.ZipFile(tmp_path / "zip/orders.zip", "w") as archive:
        archive.writestr("orders.csv", text)
    table = pa.table(
        {
            "id": ["a", "b"],
            "placed_at": pa.array([1704103200_000000, 1704106800_000000], pa.timestamp("us")),
            "done_at": pa.array([1704189600_000000, None], pa.timestamp("us")),
            "city": ["Rome", None],
        }
    )
    pq.write_table(table, tmp_path / "parquet/orders.parquet")
    found = [read(PLAIN, tmp_path / name).events for name in ("plain", "gzip", "zip", "parquet")]
    assert [event.type for event in found[0]] == ["placed", "done", "placed"]
    assert found[0] == found[1] == found[2] == found[3]


def test_a_single_file_serves_the_table_that_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "export-17.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    assert len(read(PLAIN, tmp_path / "export-17.csv").events) == 3


def test_a_pattern_reads_all_files_that_match_as_one_table(tmp_path: Path) -> None:
    (tmp_path / "part-1.csv").write_text(f"{HEADER}\n{ROWS[0]}\n")
    (tmp_path / "part-2.csv").write_text("placed_at,id,done_at\n2024-01-01 11:00:00,,\n2024-01-01 11:00:00,b,\n")
    found = read(PLAIN.replace("orders.parquet,", "'part-*.csv',"), tmp_path)
    assert [event.subject for event in found.of("placed")] == ["order/a", "order/b"]
    assert [refused.place for refused in found.refused] == ["part-2.csv row 1"]


def test_numbers_with_leading_zeros_stay_text_and_other_cells_get_the_narrowest_type_of_all(tmp_path: Path) -> None:
    mapping = PLAIN.replace("[city]", '"*"')
    header = "id,placed_at,done_at,zip,count,price,yes,day,at,odd,never"
    found = attributes(
        mapping,
        tmp_path,
        header,
        "a,2024-01-01 10:00:00,,01037,7,1.50,true,2024-01-05,2024-01-05 10:00:00,1,",
        "b,2024-01-01 10:00:00,,90210,-8,2,False,2024-01-06,2024-01-05T10:00:00.250,x,",
    )
    assert found[0] == {
        "id": "a", "placed_at": "2024-01-01T10:00:00", "zip": "01037", "count": 7, "price": 1.5, "yes": True,
        "day": "2024-01-05", "at": "2024-01-05T10:00:00", "odd": "1",
    }  # fmt: skip
    assert found[1]["at"] == "2024-01-05T10:00:00.250000"
    assert (found[1]["count"], found[1]["yes"], found[1]["odd"]) == (-8, False, "x")


def test_one_odd_cell_far_down_keeps_the_column_text_instead_of_becoming_nothing(tmp_path: Path) -> None:
    mapping = PLAIN.replace("[city]", "[n]")
    rows = [f"{number},2024-01-01 10:00:00,,{number}" for number in range(3000)]
    found = attributes(mapping, tmp_path, "id,placed_at,done_at,n", *rows, "z,2024-01-01 10:00:00,,12A")
    assert found[-1] == {"n": "12A"}
    assert found[0] == {"n": "0"}


def test_ids_that_are_numbers_are_text_where_the_mapping_says_so(tmp_path: Path) -> None:
    mapping = PLAIN.replace("orders.zip]", "orders.zip], read_as: {id: text}")
    found = read_csv(mapping, tmp_path, HEADER, "007,2024-01-01 10:00:00,,", "101001240735,2024-01-01 10:00:00,,")
    assert [event.subject for event in found.events] == ["order/007", "order/101001240735"]


def test_quotes_delimiters_and_line_breaks_inside_cells_survive(tmp_path: Path) -> None:
    found = attributes(PLAIN, tmp_path, HEADER, 'a,2024-01-01 10:00:00,,"Rome, ""eternal""\ncity; here"')
    assert found == [{"city": 'Rome, "eternal"\ncity; here'}]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_the_delimiter_is_found_from_the_header(mark: str, tmp_path: Path) -> None:
    found = attributes(PLAIN, tmp_path, HEADER.replace(",", mark), f"a{mark}2024-01-01 10:00:00{mark}{mark}Rome, Lazio")
    assert found == [{"city": "Rome, Lazio"}]


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_data(tmp_path: Path) -> None:
    text = "\ufeff" + "\r\n".join([HEADER, *ROWS]) + "\r\n"
    (tmp_path / "orders.csv").write_bytes(text.encode())
    found = read(PLAIN, tmp_path)
    assert [event.subject for event in found.of("placed")] == ["order/a", "order/b"]
    assert found.of("placed")[0].data == {"attributes": {"city": "Rome"}}


def test_lines_that_are_no_rows_go_to_quarantine_and_the_others_are_read(tmp_path: Path) -> None:
    bad = b"c,2024-01-01 10:00:00,,\xe9\n"
    (tmp_path / "orders.csv").write_bytes(
        "\n".join([HEADER, ROWS[0], "too,few", "a,b,c,d,e,f", ROWS[1], ""]).encode() + bad
    )
    found = read(PLAIN, tmp_path)
    assert [event.subject for event in found.of("placed")] == ["order/a", "order/b"]
    assert found.codes() == ["M206", "M206", "M206"]
    assert '"line": "too,few"' in found.refused[0].raw


def test_words_for_nothing_are_missing_cells_in_every_column(tmp_path: Path) -> None:
    mapping = PLAIN.replace("tables:", 'missing: ["", "?", "NA"]\ntables:')
    found = read_csv(mapping, tmp_path, HEADER, "a,2024-01-01 10:00:00,?,NA")
    assert [event.type for event in found.events] == ["placed"]
    assert found.events[0].data == {"attributes": {}}


def test_a_declared_column_with_a_wrong_cell_refuses_the_row_and_keeps_it_as_it_came(tmp_path: Path) -> None:
    mapping = PLAIN.replace("orders.zip]", "orders.zip], read_as: {done_at: '%d/%m/%Y', n: integer}")
    found = read_csv(
        mapping,
        tmp_path,
        "id,placed_at,done_at,n",
        "a,2024-01-01,31/1/2024,1",
        "b,2024-01-01,1/31/2024,x",
        "c,2024-01-01,,",
    )
    assert found.times("done") == ["2024-01-31T05:00:00Z"]
    assert (found.codes(), found.refused[0].place) == (["M205"], "orders.csv row 2")
    assert found.refused[0].reason == "done_at: `1/31/2024` is not %d/%m/%Y; n: `x` is not integer"
    assert '"done_at": "1/31/2024"' in found.refused[0].raw


def test_a_column_that_a_release_lacks_is_taken_from_elsewhere(tmp_path: Path) -> None:
    mapping = PLAIN.replace("orders.zip]", "orders.zip], absent: {city: \"'row ' || file_row\"}")
    assert attributes(mapping, tmp_path, "id,placed_at,done_at", "a,2024-01-01,") == [{"city": "row 1"}]
    assert attributes(mapping, tmp_path, HEADER, "a,2024-01-01,,Rome") == [{"city": "Rome"}]


def test_tables_written_in_the_mapping_join_with_files(tmp_path: Path) -> None:
    mapping = PLAIN.replace(
        "rows:\n", "  names: {columns: [code, title], values: [[R, Rome], [P, 'Paris']]}\nrows:\n"
    ).replace(
        "    subject:", "    sql: select o.*, n.title from orders o left join names n on n.code = o.city\n    subject:"
    )
    found = attributes(
        mapping.replace("[city]", "[title]"), tmp_path, HEADER, "a,2024-01-01,,P", "b,2024-01-01,,X", "c,2024-01-01,,R"
    )
    assert found == [{"title": "Paris"}, {}, {"title": "Rome"}]


def test_an_optional_table_that_is_not_there_joins_with_nothing_and_makes_no_events(tmp_path: Path) -> None:
    mapping = PLAIN.replace(
        "rows:\n", "  more: {file: [more.csv], optional: true, read_as: {id: text, note: text}}\nrows:\n"
    ).replace("    subject:", "    sql: select o.*, m.note from orders o left join more m using (id)\n    subject:")
    mapping += """  - table: more
    subject: id
    times: {t: {column: seen_at}}
    events: [{type: seen, source: shop, at: t}]
"""
    found = read_csv(mapping.replace("[city]", "[city, note]"), tmp_path, HEADER, *ROWS)
    assert [event.type for event in found.events] == ["placed", "done", "placed"]
    assert any(note.startswith("M403") for note in found.notes)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("other.csv", b"a,b\n", "M110"),
        ("orders.csv", b"", "M111"),
        ("orders.parquet", b"no parquet", "M111"),
        ("orders.zip", b"no archive", "M111"),
        ("orders.csv", b"id,placed_at\na,2\n", "M112"),
    ],
)
def test_a_data_set_that_does_not_fit_is_refused_with_place_and_remedy(
    name: str, content: bytes, code: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read(PLAIN, tmp_path)
    assert {problem.code for problem in caught.value.problems} == {code}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(PLAIN, tmp_path / "nowhere")
    assert caught.value.problems[0].code == "M110"


def test_a_line_that_is_no_row_is_counted_as_one_and_blank_lines_are_not(tmp_path: Path) -> None:
    mapping = PLAIN.replace("attributes: {placed: [city]}", "sequence: file_row")
    lines = [
        "a,2024-01-01,,x",
        'b,2024-01-01,,"y\n\nz"',
        "c,2024-01-01,,x;extra,1",
        "",
        "d,2024-01-01,,x",
        "too,few",
        "e,2024-01-01,,x",
    ]
    found = read_csv(mapping, tmp_path, HEADER, *lines)
    assert [refused.place for refused in found.refused] == ["orders.csv row 3", "orders.csv row 5"]
    assert [(event.subject, event.sequence) for event in found.of("placed")] == [
        ("order/a", 1), ("order/b", 2), ("order/d", 4), ("order/e", 6),
    ]  # fmt: skip
