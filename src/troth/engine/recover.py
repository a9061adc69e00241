"""Cases: service failures, from opened to closed and reopened.

In a moment, in this order: what customers say is taken in; failures open cases; what the journal says is done to them;
every case walks its legs and closes when it may. So an announcement finds its case, and a case closes on all that is
known of the moment.
"""

from __future__ import annotations

from troth.engine.cases.kinds import is_plain
from troth.engine.cases.life import move, open_lasting
from troth.engine.cases.people import act, contacts
from troth.engine.cases.plain import move_plain, open_plain
from troth.engine.live import Live
from troth.model.times import FOREVER, Micros


def recover(live: Live, now: Micros) -> Micros:
    """Open, move and close the cases of the subject as of `now`; return when time alone changes one.

    The alignment of the moment has to be worked out before. The unknown opens and closes nothing.
    """
    pack = live.machine.pack
    if not pack.cases and not live.acts and not live.cases:
        return FOREVER
    if live.acts:
        contacts(live, now)
    crossing = FOREVER
    for kind in pack.cases:
        if is_plain(kind):
            open_plain(live, kind, now)
        else:
            crossing = min(crossing, open_lasting(live, kind, now))
    if live.acts:
        act(live, now)
    if not live.cases:
        return crossing
    kinds = live.machine.cases
    for place, case in enumerate(live.cases):
        kind = kinds[case.kind]
        if is_plain(kind):
            move_plain(live, kind, place, now)
        else:
            crossing = min(crossing, move(live, kind, place, now))
    return crossing


def open_cases(live: Live) -> bool:
    """Return whether any case is open, or about to be."""
    return bool(live.brewing) or any(case.closed_at is None for case in live.cases)
