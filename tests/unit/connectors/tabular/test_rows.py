"""Events of a row: when they are made, what they carry, their identity, and the rows that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.connectors.tabular.kit import PLAIN, read, read_csv
from troth.errors import SourceError
from troth.model.ids import content_hash
from troth.model.times import format_instant

HEADER = "id,placed_at,done_at,city,status,n"
ROW = "a,2024-01-01 10:00:00,2024-01-02 10:00:00,Rome,closed,3"


def mapping(events: str, more: str = "") -> str:
    """Return the plain mapping with other events, and more members of its block."""
    head = PLAIN[: PLAIN.index("    attributes:")]
    return f"{head}{more}    events:\n{events}"


def test_an_event_is_made_when_its_condition_is_true_and_not_when_it_is_unknown(tmp_path: Path) -> None:
    events = """
      - {type: big, source: shop, at: placed, when: n > 2}
      - {type: small, source: shop, at: placed, when: "!(n > 2)"}
      - {type: known, source: shop, at: placed, when: known(n)}
      - {type: unknown, source: shop, at: placed, when: "!known(n)"}
"""
    rows = ["a,2024-01-01,,,x,3", "b,2024-01-01,,,x,1", "c,2024-01-01,,,x,"]
    found = read_csv(mapping(events), tmp_path, HEADER, *rows)
    made = [(event.subject, event.type) for event in found.events]
    assert made == [
        ("order/a", "big"), ("order/a", "known"), ("order/b", "small"), ("order/b", "known"), ("order/c", "unknown"),
    ]  # fmt: skip


def test_data_carries_times_as_text_and_leaves_out_what_is_unknown(tmp_path: Path) -> None:
    events = """
      - type: placed
        source: shop
        at: placed
        data: {due: done, later: "done + duration('1h')", raw: done_at, day: city, count: n + 1, word: "'fixed'",
          yes: true, five: 5, none: null, gone: status}
"""
    found = read_csv(mapping(events), tmp_path, HEADER, "a,2024-01-01,2024-01-02 10:00:00,2024-03-01,,3", ",,,,,")
    assert found.events[0].data == {
        "due": "2024-01-02T15:00:00Z", "later": "2024-01-02T16:00:00Z", "raw": "2024-01-02T15:00:00Z",
        "day": "2024-03-01",
        "count": 4, "word": "fixed", "yes": True, "five": 5, "none": None,
    }  # fmt: skip


def test_heard_is_a_column_or_taken_from_the_moment_itself_and_marked_so(tmp_path: Path) -> None:
    events = "      - {type: placed, source: shop, at: placed, heard: done}\n"
    found = read_csv(mapping(events), tmp_path, HEADER, ROW, "b,2024-01-01 10:00:00,,,,")
    heard = [(format_instant(event.heard_at), event.assumed) for event in found.events]
    assert heard == [("2024-01-02T15:00:00Z", ""), ("2024-01-01T15:00:00Z", "heard_at")]


def test_a_sequence_is_the_events_own_or_the_blocks(tmp_path: Path) -> None:
    events = """
      - {type: own, source: shop, at: placed, sequence: 7}
      - {type: block, source: shop, at: placed}
      - {type: computed, source: shop, at: placed, sequence: n * 10}
