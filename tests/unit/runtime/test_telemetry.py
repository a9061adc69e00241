"""What a server tells about itself: logs that hold nothing personal, figures, traces."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from troth.ports.ledger import Appended
from troth.runtime.telemetry import Metrics, Tracing, blotted, log, log_to, new_instance


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Write logs to a text, and put everything back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    text = io.StringIO()
    log_to(text)
    yield text
    root.handlers, root.level = handlers, level


def logged(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_is_one_object_with_its_event_and_fields(lines: io.StringIO) -> None:
    log("request", route="ask", status=200)
    (line,) = logged(lines)
    assert (line["event"], line["route"], line["status"], line["level"]) == ("request", "ask", 200, "info")
    assert line["at"].endswith("Z")


def test_an_error_is_told_by_its_kind_and_places_without_its_message(lines: io.StringIO) -> None:
    try:
        json.loads("wet shoes")
    except ValueError as error:
        log("fault", error=error)
        logging.getLogger("other").exception("something failed")
    for line in logged(lines):
        assert line["error"]["kind"] == "JSONDecodeError"
        assert line["error"]["places"][0].startswith("test_telemetry.py:")
    assert "wet" not in lines.getvalue()


@pytest.mark.parametrize("text", ["eve@example.org", "mail <eve.x+y@mail.example.org> now", "+49 170 123 45 67"])
def test_addresses_and_numbers_of_people_are_blotted_out_wherever_they_stand(text: str) -> None:
    for value in (text, [text], {"a": (text,)}):
        assert "[personal]" in json.dumps(blotted(value))
        assert "example" not in json.dumps(blotted(value))
    assert "170" not in blotted("call +49 170 123 45 67")


@pytest.mark.parametrize("value", ["2026-03-02T09:46:00Z", "pickup/17", "a+b", "11111111-aaaa", 7, None, 1.5])
def test_what_is_nobodys_address_stays(value: Any) -> None:
    assert blotted(value) == value


def test_a_long_text_is_looked_through_in_one_pass() -> None:
    # Looked through anew from each letter, these would take hours.
    for text in ("+" + "a" * 1_000_000, "+1" + "-" * 1_000_000, "a@" + "a" * 1_000_000, "a@" * 500_000):
        assert blotted(text) == text
    assert blotted("a" * 1_000_000 + "@example.org") == "[personal]"


def test_what_was_tallied_is_counted_once() -> None:
    metrics = Metrics()
    metrics.took(Appended(accepted=2, duplicates=1), 3)
    metrics.took(Appended(accepted=1), 0)
    for _ in range(2):
        text = metrics.text().decode()
        assert 'troth_events_total{result="accepted"} 3.0' in text
        assert 'troth_events_total{result="quarantined"} 3.0' in text
        assert 'result="conflict"' not in text


def test_instances_are_names_of_their_own() -> None:
    names = {new_instance() for _ in range(100)}
    assert len(names) == 100
    assert all(name.startswith("urn:uuid:") for name in names)


def test_a_request_is_a_span_of_the_callers_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing = Tracing(on=False)
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    caller = "0af7651916cd43dd8448eb211c80319c"
    with tracing.request("POST", {"traceparent": f"00-{caller}-b7ad6b7169203331-01"}) as known:
        known |= {"route": "ask", "status": 200}
    (span,) = kept.get_finished_spans()
    assert (span.name, f"{span.context.trace_id:032x}") == ("POST ask", caller)
    assert dict(span.attributes or {})["http.response.status_code"] == 200
    provider.shutdown()
