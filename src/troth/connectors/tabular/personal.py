"""Personal members at the door of an import: which columns feed them, and whose they are.

The rows themselves are sealed where they are stored (`troth.runtime.privacy`); here is what only a mapping can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from troth.connectors.tabular.mapping import Block
from troth.connectors.tabular.values import names_in
from troth.model.event import Event
from troth.model.ids import SEALED
from troth.model.pack import Pack


class Personal:
    """What of a block is personal.

    Args:
        pack: Says which members are; `None`: none is.
        block: The block.
        columns: Of the block's rows.

    Attributes:
        columns: Those that feed personal members, also by way of a time.
    """

    def __init__(self, pack: Pack | None, block: Block, columns: Iterable[str]) -> None:
        self._customer = None if pack is None else pack.customer
        plans = {} if pack is None else pack.events
        self._members = {form.type: frozenset(plans[form.type].personal) for form in block.events if form.type in plans}
        read: set[str] = set()
        for form in block.events:
            for name in self._members.get(form.type, ()):
                written = form.data.get(name)
                read |= names_in(written) if isinstance(written, str) else set()
        for name in read & block.times.keys():
            read |= {column for root in _roots(block, name) for column in block.times[root].columns()}
        self.columns = frozenset(read.intersection(columns))

    def veiled(self, event: Event) -> Event:
        """Return an event without what its personal members say: for ids, which outlive them."""
        members = self._members.get(event.type)
        if not members or members.isdisjoint(event.data):
            return event
        data = {name: {SEALED: ""} if name in members else value for name, value in event.data.items()}
        return replace(event, data=data)

    def customer(self, data: Mapping[str, Any]) -> str:
        """Return the customer that data name; empty: none."""
        whose = None if self._customer is None else self._customer(data)
        return whose if isinstance(whose, str) else ""


def _roots(block: Block, name: str) -> set[str]:
    """Return a time with all times that it is computed from."""
    found = {name}
    for other in block.times[name].times():
        found |= _roots(block, other)
    return found
