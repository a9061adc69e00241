"""Samples of what was told and asked, as the told tables that measures read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from troth.model.times import HOUR, Micros
from troth.sim.coverage.cells import Cell
from troth.sim.coverage.laws import Floats

AS_OF: Final[Micros] = 10**15
PRECISION: Final = 2.0
"""Mean of further tellings of a customer, and how alike they are: beta-distributed chances of this precision."""

WINDOW: Final = 1.2
"""Length of promised windows, in means of the time that things really take (which follow an exponential law)."""
UNIT_HOURS: Final = 10.0

WRONG: Final = 0.4
"""Share of beliefs that are wrong for a while."""
RIGHT_HOURS: Final = 20.0
WRONG_HOURS: Final = 5.0
"""Mean times for which beliefs are right (gamma of shape 2), and for which wrong ones are wrong (gamma of shape 2)."""

_Columns = dict[str, Any]


def score_of(alpha: float) -> float:
    """Return the expected interval score of the windows drawn, in hours."""
    return UNIT_HOURS * (WINDOW + 2 / alpha * math.exp(-WINDOW))


def age_of() -> float:
    """Return the mean age of incorrect information of the beliefs drawn, in seconds: half of E[x²], over E[time]."""
    square = 1.5 * WRONG_HOURS**2
    return 3600 * WRONG * square / 2 / (RIGHT_HOURS + WRONG * WRONG_HOURS)


def names(size: int) -> list[str]:
    """Return names of subjects."""
    return [f"one/{number}" for number in range(size)]


def _tellings(subjects: list[str], true: npt.NDArray[np.bool_]) -> _Columns:
    """Return tellings, one a row: honest and followed, or careless and not."""
    size = len(subjects)
    return {
        "subject": subjects,
        "message_id": [f"m{number}" for number in range(size)],
        "message": ["note"] * size,
        "channel": ["mail"] * size,
        "statement": ["ready"] * size,
        "topic": ["pickup"] * size,
        "told_at": np.full(size, AS_OF - 2 * HOUR),
        "then": np.where(true, "true", "false").tolist(),
        "now": np.where(true, "true", "false").tolist(),
        "verdict": np.where(true, "honest", "careless").tolist(),
        "source": [""] * size,
        "event_id": [""] * size,
        "lag": np.zeros(size, np.int64),
        "permit": np.where(true, "permitted", "bypass").tolist(),
        "implies": ["stays"] * size,
        "due_at": np.full(size, AS_OF - HOUR),
        "followed": np.where(true, "yes", "no").tolist(),
    }


def _asks(subjects: list[str], true: npt.NDArray[np.bool_], outcome: list[str], truth: list[str]) -> _Columns:
    """Return decisions: the messages of one class, of a sender that waited for the answer."""
    size = len(subjects)
    return {
        "subject": subjects,
        "message_id": [f"m{number}" for number in range(size)],
        "message": ["note"] * size,
        "channel": ["mail"] * size,
        "decided_at": np.full(size, AS_OF - HOUR),
        "outcome": outcome,
        "for_truth": [one != "SEND" for one in outcome],
        "then": truth,
        "now": truth,
        "mode": ["enforced"] * size,
        "permitted": true.tolist(),
    }


def told(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw one telling of each subject."""
    return {"tellings": _tellings(names(size), rng.random(size) < cell.share)}


