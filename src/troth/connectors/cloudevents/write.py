"""Writing a file of CloudEvents: one JSON object a line."""

from __future__ import annotations

from pathlib import Path

import msgspec

from troth.connectors.cloudevents.source import PACK
from troth.connectors.ocel.outline import Flow
from troth.runtime.envelope import to_envelope


def write_lines(target: Path, flow: Flow) -> int:
    """Write events into a new file, subject by subject, and return their number."""
    encode = msgspec.json.Encoder().encode
    count = 0
    with target.open("wb") as stream:
        for pack, _, events in flow:
            for event in events:
                stream.write(encode(to_envelope(event) | {PACK: pack}) + b"\n")
                count += 1
    return count
