"""One row of the ledger in memory, as a link of its chain."""

from __future__ import annotations

from typing import Final

import msgspec

from troth.model.event import Event
from troth.ports.chain import DISPLACED, NOTICE, STANDS, Head, Link
from troth.runtime.chain import NEW, NOTIFYING, REPLACING, linked, said, seed
from troth.runtime.identity import Held

_encode_body: Final = msgspec.msgpack.Encoder().encode


class Row(msgspec.Struct, gc=False):
    """One row as stored; `standing` is its only mutable member: events are never rewritten.

    One tenant has the ledger to itself, so that a row's number in the chain is its position.
    """

    held: Held
    event: Event
    replaces: bool = False
    standing: bool = True
    notice: bool = False
    hash: bytes = b""

    def after(self, head: Head | None, tenant: str) -> Head:
        """Bind the row to the one before it; return the new head."""
        self.hash = linked(head.hash if head else seed(tenant, 0), self._said())
        return Head(0, self.held.position, self.held.position, self.hash)

    def link(self) -> Link:
        """Return the row as it is now as a link of the chain."""
        standing = NOTICE if self.notice else STANDS if self.standing else DISPLACED
        named = (self.event.source, self.event.id)
        return Link(self.held.position, self.held.position, self._said(), self.hash, *named, standing, self.replaces)

    def _said(self) -> bytes:
        """Return its canonical bytes."""
        one, held = self.event, self.held
        kind = NOTIFYING if self.notice else REPLACING if self.replaces else NEW
        named = (held.pack, one.subject, one.source, one.id, one.type)
        times = (one.occurred_at, one.sequence, one.heard_at)
        fields = (*named, *times, one.assumed, held.digest, _encode_body(one.data))
        return said(held.position, held.position, kind, fields)