"""
    found = read_csv(mapping(events, "    sequence: n\n"), tmp_path, HEADER, ROW, "b,2024-01-01,,,,")
    assert [event.sequence for event in found.events] == [7, 3, 30]
    assert found.codes() == ["M207"]


def test_attributes_are_known_from_their_event_and_never_from_an_earlier_one(tmp_path: Path) -> None:
    listed = '    attributes: {placed: "*", done: [status]}\n    drop: [n]\n'
    events = "      - {type: placed, source: shop, at: placed}\n      - {type: done, source: shop, at: done}\n"
    found = read_csv(mapping(events, listed), tmp_path, HEADER, ROW)
    placed, done = (event.data["attributes"] for event in found.events)
    # done_at is the time of a later event: knowing it at the placing would be knowing the future
    assert placed == {"id": "a", "placed_at": "2024-01-01T10:00:00", "city": "Rome"}
    assert done == {"status": "closed"}


def test_a_column_in_no_list_and_an_absent_one_are_noted(tmp_path: Path) -> None:
    listed = "    attributes: {placed: [city, weight]}\n"
    found = read_csv(mapping("      - {type: placed, source: shop, at: placed}\n", listed), tmp_path, HEADER, ROW)
    assert found.notes == [
        "M401 the column `weight` is not in `orders`",
        "M402 the column `status` of `orders` is in no list: dropped",
        "M402 the column `n` of `orders` is in no list: dropped",
    ]


def test_an_id_follows_from_what_the_event_says_so_that_an_export_repeats_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = read_csv(PLAIN, tmp_path / "one", HEADER, ROW, "b,2024-01-05,,,,")
    later = read_csv(PLAIN, tmp_path / "two", HEADER, "b,2024-01-05,2024-01-06,,,", ROW)
    assert {event.id for event in first.events} < {event.id for event in later.events}
    assert len(later.events) == len(first.events) + 1
    assert all(event.id == content_hash(event) for event in later.events)


def test_an_id_of_the_datas_own_is_taken_as_it_is(tmp_path: Path) -> None:
    events = "      - {type: placed, source: shop, at: placed, id: n}\n"
    found = read_csv(mapping(events), tmp_path, HEADER, ROW, "b,2024-01-01,,,,")
    assert ([event.id for event in found.events], found.codes()) == (["3"], ["M207"])


def test_a_row_without_a_subject_is_refused_whole_with_file_row_and_cells(tmp_path: Path) -> None:
    found = read_csv(PLAIN, tmp_path, HEADER, ROW, ",2024-01-01 10:00:00,2024-01-02 00:00:00,Rome,closed,3")
    assert len(found.events) == 2
    (refused,) = found.refused
    assert (refused.code, refused.place, refused.kind, refused.pack) == ("M203", "orders.csv row 2", "row", "small")
    raw = json.loads(refused.raw)
    assert (raw["file"], raw["row"], raw["block"]) == ("orders.csv", 2, "orders")
    assert raw["cells"] == {
        "id": None, "placed_at": "2024-01-01T10:00:00", "done_at": "2024-01-02T00:00:00", "city": "Rome",
        "status": "closed", "n": 3,
    }  # fmt: skip


def test_dates_in_an_impossible_order_are_no_reason_to_refuse_a_row(tmp_path: Path) -> None:
    found = read_csv(PLAIN, tmp_path, HEADER, "a,2024-01-05,2024-01-01,,,")
    assert [event.type for event in found.events] == ["placed", "done"]
    assert found.refused == []


def test_the_same_rows_come_in_the_same_batches_whatever_their_size(tmp_path: Path) -> None:
    rows = [f"o{number},2024-01-01,,,,{number}" for number in range(50)]
    whole = read_csv(PLAIN, tmp_path, HEADER, *rows)
    assert read(PLAIN, tmp_path, chunk=7).events == whole.events
    assert [event.subject for event in whole.events] == [f"order/o{number}" for number in range(50)]


@pytest.mark.parametrize(
    ("extract", "expected"),
    [
        ("", None),
        ("extract: {at: 2024-06-01T00:00:00+02:00}\n", "2024-05-31T22:00:00Z"),
        ("extract: {max: [orders.placed_at, orders.done_at]}\n", "2024-01-02T15:00:00Z"),
        ("extract: {sql: select max(placed_at) + interval 1 day from orders}\n", "2024-01-02T15:00:00Z"),
    ],
)
def test_the_moment_of_the_extract_is_in_the_zone_of_the_mapping(
    extract: str, expected: str | None, tmp_path: Path
) -> None:
    assert read_csv(PLAIN.replace("tables:", extract + "tables:"), tmp_path, HEADER, ROW).extract == expected


@pytest.mark.parametrize(
    ("events", "more", "codes"),
    [
        ("      - {type: placed, source: shop, at: placed, when: nonsense > 1}\n", "", {"X102"}),
        ("      - {type: placed, source: shop, at: placed, when: city}\n", "", {"X104"}),
        ("      - {type: placed, source: shop, at: placed, when: n > }\n", "", {"X101"}),
        ("      - {type: placed, source: shop, at: placed}\n", "    sql: select nothing from orders\n", {"M113"}),
    ],
)
def test_all_that_does_not_fit_the_columns_is_said_with_its_place(
    events: str, more: str, codes: set[str], tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        read_csv(mapping(events, more), tmp_path, HEADER, ROW)
    assert {problem.code for problem in caught.value.problems} == codes
    assert all(problem.place.line > 0 for problem in caught.value.problems)
