"""Readers of event logs on files that are cut, mixed up and scribbled over: parts, or an error with its place."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troth.connectors.cloudevents.source import CloudEventsSource
from troth.connectors.forms import READERS, form_of, unfold
from troth.connectors.ocel.write_sqlite import write_sqlite
from troth.errors import Problem, SourceError
from troth.model.event import Event

SAMPLES = Path(__file__).resolve().parents[2] / "src/troth/connectors"
AT = 1_700_000_000_000_000
EVENT = Event("shop", "1", "placed", "order/1", AT, AT, {"attributes": {"a": 1}})


def exported() -> bytes:
    """Return a log in SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        write_sqlite(Path(folder) / "log", [("delivery", "order/1", [EVENT])], {"shop": 5}, 6)
        return (Path(folder) / "log").read_bytes()


LOGS = {
    "xes": (SAMPLES / "xes/samples/all_kinds.xes").read_bytes(),
    "ocel-json": (SAMPLES / "ocel/samples/orders.jsonocel").read_bytes(),
    "ocel-xml": (SAMPLES / "ocel/samples/orders.xmlocel").read_bytes(),
    "ocel1-json": b'{"ocel:events": {"1": {"ocel:activity": "a", "ocel:timestamp": "2024-01-01T00:00:00Z", '
    b'"ocel:omap": ["o"], "ocel:vmap": {"n": 1}}}, "ocel:objects": {"o": {"ocel:type": "t", "ocel:ovmap": {}}}}',
    "ocel-sqlite": exported(),
    "cloudevents": (SAMPLES / "cloudevents/samples/orders.ndjson").read_bytes(),
}
PIECES = (
    b"<",
    b">",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\",
    b"null",
    b"\x00",
    b"\xff",
    b"&x;",
    b"<!DOCTYPE a [",
    b"1e999",
    b"\n",
)


@st.composite
def scribbled(draw: st.DrawFn, whole: bytes) -> bytes:
    """Change a file in a few places."""
    text = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 40)))
        match draw(st.sampled_from(["cut", "put", "drop", "swap", "twice"])):
            case "cut":
                del text[at:]
            case "put":
                text[at:at] = draw(st.sampled_from(PIECES))
            case "drop":
                del text[at:to]
            case "swap":
                text[at:to] = bytes(reversed(text[at:to]))
            case _:
                text[at:at] = text[at:to]
    return bytes(text)


@pytest.mark.parametrize("form", sorted(LOGS))
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_log_gives_parts_or_a_placed_error(form: str, data: st.DataObject) -> None:
    text = data.draw(scribbled(LOGS[form]))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log"
        file.write_bytes(text)
        faults: tuple[Problem, ...] = ()
        try:
            if (found := form_of(file)) in READERS:
                log = unfold(file, found, Path(folder))
                assert all(one.code.startswith("D1") and one.reason for one in log.bad)
            elif found == "cloudevents":
                with CloudEventsSource(file, "delivery") as source:
                    for batch in source.batches():
                        assert all(one.code and one.reason and one.place for one in batch.refused)
        except SourceError as error:
            faults = error.problems
        assert all(one.place.file and one.code[0] in "DM" for one in faults)
