"""What happens to a message when the gate gives no answer: by the sender, else by the pack, else closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from troth.model.decision import Request
from troth.surfaces.client.nouns import FailPolicy, Table

DEFAULT: Final[FailPolicy] = "closed"
"""Of a message about which nobody has said anything: what is not known to be true is not said."""


class Policies:
    """Fail policies by message.

    Args:
        given: One for all messages, or message → policy; they go before those of the packs. `None`: the packs' only.
    """

    def __init__(self, given: FailPolicy | Mapping[str, FailPolicy] | None) -> None:
        self._all: FailPolicy | None = given if isinstance(given, str) else None
        self._given = {} if given is None or isinstance(given, str) else dict(given)
        self._table: Table | None = None

    def missing(self, request: Request) -> bool:
        """Return whether only the packs can say what happens to a message, and they have not been read."""
        return self._table is None and self._all is None and request.message not in self._given

    def learn(self, table: Table) -> None:
        """Keep what the packs say."""
        self._table = table

    def of(self, request: Request) -> FailPolicy:
        """Return what happens to a message."""
        if request.message in self._given:
            return self._given[request.message]
        if self._all is not None:
            return self._all
        noun = request.subject.partition("/")[0]
        return (self._table or {}).get((noun, request.message), DEFAULT)
