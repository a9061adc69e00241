"""What informs the customer of a case: the truth, with a remedy or the moment of the next word. An apology is neither.

Source: 2-semantics, Cases (the life of a case).
"""

from __future__ import annotations

from typing import Final

from troth.engine.align import truth_of
from troth.engine.live import Live
from troth.model.message import Message
from troth.model.pack import CaseKind
from troth.model.record import Case
from troth.model.times import Micros

NEXT_WORD: Final = "next_word_at"
"""The member of a message's data that names the moment of the next word; a message that must say it informs."""

_ELSEWHERE: Final = frozenset({"survey", "offer"})
"""Purposes that are about something else than the subject's trouble."""


def informs(live: Live, kind: CaseKind, case: Case, now: Micros) -> bool:
    """Return whether a message that counts as told at `now` informs the customer of a case.

    It has to come after the opening (or the last reopening) and to say nothing that is not known to be true. Of a
    contradiction it has to speak of the same topic, or say when the next word comes. An apology informs only with the
    moment of the next word, or once the remedy is done.
    """
    if now <= max((case.opened_at, *case.reopened_at)):
        return False
    pack = live.machine.pack
    for told in live.messages.values():
        if told.told_at == now and _says_enough(live, kind, case, pack.messages[told.message]):
            return True
    return False


def _says_enough(live: Live, kind: CaseKind, case: Case, message: Message) -> bool:
    """Return whether a message says what a customer has to hear of a case."""
    promises_word = NEXT_WORD in message.must_say
    if message.purpose in _ELSEWHERE:
        return False
    if message.purpose == "apology" and not promises_word and case.resolved_at is None:
        return False
    pack = live.machine.pack
    said = [pack.statements[name] for name in message.statements]
    if any(truth_of(live.machine, one, live.results, live.promises, anew=True) is not True for one in said):
        return False
    if promises_word:
        return True
    topics = {one.about for one in said}
    on_topic = kind.of in ("contradiction", "unverifiable") and case.about not in pack.actions
    return case.about in topics if on_topic else bool(topics)
