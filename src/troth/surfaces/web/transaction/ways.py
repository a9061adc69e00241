"""From the answer to the act that is called for: links to where it stands on the page. Pure."""

from __future__ import annotations

from typing import Any, Final

from troth.surfaces.web.transaction.answer import (
    AT_RISK,
    BEHIND,
    CONTRADICTION,
    LATE,
    REMEDIED,
    UNKNOWN,
    UNSETTLED,
    WRONG,
    under_way,
)
from troth.surfaces.web.transaction.matter import Matter

Row = dict[str, Any]

_TELLING: Final = frozenset({CONTRADICTION, UNKNOWN, BEHIND, LATE, AT_RISK})
_CALLING: Final = _TELLING | {WRONG, UNSETTLED, REMEDIED}


def ways(matter: Matter, standing: str, *, tells: bool, corrects: bool) -> list[Row]:
    """Return the acts that are called for, the first of them first: each `says` what, and where it stands (`to`).

    Args:
        matter: The subject, and who reads.
        standing: How it stands.
        tells: Whether there is a message that can be told now.
        corrects: Whether one of them corrects what the customer believes and is not so.
    """
    if matter.past or standing not in _CALLING:
        return []
    found = []
    if under_way(matter):
        found.append({"says": "See the message", "to": "#messages", "acts": False})
    elif tells and standing in _TELLING:
        says = "Correct it" if corrects and standing == CONTRADICTION else "Tell them"
        found.append({"says": says, "to": "#tell", "acts": True})
    if any(case.closed_at is None for case in matter.record.cases):
        found.append({"says": "See the case", "to": "#case-1", "acts": False})
    return found
