"""Promises within a turn: those that troth itself is asked to make."""

from __future__ import annotations

from troth.engine.journal import PROMISED
from troth.model.record import Promise
from troth.runtime.live.turn import Turn
from troth.runtime.promising import check_kind, data_of, promise_of
from troth.runtime.service import Given


def give(turn: Turn, given: Given) -> Promise:
    """Write down a promise and return it as it stands then; one that stands with this due moment is not made again.

    Raises:
        GateError: G801, no pack has such subjects; N109, its pack has no such kind with a due moment.
    """
    record = turn.present(given.subject)
    check_kind(turn.machine_of(record).pack, given)
    standing = promise_of(record, given)
    if standing is not None and standing.windows[-1].due == given.due:
        return standing
    mark = f"{given.kind}/{given.key}/{given.due}"
    made = promise_of(turn.write(given.subject, PROMISED, data_of(given), mark=mark), given)
    assert made is not None, "what was written down is read at once"
    return made
