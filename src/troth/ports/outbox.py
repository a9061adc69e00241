"""The outbox port: what was committed together with records, and is delivered at least once afterwards.

An `Outgoing` becomes one *delivery* for every destination that wants its topic; a destination is a webhook
subscription or a sender. Deliveries are made in the transaction that stores the outgoing, by the destinations stored
then (`Ledger.put("destination/<id>", …)`); a topic that nobody wants makes none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, Protocol

import msgspec

from troth.model.effect import Outgoing
from troth.model.times import Micros

SECRET_SETTINGS: Final = frozenset({"secrets", "password"})
"""Names of settings that are stored and used, and that nothing ever prints."""


class Delivery(msgspec.Struct, frozen=True):
    """One outgoing on its way to one destination.

    Attributes:
        id: Deterministic: derived from the outgoing's id and the destination's.
        outgoing: What is delivered.
        destination: Id of the destination.
        state: `waiting`, `delivered` or `dead` (given up; can be replayed).
        attempts: How many attempts have failed.
        due_at: When the next attempt is due; microseconds since 1970 UTC.
        leased_until: Until when a worker has it; 0: nobody.
        error: What the last attempt met, in words; empty: none yet, or delivered.
    """

    id: str
    outgoing: Outgoing
    destination: str
    state: str = "waiting"
    attempts: int = 0
    due_at: Micros = 0
    leased_until: Micros = 0
    error: str = ""


class Destination(msgspec.Struct, frozen=True):
    """Where outgoings go.

    Attributes:
        id: Its id.
        topics: Topics it wants; `*`: all.
        kind: `webhook`, `smtp`, or `sink` (kept for `troth watch` and tests).
        settings: Of its kind: url and secrets of a webhook, host and addresses of a sender. Those named in
            `SECRET_SETTINGS` are for the courier alone; whoever shows a destination shows `shown()`.
        active: False: no new deliveries are made for it.
    """

    id: str
    topics: tuple[str, ...]
    kind: str = "webhook"
    settings: dict[str, Any] = {}
    active: bool = True

    def shown(self) -> dict[str, Any]:
        """Return the settings as they may be printed: of secrets, and of a URL's query, only that they are there."""
        shown = {name: "(kept secret)" if name in SECRET_SETTINGS else value for name, value in self.settings.items()}
        if "url" in shown:
            # Some receivers take their password there.
            url, mark, _ = str(shown["url"]).partition("?")
            shown["url"] = url + ("?..." if mark else "")
        return shown

    def __repr__(self) -> str:
        """Return the destination without its secrets, so that no log or traceback shows them."""
        return (
            f"Destination(id={self.id!r}, topics={self.topics!r}, kind={self.kind!r}, settings={self.shown()!r}, "
            f"active={self.active!r})"
        )


class Outbox(Protocol):
    """Durable deliveries; every ledger is one. Methods raise LedgerError when the storage cannot be used."""

    def send(self, outgoings: Sequence[Outgoing]) -> int:
        """Store outgoings with their deliveries, each id once; return how many deliveries are new."""
        ...

    def lease(self, now: Micros, *, until: Micros, limit: int, skip: Collection[str] = ()) -> Sequence[Delivery]:
        """Return waiting deliveries that are due and not leased, oldest first, leased to the caller until `until`.

        `skip` names destinations that have no room at present: none of theirs is returned.
        """
        ...

    def settle(
        self, delivery_id: str, *, state: str, due_at: Micros = 0, attempts: int | None = None, error: str = ""
    ) -> None:
        """Note what became of an attempt; the lease ends."""
        ...

    def deliveries(self, *, state: str = "", after: str = "", limit: int = 100) -> Sequence[Delivery]:
        """Return deliveries (of a state) with id > `after`, by id: for paging."""
        ...

    def replay(self, ids: Sequence[str], now: Micros) -> int:
        """Make dead deliveries wait again, due now, attempts counted from 0; return how many there were."""
        ...

    def prune(self, before: Micros, *, limit: int, dead: Micros | None = None) -> int:
        """Remove old deliveries that are at an end, and outgoings that no delivery needs any more.

        With an outgoing goes the memory that its id was sent: sent once more it is delivered once more, under the same
        delivery ids, by which receivers know it.

        Args:
            before: Delivered ones go whose outgoing arose earlier than this.
            limit: How many deliveries go at most: who prunes much does so in steps, so that others can write between.
            dead: Dead ones go whose outgoing arose earlier than this; `None`: `before`.

        Returns:
            How many deliveries were removed; fewer than `limit`: none is left that is to go.
        """
        ...

    def destinations(self) -> Sequence[Destination]:
        """Return the destinations, by id."""
        ...

    def put_destination(self, destination: Destination) -> None:
        """Store a destination, in place of one with the same id."""
        ...

    def drop_destination(self, destination_id: str) -> bool:
        """Remove a destination; its waiting deliveries become dead. Return whether there was one."""
        ...
