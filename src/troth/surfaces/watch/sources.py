"""Where a feed comes from: a ledger in reach, or a server."""

from __future__ import annotations

from typing import Final, Protocol
from urllib.parse import urlencode

import msgspec

from troth.surfaces.client.calls import Call
from troth.surfaces.client.sync import Client
from troth.surfaces.watch.line import FeedPage

WAIT_S: Final = 2.0
"""How long a server may wait for something to tell, in seconds."""


class Source(Protocol):
    """Something that tells what happens."""

    def end(self) -> str:
        """Return the position after which nothing stands yet."""
        ...

    def page(self, after: str, limit: int) -> FeedPage:
        """Return the lines among the next events; see `Reader.page`."""
        ...


class Served(Client):
    """The feed of a server; see `troth.client.Client` for what its methods raise."""

    def end(self) -> str:
        """Return the position after which nothing stands yet."""
        return self._do(_call({})).position

    def page(self, after: str, limit: int) -> FeedPage:
        """Return the next page; the server waits a little when there is nothing to tell."""
        return self._do(_call({"after": after, "limit": limit, "wait": WAIT_S}))


def _call(query: dict[str, str | float]) -> Call[FeedPage]:
    """Return the call that reads a page."""
    return Call("GET", "/v1/feed" + (f"?{urlencode(query)}" if query else ""), msgspec.json.Decoder(FeedPage).decode)
