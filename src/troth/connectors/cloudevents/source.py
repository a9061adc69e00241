"""Reading a file of CloudEvents: one JSON object a line, or one JSON array, gzipped or not.

A file is a history: what has no `heardat` counts as heard when it happened, and is marked so.

Source: CloudEvents 1.0.2, JSON event format.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from troth.connectors.forms import open_plain, unreadable
from troth.connectors.tabular.files import file_digest
from troth.engine.journal import JOURNAL
from troth.errors import EventError, Place, Problem, TrothError
from troth.model.event import Event
from troth.model.ids import derived_id
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Refused
from troth.runtime.envelope import parse_time
from troth.runtime.importing import Batch
from troth.runtime.incoming import event_of

CHUNK: Final = 4_000
"""Lines a batch."""

PACK: Final = "trothpack"
"""The extension with the name of the pack that an exported event was taken in for."""


class CloudEventsSource:
    """The events of a file of CloudEvents; see `troth.connectors.history.History`."""

    def __init__(self, path: Path, pack: str, *, journal: bool = False) -> None:
        """Open the file.

        Args:
            path: The file.
            pack: The pack whose events are wanted; those that name another are left out, and counted.
            journal: Take also what troth itself has noted, of a ledger of one's own.

        Raises:
            SourceError: M111, it cannot be read.
        """
        self._path, self._pack, self._journal = path, pack, journal
        self.sources: set[str] = set()
        self.watermarks: Mapping[str, Micros] = {}
        self.notes: list[Problem] = []
        self._others: dict[str, int] = {}
        digest = file_digest(path)
        self.cursor = hashlib.sha256(f"cloudevents\0{digest}\0{pack}\0{journal}".encode()).hexdigest()
        self.origin = derived_id(pack, "cloudevents", digest)
        self.series = derived_id(pack, "cloudevents", str(path.resolve()))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was left out: nothing is held open."""
        self._others.clear()

    @property
    def extract(self) -> Micros | None:
        """Return that the file names no moment of an extract."""
        return None

    def batches(self) -> Iterator[Batch]:
        """Yield the events line by line, with the lines that are none."""
        try:
            total = sum(1 for _ in self._texts())
            events: list[Event] = []
            refused: list[Refused] = []
            number = 0
            for number, text in enumerate(self._texts(), start=1):
                self._take(number, text, events, refused)
                if number % CHUNK == 0:
                    yield Batch("events", number, total, events, refused)
                    events, refused = [], []
            if events or refused or number % CHUNK:
                yield Batch("events", number, total, events, refused)
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(self._path, error) from error
        for name, count in sorted(self._others.items()):
            found = f"{count:,} events of the pack {name} are left out"
            remedy = f"import the file again with --pack {name}"
            self.notes.append(Problem(Place(self._path.name), "D402", found, "", remedy, "note"))

    def _texts(self) -> Iterator[bytes]:
        """Yield the text of each event: of a line, of a member of an array, or of the whole file."""
        with open_plain(self._path) as stream:
            first = stream.readline().removeprefix(b"\xef\xbb\xbf")
            while first and not first.strip():
                first = stream.readline()
            if first.lstrip().startswith(b"[") or not _is_json(first):
                rest = first + stream.read()
                if (members := _members(rest)) is not None:
                    yield from members
                    return
                # Neither an array nor one object over several lines: lines, of which the first is broken.
                yield from (line for line in rest.splitlines() if line.strip())
                return
            yield first
            for line in stream:
                if line.strip():
                    yield line

    def _take(self, number: int, text: bytes, events: list[Event], refused: list[Refused]) -> None:
        """Judge one event."""
        try:
            event = self._event(text)
        except TrothError as error:
            refused.append(self._refusal(number, text, error.problems))
            return
        if event is not None:
            self.sources.add(event.source)
            events.append(event)

    def _event(self, text: bytes) -> Event | None:
        """Return the event of a text; `None` for one of another pack.

        Raises:
            EventError: It is no event, or lacks what troth needs.
        """
        try:
            raw = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            problem = Problem(self._place(), "E101", f"no JSON: {error}", "one JSON object", "correct the line")
            raise EventError(problem) from error
        if isinstance(raw, dict):
            named = raw.get(PACK, self._pack)
            if named != self._pack:
                self._others[str(named)] = self._others.get(str(named), 0) + 1
                return None
            if raw.get("time") is None and raw.get("heardat") is None:
                expected = "the attribute time: in a history nothing else says when it happened"
                raise EventError(Problem(self._place(), "D114", "no time", expected, "have the export write it"))
        event = event_of(raw, heard_at=_moment(raw), now=FOREVER)
        if event.source == JOURNAL and not self._journal:
            remedy = "add --journal if the file is an export of a ledger of your own"
            found, expected = f"source is {JOURNAL!r}, which is troth's own", "the name of the system that reports"
            raise EventError(Problem(self._place(), "E126", found, expected, remedy))
        heard = isinstance(raw, dict) and raw.get("heardat") is not None
        return event if heard or event.assumed else msgspec.structs.replace(event, assumed="heard_at")

    def _refusal(self, number: int, text: bytes, problems: tuple[Problem, ...]) -> Refused:
        """Return the quarantine entry of a line."""
        raw = text.decode(errors="replace").strip()
        return Refused(
            id=derived_id("event", self._pack, raw),
            code=problems[0].code,
            reason="; ".join(f"{p.found}; expected {p.expected}" if p.expected else p.found for p in problems),
            place=f"{self._path.name} event {number}",
            raw=raw,
            heard_at=0,
            kind="event",
            pack=self._pack,
        )

    def _place(self) -> Place:
        """Return the file."""
        return Place(self._path.name)


def _moment(raw: Any) -> Micros:
    """Return when an event without `heardat` counts as heard: when it happened, as far as that can be read."""
    try:
        return parse_time(raw["time"])
    except (TypeError, KeyError, ValueError):
        return 0


def _is_json(text: bytes) -> bool:
    """Return whether a text is a whole JSON value."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def _members(text: bytes) -> list[bytes] | None:
    """Return the texts of the members of an array, or the one text of an object; `None`: it is neither."""
    try:
        return [bytes(one) for one in msgspec.json.decode(text, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeError):
        return [text] if _is_json(text) else None
