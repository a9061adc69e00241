"""Cases within a turn: what people do to them, and what customers say."""

from __future__ import annotations

from typing import Any, Final

from troth.engine.cases.closable import closing
from troth.engine.cases.kinds import complaint_kind
from troth.engine.cases.people import CASE, CONTACTS
from troth.engine.journal import JOURNAL
from troth.model.record import Case, Record
from troth.model.times import format_instant
from troth.runtime.live.house import refusal
from troth.runtime.live.turn import Turn
from troth.runtime.service import WRITTEN, CaseAction, Complaint

_COMPLAINT: Final = "troth.complaint"
_REPLY: Final = "troth.reply"


def act(turn: Turn, action: CaseAction) -> Case:
    """Write down what somebody does to a case and return the case after it.

    Raises:
        GateError: G803, the subject has no such case; G807, it is not as it was seen; G808, it is not what it has to be
            to be closed.
    """
    record = turn.present(action.subject)
    case = _case(record, action.case)
    # Within the turn nobody else comes between: of two who have seen the same case, the second finds another one.
    if action.seen is not None and case != action.seen:
        raise refusal("G807", action.case, "the case has changed", "the case as it was seen", "look at it again")
    if action.only and case.closed_at is None:
        found = closing(turn.machine_of(record), record, case, turn.house.heard, turn.now)
        if not (found.clean if action.only == "clean" else found.possible):
            expected = "a failure that is over, and message, state and action that line up"
            raise refusal("G808", action.case, f"the case is not {action.only}", expected, "see to what is still wrong")
    data: dict[str, Any] = {"case": action.case, "by": action.by}
    data |= {name: value for name in ("note", "message", "how", "owner") if (value := getattr(action, name))}
    record = turn.write(action.subject, f"{CASE}{WRITTEN[action.verb]}", data, mark=action.case)
    return _case(record, action.case)


def complain(turn: Turn, complaint: Complaint) -> str:
    """Write down what a customer says and return its id.

    Said again with the same id it is the same complaint, and nothing is written a second time.
    """
    record = turn.present(complaint.subject)
    whose = record.customer or complaint.subject
    kind = complaint_kind(turn.machine_of(record).pack).name
    # Said again after it was closed, the same words are another complaint.
    closed = str(sum(case.kind == kind and case.closed_at is not None for case in record.cases))
    words = (complaint.subject, complaint.text, complaint.channel, complaint.reply_to, closed)
    said = complaint.id or turn.house.sealer.tag(whose, *words)
    if any(case.about == said for case in record.cases) or (complaint.id and _was_said(turn, record.subject, said)):
        return said
    data: dict[str, Any] = {"id": said, "channel": complaint.channel, "text": complaint.text}
    if complaint.at is not None:
        data["at"] = format_instant(complaint.at)
    topic = _COMPLAINT
    if complaint.reply_to:
        topic, data["reply_to"] = _REPLY, complaint.reply_to
    turn.write(complaint.subject, topic, data, mark=said)
    return said


def _was_said(turn: Turn, subject: str, said: str) -> bool:
    """Return whether a complaint or reply of this id has been written down."""
    past = turn.house.shelf.past(subject)
    return any(one.source == JOURNAL and one.type in CONTACTS and one.data.get("id") == said for one in past)


def case_about(turn: Turn, subject: str, said: str) -> Case:
    """Return the case that a complaint opened, else the open one that it belongs to, or belonged to."""
    record = turn.record(subject)
    kind = complaint_kind(turn.machine_of(record).pack).name
    mine = [case for case in record.cases if case.kind == kind]
    found = next((case for case in mine if case.about == said), None)
    found = found or next((case for case in reversed(mine) if case.closed_at is None), None)
    assert mine, "a complaint opens a case at once"
    return found or mine[-1]


def _case(record: Record, name: str) -> Case:
    """Return a case by its id.

    Raises:
        GateError: G803.
    """
    found = next((case for case in record.cases if case.id == name), None)
    if found is None:
        known = ", ".join(case.id for case in record.cases if case.id) or "none"
        raise refusal("G803", name, f"{record.subject} has no case {name!r}", f"one of {known}")
    return found
