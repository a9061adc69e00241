"""Our own reading of the CloudEvents 1.0 JSON format, and the way back.

Source: CloudEvents 1.0.2, core specification and JSON event format.
"""

from __future__ import annotations

from typing import Any

import msgspec

from troth.model.event import Event
from troth.model.times import format_instant

_encoder = msgspec.json.Encoder()


def to_envelope(event: Event) -> dict[str, Any]:
    """Return the event as a CloudEvents 1.0 JSON object, which `accept` reads back as the same event.

    The extension `heardat` carries heard_at, `sequence` the sequence; a time that was only assumed is left out.
    """
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
    }
    if event.assumed != "occurred_at":
        envelope["time"] = format_instant(event.occurred_at)
    if event.assumed != "heard_at":
        envelope["heardat"] = format_instant(event.heard_at)
    if event.sequence:
        envelope["sequence"] = event.sequence
    if event.data:
        envelope["datacontenttype"] = "application/json"
        envelope["data"] = event.data
    return envelope


def to_json(event: Event) -> str:
    """Return the event as CloudEvents 1.0 JSON text."""
    return _encoder.encode(to_envelope(event)).decode()