def told_together(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw several tellings of each subject, whose chances are alike."""
    count = 1 + rng.poisson(PRECISION, size)
    chance = np.repeat(rng.beta(PRECISION * cell.share, PRECISION * (1 - cell.share), size), count)
    subjects = np.repeat(np.array(names(size)), count).tolist()
    return {"tellings": _tellings(subjects, rng.random(len(chance)) < chance)}


def asked(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw one decision of each subject: sent or held, with a chance of being wrong either way; and its message."""
    send, right = rng.random(size) < 0.5, rng.random(size) < cell.share
    outcome = np.where(send, "SEND", "HOLD").tolist()
    truth = np.where(send == right, "true", "false").tolist()
    return {"asks": _asks(names(size), right, outcome, truth), "tellings": _tellings(names(size), right)}


def states(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw one state of each subject of which the customer should be told: in time, or not at all."""
    since, in_time = np.full(size, AS_OF - 10 * HOUR), rng.random(size) < cell.share
    return {
        "changes": {
            "subject": names(size),
            "state": ["ready"] * size,
            "since": since,
            "until": [None] * size,
            "tell_by": since + HOUR,
            "told_at": [int(one) if told else None for one, told in zip(since, in_time, strict=True)],
            "undated": np.zeros(size, bool),
        },
        **_all_aligned(size),
    }


def wrong_beliefs(_cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw beliefs that are right for a while, and then, some of them, wrong for a while."""
    right = _micros(rng.gamma(2.0, RIGHT_HOURS / 2, size) * HOUR) + 1
    wrong = np.where(rng.random(size) < WRONG, _micros(rng.gamma(2.0, WRONG_HOURS / 2, size) * HOUR) + 1, 0)
    start = AS_OF - right - wrong
    was = wrong > 0
    subject = np.array(names(size))
    count = int(was.sum())
    topics = {
        "subject": [*subject.tolist(), *subject[was].tolist()],
        "topic": ["pickup"] * (size + count),
        "since": np.concatenate([start, (start + right)[was]]),
        "until": np.concatenate([start + right, (start + right + wrong)[was]]),
        "alignment": ["aligned"] * size + ["ahead"] * count,
        "channel": ["mail"] * (size + count),
        "message_id": ["m"] * (size + count),
        "wrong_since": [None] * size + (start + right)[was].tolist(),
        "peak": [False] * size + [True] * count,
    }
    return {"topics": topics, **_all_aligned(size)}


def windows(_cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw promised windows and when things came true."""
    opens = np.full(size, AS_OF - 10_000 * HOUR)
    width = int(WINDOW * UNIT_HOURS * HOUR)
    came = opens + _micros(rng.exponential(UNIT_HOURS, size) * HOUR)
    outcome = np.where(came < opens + width, "kept", "late").tolist()
    return {
        "promises": {
            "subject": names(size),
            "kind": ["due"] * size,
            "key": [""] * size,
            "made_at": opens,
            "opens_at": opens,
            **dict.fromkeys(("first_due", "first_limit", "last_due", "last_limit"), opens + width),
            "grace": np.zeros(size, np.int64),
            "outcome": outcome,
            "renegotiated": outcome,
            "kept_at": came,
        }
    }


def failed_words(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw promises that were not kept, of which some were told first."""
    due = np.full(size, AS_OF - 100 * HOUR)
    said = rng.random(size) < cell.share
    whose = [name for name, one in zip(names(size), said, strict=True) if one]
    count = len(whose)
    return {
        "promises": {
            "subject": names(size),
            "kind": ["due"] * size,
            "key": [""] * size,
            **dict.fromkeys(("made_at", "opens_at"), due - 9 * HOUR),
            **dict.fromkeys(("first_due", "first_limit", "last_due", "last_limit"), due),
            "grace": np.zeros(size, np.int64),
            "outcome": ["broken"] * size,
            "renegotiated": ["broken"] * size,
        },
        "words": {
            "subject": whose,
            "kind": ["due"] * count,
            "key": [""] * count,
            "shown": [True] * count,
            "noticed_at": np.full(count, AS_OF - 101 * HOUR),
            "asked_at": [None] * count,
        },
    }


def _all_aligned(size: int) -> dict[str, _Columns]:
    """Return lives of an hour in alignment: what figures beside status fidelity stand beside."""
    return {
        "spans": {
            "subject": names(size),
            "since": np.full(size, AS_OF - HOUR),
            "until": np.full(size, AS_OF),
            "alignment": ["aligned"] * size,
            "about": [""] * size,
        }
    }


def _micros(values: Floats) -> npt.NDArray[np.int64]:
    """Return microseconds as whole ones."""
    return np.asarray(np.round(values), dtype=np.int64)


TOLD_DRAWS: Final[Mapping[str, Callable[[Cell, int, np.random.Generator], dict[str, _Columns]]]] = {
    "told": told,
    "told_together": told_together,
    "asked": asked,
    "states": states,
    "wrong_beliefs": wrong_beliefs,
    "windows": windows,
    "failed_words": failed_words,
}
