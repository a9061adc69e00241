"""The form in which every outgoing leaves: one JSON object, alike for all topics and destinations."""

from __future__ import annotations

from typing import Final

import msgspec

from troth.model.effect import Outgoing
from troth.model.times import format_instant

_encode: Final = msgspec.json.Encoder().encode


def payload(outgoing: Outgoing) -> bytes:
    """Return an outgoing as `{"type", "timestamp", "data": {"subject", …}}`: the same bytes at every attempt.

    >>> payload(Outgoing("1", "case.opened", "order/1", 0, {"kind": "silence"}))
    b'{"type":"case.opened","timestamp":"1970-01-01T00:00:00Z","data":{"subject":"order/1","kind":"silence"}}'

    Source: Standard Webhooks 1.0.0, payload structure.
    """
    data = {"subject": outgoing.subject, **outgoing.body}
    return _encode({"type": outgoing.topic, "timestamp": format_instant(outgoing.at), "data": data})
