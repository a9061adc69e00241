"""Spill files: events read from outside, laid down by the bucket of their subject, so that a subject is read at once.

A history lies in files by date or by table; a backtest wants it by subject. Events are put into one file a bucket as
they come, and a bucket is small enough to be sorted in memory: memory is bounded by a bucket, not by the history.
A file is a row of frames, each its length (8 bytes) and MessagePack of a list of events.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from troth.model.event import Event
from troth.model.ids import BUCKETS, bucket_of
from troth.model.pack import Pack

_FRAME: Final = struct.Struct(">Q")
_HELD: Final = 200_000
"""Events held in memory before they are laid down."""
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Event]).decode


class Spill:
    """Lays events down.

    Args:
        folder: Where to; empty.
        pack: Says which members are personal: they are read by no rule, and are not written.
    """

    def __init__(self, folder: Path, pack: Pack) -> None:
        """Begin with nothing."""
        self._folder = folder
        self._personal: Mapping[str, tuple[str, ...]] = {
            name: plan.personal for name, plan in pack.events.items() if plan.personal
        }
        self._held: dict[int, list[Event]] = {}
        self._count = 0
        self.events = 0

    def add(self, events: Iterable[Event]) -> None:
        """Take events in."""
        for event in events:
            members = self._personal.get(event.type)
            kept = event if not members else _without(event, members)
            self._held.setdefault(bucket_of(event.tenant, event.subject), []).append(kept)
            self._count += 1
        if self._count >= _HELD:
            self.flush()

    def flush(self) -> None:
        """Lay down what is held."""
        for bucket, events in self._held.items():
            frame = _encode(events)
            with (self._folder / str(bucket)).open("ab") as file:
                file.write(_FRAME.pack(len(frame)))
                file.write(frame)
        self.events += self._count
        self._held, self._count = {}, 0


def subjects_in(folder: Path, buckets: Collection[int] | None = None) -> Iterator[tuple[str, list[Event]]]:
    """Yield (subject, its events) of some buckets, bucket by bucket, subject by subject; `None`: of all."""
    for bucket in range(BUCKETS) if buckets is None else sorted(buckets):
        path = folder / str(bucket)
        groups: dict[str, list[Event]] = {}
        for event in chain.from_iterable(_frames(path)) if path.exists() else ():
            groups.setdefault(event.subject, []).append(event)
        for subject in sorted(groups):
            yield subject, groups.pop(subject)


def _frames(path: Path) -> Iterator[list[Event]]:
    """Yield the lists of events of a file."""
    with path.open("rb") as file:
        while head := file.read(_FRAME.size):
            yield _decode(file.read(_FRAME.unpack(head)[0]))


def _without(event: Event, members: tuple[str, ...]) -> Event:
    """Return an event without its personal members."""
    data = {name: value for name, value in event.data.items() if name not in members}
    return msgspec.structs.replace(event, data=data)
