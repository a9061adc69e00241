"""What was told, judged twice: as known when it was told, and as known now.

Source: 2-semantics, Late and disordered evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from troth.model.times import Micros
from troth.model.truth import Truth

HONEST: Final = "honest"
CARELESS: Final = "careless"
LUCKY: Final = "lucky"
UNLUCKY: Final = "unlucky"
BLIND: Final = "blind"
DOUBTFUL: Final = "doubtful"
VERDICTS: Final[Mapping[str, str]] = {
    HONEST: "true then and true now",
    CARELESS: "false then, and not true now: a bypass or an error of the gate",
    LUCKY: "false then, true now: said against what was known, and right all the same",
    UNLUCKY: "true then, false now: a system reported late",
    BLIND: "unknown then: nobody could tell",
    DOUBTFUL: "true then, unknown now: later reports have made it doubtful",
}
"""Every verdict and what it means."""


class Hindsight(msgspec.Struct, frozen=True):
    """One statement that was told, judged twice.

    Attributes:
        subject: Whose.
        message_id: The message's own id.
        message: Its name.
        channel: Where it went.
        statement: What it stated.
        told_at: When it counts as told; microseconds since 1970 UTC.
        then: Its truth as known then.
        now: Its truth as known now.
        verdict: One of `VERDICTS`.
        source: The source that was late, of what was unlucky, blind or doubtful; empty: no late report explains it.
        event_id: The event that was late; empty when a whole feed was not heard.
        lag: How late: heard_at less occurred_at (of a later correction: less told_at), or how far the feed was behind;
            microseconds.
    """

    subject: str
    message_id: str
    message: str
    channel: str
    statement: str
    told_at: Micros
    then: Truth
    now: Truth
    verdict: str
    source: str = ""
    event_id: str = ""
    lag: Micros = 0
