"""Writing a file of CloudEvents: one JSON object a line."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from troth.connectors.cloudevents.source import PACK
from troth.connectors.ocel.outline import Flow
from troth.runtime.envelope import to_envelope

_INT32: Final = range(-(2**31), 2**31)


def write_lines(target: Path, flow: Flow) -> int:
    """Write events into a new file, subject by subject, and return their number."""
    encode = msgspec.json.Encoder().encode
    count = 0
    with target.open("wb") as stream:
        for pack, _, events in flow:
            for event in events:
                envelope = to_envelope(event) | {PACK: pack}
                # A whole number of CloudEvents has 32 bits; a larger one is told as text.
                if envelope.get("sequence", 0) not in _INT32:
                    envelope["sequence"] = str(envelope["sequence"])
                stream.write(encode(envelope) + b"\n")
                count += 1
    return count
