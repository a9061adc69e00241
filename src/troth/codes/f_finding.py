"""Findings: things the data say that a reader should know. A finding refuses nothing."""

from __future__ import annotations

from troth.codes._page import Page

PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "F101",
            "An impossible transition",
            "The subject went from one state to another that the pack's `transitions` do not allow. Reality is not "
            "refused: "
            "the new state stands, and the jump is on record. Many of them from one source mean that its events are "
            "late, "
            "lost, or that the pack does not know how the work is really done.",
            "2016-03-01T09:00:00Z F101 from closed to open: the pack does not allow it",
            "Look at the subject's timeline. If the jump is legitimate, add it to `transitions`; if not, ask the "
            "source.",
        ),
        Page(
            "F102",
            "Dates in an impossible order",
            "A fact became true before one that, by the pack's `chronology`, comes first: a parcel delivered before "
            "it was "
            "handed over, a request closed before it was opened. Both dates are kept as the sources gave them.",
            "2017-05-02T10:11:00Z F102 paid came after handed_over",
            "Find out which of the two systems has the wrong clock, zone or column. Durations between the two are "
            "not to be "
            "trusted; measures leave negative ones out and count them.",
        ),
        Page(
            "F103",
            "A new date after the due moment",
            "A promise was given a new date when its first one had already passed. That is a slip, not a "
            "renegotiation: "
            "the first window counts.",
            "2026-03-02T14:00:00Z F103 pickup_by was given a new date after its due moment",
            "Tell the customer before the due moment: only then does a new date renegotiate.",
        ),
        Page(
            "F104",
            "A message that the pack does not declare",
            "An event reports on a message whose name the pack does not know. What it said is therefore unknown to "
            "troth, "
            "and the customer's belief is left as it was.",
            "mailer/77 speaks of a message that the pack does not declare: spring_sale",
            "Declare the message with the statements that it makes, or correct the name in the event or its mapping.",
        ),
        Page(
            "F106",
            "A promise without a due moment",
            "The event should have made a promise, but gives no due moment that can be read: the member is missing, "
            "null, "
            "no day or no timestamp. There is no promise then, and no measure counts it.",
            "target was not promised: desk/17 has no due moment that can be read",
            "Where some subjects are promised nothing, say so: `made_when: known(data.target)`. Otherwise look at the "
            "member that `due` names, in the event and in its mapping.",
        ),
        Page(
            "F105",
            "Attributes that are no object",
            "The reserved member `attributes` of an event's data has to be an object of names and values.",
            '{"attributes": ["carrier", "AA"]}',
            'Send an object: {"attributes": {"carrier": "AA"}}.',
        ),
        Page(
            "F107",
            "Something done to a case that is not known",
            "A journal event names a case, or a kind of case, that the subject does not have. It was written under "
            "another version of the pack, or the case's own opening is missing from the ledger. Nothing is done.",
            "troth.case.closed 91c2 is about a case that is not known: 4f0d",
            "Look at the subject's cases. If the pack no longer declares the kind, bring it back: what people did to "
            "those cases is read again on the next fold.",
        ),
        Page(
            "F108",
            "A journal event that cannot be read",
            "An event of the source `troth` lacks a member that its type has to carry, or carries one of another type. "
            "It was written by another version. It is kept, and does nothing.",
            "troth.case.opened 91c2 cannot be read: KeyError('kind')",
            "Nothing is lost. If you have gone back to an older version, go forward again; else report it.",
        ),
    )
}
