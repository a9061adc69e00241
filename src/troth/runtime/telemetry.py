"""What a server tells about itself: figures for Prometheus, structured logs, traces. None of it holds personal data.

A log line has an event name and fields that the code names one by one; what people wrote is never among them. As a
second fence, whatever looks like an address of a person is blotted out, and of an unexpected error only its kind and
its places in the code are kept: its message might quote what was sent.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
import uuid
from collections import Counter as TallyCounter
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TextIO

import msgspec
from opentelemetry import propagate, trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from troth.engine.effects import BYPASS
from troth.errors import Place, Problem, UsageError
from troth.model.decision import Decision
from troth.model.times import SECOND, format_instant
from troth.ports.ledger import Appended
from troth.runtime.clock import wall_clock

if TYPE_CHECKING:
    from troth.runtime.live.run import Done

_FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
_LATENESS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)
# Whoever sends decides how long a text is: an address begins only where a word does, and a number has an end, so that
# the time to look is proportional to the length.
_PERSONAL: Final = re.compile(r"(?<![^\s@\"<>])[^\s@\"<>]++@[^\s@\"<>]+\.[^\s@\"<>]+|\+?\d[\d ()/-]{7,40}\d")
_encode: Final = msgspec.json.Encoder().encode


class Metrics:
    """The figures of one server, in a registry of its own.

    What the gate does is counted where it is done: hand `turned` to the service, whose turns tell it of every decision,
    whoever asked. What came over HTTP is counted by the routes.
    """

    def __init__(self) -> None:
        """Declare every figure; their meanings stand in docs/reference/metrics.md."""
        own = self.registry = CollectorRegistry()
        self.requests = Counter("troth_requests", "Requests answered.", ["route", "status"], registry=own)
        self.request_seconds = Histogram(
            "troth_request_seconds", "Time to answer.", ["route"], buckets=_FAST, registry=own
        )
        self.events = Counter("troth_events", "Events that came in, by what became of them.", ["result"], registry=own)
        self.asks = Counter("troth_asks", "Decisions that senders asked for.", ["outcome"], registry=own)
        self.own = Counter("troth_own_decisions", "Decisions that nobody asked for.", ["outcome"], registry=own)
        self.reasons = Counter("troth_reasons", "Reasons in decisions, by code.", ["code"], registry=own)
        self.confirms = Counter("troth_confirms", "Permits used, or why not.", ["code"], registry=own)
        self.receipts = Counter("troth_receipts", "Receipts taken in, by phase.", ["phase"], registry=own)
        self.bypasses = Counter("troth_bypasses", "Messages that left without a permit.", registry=own)
        self.turns = Histogram("troth_turn_commands", "Commands in a turn.", buckets=_SIZES, registry=own)
        self.timers = Histogram("troth_timer_late_seconds", "How late timers fired.", buckets=_LATENESS, registry=own)
        self.held = Gauge("troth_ledger", "What the ledger holds, by kind.", ["kind"], registry=own)
        self.outbox = Gauge("troth_outbox", "Deliveries, by state, up to 10,000.", ["state"], registry=own)
        self.feed_age = Gauge("troth_feed_age_seconds", "How long a feed is silent.", ["source"], registry=own)
        self.overdue = Gauge("troth_timers_overdue_seconds", "How late the most overdue timer is.", registry=own)

        self._tally: TallyCounter[tuple[Counter, tuple[str, ...]]] = TallyCounter()
        self._turned: dict[Counter, defaultdict[str, int]] = defaultdict(_none)
        self._turning = Lock()
        self._timed: dict[str, Histogram] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._tally[self.requests, (route, str(status))] += 1
        timed = self._timed.get(route)
        if timed is None:
            timed = self._timed[route] = self.request_seconds.labels(route)
        timed.observe(seconds)

    def took(self, appended: Appended, refused: int) -> None:
        """Count what became of events."""
        for result, count in (
            ("accepted", appended.accepted), ("duplicate", appended.duplicates), ("conflict", appended.conflicts),
            ("quarantined", refused),
        ):  # fmt: skip
            if count:
                self._tally[self.events, (result,)] += count

    def told(self, phase: str) -> None:
        """Count a receipt."""
        self._tally[self.receipts, (phase,)] += 1

    def turned(self, done: Done) -> None:
        """Count what a turn of the service has done; called by the writer, once its callers have been answered."""
        self.turns.observe(done.commands)
        for late in done.fired:
            self.timers.observe(late / SECOND)
        with self._turning:
            self._decided(self.asks, done.decisions)
            self._decided(self.own, done.own)
            confirms = self._turned[self.confirms]
            for confirmed in done.confirmed:
                confirms[confirmed.code or "ok"] += 1
            for one in done.outgoing:
                if one.topic == BYPASS:
                    self._turned[self.bypasses][""] += 1

    def _decided(self, counter: Counter, decisions: Iterable[Decision]) -> None:
        """Count decisions and their reasons."""
        outcomes, reasons = self._turned[counter], self._turned[self.reasons]
        for decision in decisions:
            outcomes[decision.outcome] += 1
            for reason in decision.reasons:
                reasons[reason.code] += 1

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus.

        Hot routes only tally, in the thread of the event loop, and so does the writer in its own; what they tallied is
        added here.
        """
        tally, self._tally = self._tally, TallyCounter()
        with self._turning:
            turned, self._turned = self._turned, defaultdict(_none)
        for (counter, labels), count in tally.items():
            counter.labels(*labels).inc(count)
        for counter, counts in turned.items():
            for label, count in counts.items():
                (counter.labels(label) if label else counter).inc(count)
        return generate_latest(self.registry)


