"""The outbox in memory, and the settings that hold its destinations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from troth.ledger.memory.journal import Journal
from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Delivery, Destination
from troth.runtime.addressing import DESTINATIONS, REMOVED, deliveries_of, destination_of, setting_of


class MemoryOutbox:
    """The methods of `troth.ports.outbox`, and the ledger's settings."""

    def __init__(self) -> None:
        self._journal = Journal()
        self._settings: dict[str, bytes] = {}
        self._outgoings: dict[str, Outgoing] = {}
        self._deliveries: dict[str, Delivery] = {}  # In the order of sending.

    def get(self, key: str) -> Any:
        """Return a setting, or `None`."""
        with self._journal.reading():
            text = self._settings.get(key)
            return None if text is None else msgspec.json.decode(text)

    def put(self, key: str, value: Any) -> None:
        """Store a setting; `None` removes it."""
        with self._journal.writing():
            if value is None:
                self._journal.remove(self._settings, key)
            else:
                self._journal.put(self._settings, key, msgspec.json.encode(value))

    def erase(self, keys: Iterable[str]) -> int:
        """Remove settings; see the port."""
        with self._journal.writing():
            return sum([self._journal.remove(self._settings, key) is not None for key in keys])

    def keys(self, prefix: str) -> list[str]:
        """Return the setting keys that start with the prefix, sorted."""
        with self._journal.reading():
            return sorted(key for key in self._settings if key.startswith(prefix))

    def send(self, outgoings: Sequence[Outgoing]) -> int:
        """Store outgoings with their deliveries, each id once; see the port."""
        if not outgoings:
            return 0
        with self._journal.writing():
            destinations = self.destinations()
            return sum([self._send(one, destinations) for one in outgoings])

    def _send(self, outgoing: Outgoing, destinations: Sequence[Destination]) -> int:
        """Store one outgoing, unless it is known or nobody wants it."""
        wanted = deliveries_of(outgoing, destinations)
        if not wanted or outgoing.id in self._outgoings:
            return 0
        self._journal.put(self._outgoings, outgoing.id, outgoing)
        for delivery in wanted:
            self._journal.put(self._deliveries, delivery.id, delivery)
        return len(wanted)

    def lease(self, now: Micros, *, until: Micros, limit: int, skip: Collection[str] = ()) -> list[Delivery]:
        """Return waiting deliveries that are due and not leased, leased to the caller; see the port."""
        with self._journal.writing():
            free = [
                one
                for one in self._deliveries.values()
                if one.state == "waiting" and max(one.due_at, one.leased_until) <= now and one.destination not in skip
            ]
            return [self._change(one, leased_until=until) for one in sorted(free, key=_due_at)[:limit]]

    def settle(
        self, delivery_id: str, *, state: str, due_at: Micros = 0, attempts: int | None = None, error: str = ""
    ) -> None:
        """Note what became of an attempt; see the port."""
        with self._journal.writing():
            one = self._deliveries.get(delivery_id)
            if one is None or one.state == "delivered":
                return
            counted = one.attempts if attempts is None else attempts
            self._change(one, state=state, due_at=due_at or one.due_at, attempts=counted, error=error, leased_until=0)

    def deliveries(self, *, state: str = "", after: str = "", limit: int = 100) -> list[Delivery]:
        """Return deliveries (of a state) with id > `after`, by id."""
        with self._journal.reading():
            found = [one for one in self._deliveries.values() if one.id > after and state in ("", one.state)]
            return sorted(found, key=lambda one: one.id)[:limit]

    def replay(self, ids: Sequence[str], now: Micros) -> int:
        """Make dead deliveries wait again; return how many there were."""
        with self._journal.writing():
            dead = [one for key in dict.fromkeys(ids) if (one := self._deliveries.get(key)) and one.state == "dead"]
            for one in dead:
                self._change(one, state="waiting", attempts=0, due_at=now, leased_until=0, error="")
            return len(dead)

    def prune(self, before: Micros, *, limit: int, dead: Micros | None = None) -> int:
        """Remove old deliveries that are at an end, and outgoings that none needs any more; see the port."""
        until = {"delivered": before, "dead": before if dead is None else dead}
        with self._journal.writing():
            old = [
                one for one in self._deliveries.values() if one.state in until and one.outgoing.at < until[one.state]
            ]
            for one in old[:limit]:
                self._journal.remove(self._deliveries, one.id)
            needed = {one.outgoing.id for one in self._deliveries.values()}
            for name in {one.outgoing.id for one in old[:limit]} - needed:
                self._journal.remove(self._outgoings, name)
            return len(old[:limit])

    def destinations(self) -> list[Destination]:
        """Return the destinations, by id."""
        with self._journal.reading():
            return [destination_of(self.get(key)) for key in self.keys(DESTINATIONS)]

    def put_destination(self, destination: Destination) -> None:
        """Store a destination, in place of one with the same id."""
        self.put(*setting_of(destination))

    def drop_destination(self, destination_id: str) -> bool:
        """Remove a destination; its waiting deliveries become dead. Return whether there was one."""
        with self._journal.writing():
            known = self._journal.remove(self._settings, DESTINATIONS + destination_id)
            for one in list(self._deliveries.values()):
                if one.destination == destination_id and one.state == "waiting":
                    self._change(one, state="dead", leased_until=0, error=REMOVED)
            return known is not None

    def _change(self, delivery: Delivery, **changes: Any) -> Delivery:
        """Store a delivery changed, and return it."""
        changed = msgspec.structs.replace(delivery, **changes)
        self._journal.put(self._deliveries, changed.id, changed)
        return changed


def _due_at(delivery: Delivery) -> Micros:
    """Return when the delivery is due."""
    return delivery.due_at
