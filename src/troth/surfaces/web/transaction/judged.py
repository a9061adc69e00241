"""What was told, in words: each statement judged at the moment of telling, and what is so of it since. Pure."""

from __future__ import annotations

from typing import Any, Final

from troth.model import hindsight
from troth.model.hindsight import Hindsight
from troth.model.truth import Truth
from troth.surfaces.views.hindsight import told_row
from troth.surfaces.web.transaction.matter import Matter

Row = dict[str, Any]

MEANINGS: Final = {
    hindsight.HONEST: "True when it was said, by all that is known today.",
    hindsight.CARELESS: "Known to be false when it was said: past the gate, or by an error of it.",
    hindsight.LUCKY: "Known to be false when it was said; by all that is known today it was true even so.",
    hindsight.UNLUCKY: "Taken for true when it was said; by all that is known today it was not. A system was late.",
    hindsight.BLIND: "When it was said, nobody could tell whether it was so.",
    hindsight.DOUBTFUL: "Taken for true when it was said; by all that is known today nobody can tell whether it was.",
}
"""Verdict → what it means, so that nobody takes a judgement of that moment for one of the present."""
_SINCE: Final[dict[Truth, str]] = {
    True: "",
    False: "It is no longer so.",
    None: "Nobody can tell whether it is still so.",
}


def told(matter: Matter, one: Hindsight) -> Row:
    """Return one statement that was told.

    Returns:
        A row of `views.hindsight.told_row` with what it `says`, the source that came late in words (`source_says`),
        what the verdict `means`, and, where the customer believes it to this day and it is not known to be so, `since`.
    """
    return told_row(one, matter.moments) | {
        "says": matter.statement(one.statement),
        "source_says": matter.source(one.source) if one.source else "",
        "means": MEANINGS[one.verdict],
        "since": _since(matter, one),
    }


def _since(matter: Matter, one: Hindsight) -> str:
    """Return what is so by now of something that was told; empty: it is so, or they believe something else."""
    statement = matter.pack.statements.get(one.statement)
    if statement is None or all(belief.statement != one.statement for belief in matter.record.beliefs):
        return ""
    return _SINCE[matter.truth(statement)]
