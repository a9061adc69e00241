"""A file of CloudEvents is read line by line: histories are heard when they happened, nothing is lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from troth.connectors.cloudevents.source import CloudEventsSource
from troth.connectors.forms import form_of
from troth.model.event import Event
from troth.model.times import format_instant
from troth.ports.ledger import Refused

SAMPLE = Path(__file__).resolve().parents[4] / "src/troth/connectors/cloudevents/samples/orders.ndjson"


def envelope(id_: str = "1", **more: Any) -> dict[str, Any]:
    """Return an event."""
    plain = {"specversion": "1.0", "id": id_, "source": "shop", "type": "order.placed", "subject": "order/1",
             "time": "2024-01-01T00:00:00Z"}  # fmt: skip
    return {name: value for name, value in (plain | more).items() if value is not None}


def read(file: Path, *, journal: bool = False) -> tuple[list[Event], list[Refused], list[str]]:
    """Return events, refusals and codes of notes of a file."""
    with CloudEventsSource(file, "delivery", journal=journal) as source:
        batches = list(source.batches())
        events = [event for batch in batches for event in batch.events]
        assert source.sources == {event.source for event in events}
        return events, [one for batch in batches for one in batch.refused], [note.code for note in source.notes]


def written(folder: Path, *lines: object) -> Path:
    """Write lines; what is no text becomes JSON."""
    file = folder / "events.ndjson"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return file


def test_what_has_no_heardat_was_heard_when_it_happened_and_is_marked_so(tmp_path: Path) -> None:
    events, refused, _ = read(written(tmp_path, envelope(), envelope("2", heardat="2024-01-03T00:00:00Z")))
    assert [(format_instant(one.heard_at), one.assumed) for one in events] == [
        ("2024-01-01T00:00:00Z", "heard_at"), ("2024-01-03T00:00:00Z", ""),
    ]  # fmt: skip
    assert not refused


@pytest.mark.parametrize("wrap", [json.dumps, lambda one: json.dumps(one, indent=2)])
def test_an_array_is_read_as_its_members(wrap: Any, tmp_path: Path) -> None:
    events, refused, _ = read(written(tmp_path, wrap([envelope("1"), envelope("2")])))
    assert [one.id for one in events] == ["1", "2"]
    assert not refused


def test_one_object_over_several_lines_is_one_event(tmp_path: Path) -> None:
    events, refused, _ = read(written(tmp_path, json.dumps(envelope(), indent=2)))
    assert ([one.id for one in events], refused) == (["1"], [])


def test_a_gzipped_file_and_blank_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson.gz"
    file.write_bytes(gzip.compress(f"\n{json.dumps(envelope())}\n\n{json.dumps(envelope('2'))}".encode()))
    assert form_of(file) == "cloudevents"
    assert len(read(file)[0]) == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{broken", "E101"),
        (envelope(time=None), "D114"),
        (envelope(subject=None), "E120"),
        (envelope(time="yesterday"), "E105"),
        (envelope(source="troth"), "E126"),
        ([1], "E101"),
    ],
)
def test_a_line_that_is_no_event_is_kept_as_it_came_with_its_place(line: object, code: str, tmp_path: Path) -> None:
    events, (bad,), _ = read(written(tmp_path, envelope("0"), line, envelope("2")))
    assert [one.id for one in events] == ["0", "2"]
    assert (bad.code, bad.place) == (code, "events.ndjson event 2")
    assert bad.raw == (line if isinstance(line, str) else json.dumps(line))


def test_a_file_whose_first_line_is_broken_is_still_read_by_lines(tmp_path: Path) -> None:
    events, (bad,), _ = read(written(tmp_path, "{broken", envelope("1"), envelope("2")))
    assert ([one.id for one in events], bad.place) == (["1", "2"], "events.ndjson event 1")


def test_what_troth_itself_noted_is_taken_on_demand(tmp_path: Path) -> None:
    file = written(tmp_path, envelope(source="troth", type="troth.decided"))
    assert len(read(file, journal=True)[0]) == 1


def test_events_of_another_pack_are_left_out_and_counted(tmp_path: Path) -> None:
    file = written(tmp_path, envelope(trothpack="delivery"), envelope("2", trothpack="store_pickup"))
    events, refused, notes = read(file)
    assert (len(events), refused, notes) == (1, [], ["D402"])


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    assert read(written(tmp_path)) == ([], [], [])


def test_the_sample_is_read_whole() -> None:
    events, refused, _ = read(SAMPLE)
    assert (len(events), refused) == (3, [])
