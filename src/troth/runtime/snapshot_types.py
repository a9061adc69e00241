"""What the four tables do not tell of records: attribute types, attributes known late, repeated promises, words."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from troth.model.pack import Pack
from troth.model.record import Record
from troth.runtime.needs import needs_words


class Seen(msgspec.Struct):
    """Collected over records, here or in several processes.

    Attributes:
        types: Attribute name → the types of its values.
        later: Attribute name → subjects for which it became known only after the request.
        several: Some subject has several promises of one kind.
        words: Some record needs its events for the group `words`.
    """

    types: dict[str, set[type]] = {}
    later: dict[str, int] = {}
    several: bool = False
    words: bool = False

    def add(self, record: Record, packs: Mapping[str, Pack]) -> None:
        """Look at one more record."""
        promises = record.promises
        if len(promises) > 1 and not self.several:
            self.several = len({promise.kind for promise in promises}) < len(promises)
        if not self.words and record.pack in packs:
            self.words = needs_words(record, packs[record.pack])
        requested = record.requested_at
        for name, attribute in record.attributes.items():
            types = self.types.get(name)
            if types is None:
                types = self.types[name] = set()
            value = attribute.value
            # An integer beyond 64 bits is kept as text, exactly.
            types.add(str if type(value) is int and not -(2**63) <= value < 2**63 else type(value))
            if requested is not None and attribute.known_from > requested:
                self.later[name] = self.later.get(name, 0) + 1

    def join(self, other: Seen) -> None:
        """Take in what was seen elsewhere."""
        self.several = self.several or other.several
        self.words = self.words or other.words
        for name, types in other.types.items():
            self.types.setdefault(name, set()).update(types)
        for name, count in other.later.items():
            self.later[name] = self.later.get(name, 0) + count