def _none() -> defaultdict[str, int]:
    """Return counts of nothing."""
    return defaultdict(int)


class _JsonLines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        line: dict[str, Any] = {
            "at": format_instant(wall_clock()),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line |= {"event": record.getMessage()} if fields else {"event": "log", "text": record.getMessage()}
        line |= fields
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"error": fault_of(record.exc_info[1])}
        return _encode({name: blotted(value) for name, value in line.items()}).decode()


def log_to(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Write all logs as JSON lines to a stream; without one to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def log(event: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any) -> None:
    """Write one structured line.

    Args:
        event: What happened, such as `request`.
        level: Of `logging`.
        error: What went wrong; its message is left out.
        fields: Plain values; nothing that people wrote.
    """
    if error is not None:
        fields["error"] = fault_of(error)
    logging.getLogger("troth").log(level, event, extra={"fields": fields or {"pid": os.getpid()}})


def fault_of(error: BaseException) -> dict[str, Any]:
    """Return the kind of an unexpected error and where in the code it arose, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-8:]]  # noqa: PTH119 - a frame's file need not exist
    return {"kind": type(error).__name__, "places": places}


def blotted(value: Any) -> Any:
    """Return a value in which whatever looks like an address or number of a person is blotted out."""
    match value:
        case str():
            return _PERSONAL.sub("[personal]", value) if "@" in value or "+" in value else value
        case dict():
            return {name: blotted(inner) for name, inner in value.items()}
        case list() | tuple():
            return [blotted(inner) for inner in value]
    return value


def new_instance() -> str:
    """Return a fresh name for one occurrence: `urn:uuid:…`."""
    return f"urn:uuid:{uuid.uuid4()}"


class Tracing:
    """Spans of requests; without `on` it costs nothing.

    Args:
        on: Whether to trace.

    Raises:
        UsageError: H306, tracing is on, but nothing is installed that would take the spans.
    """

    def __init__(self, *, on: bool) -> None:
        """Set up OpenTelemetry from its own environment variables, unless the process has done so."""
        self.on = on
        if on:
            _provide()
        self._tracer = trace.get_tracer("troth")

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Trace one request, as part of the caller's trace where its headers name one.

        Args:
            method: The request's method.
            headers: The request's headers: `traceparent` is read.

        Yields:
            A dictionary for what is known at the end: `route` and `status`.
        """
        known: dict[str, Any] = {}
        with self._tracer.start_as_current_span(
            method, context=propagate.extract(headers), kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": method}, record_exception=False,
        ) as span:  # fmt: skip
            yield known
            span.update_name(f"{method} {known.get('route', 'other')}")
            span.set_attribute("http.route", known.get("route", "other"))
            span.set_attribute("http.response.status_code", known.get("status", 0))


def _provide() -> None:
    """Install a provider of spans, with the OTLP exporter where that is installed.

    Raises:
        UsageError: H306, opentelemetry-sdk is not installed.
    """
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return
    try:
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - optional
    except ImportError as error:
        raise UsageError(
            Problem(Place(path="trace_requests"), "H306", "opentelemetry-sdk is not installed", "the package")
        ) from error
    provider = TracerProvider()
    try:
        exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter
    except ImportError:
        log("traces.kept_here", why="no exporter is installed: spans reach only what this process installs itself")
    else:
        provider.add_span_processor(BatchSpanProcessor(exporter()))
    trace.set_tracer_provider(provider)
