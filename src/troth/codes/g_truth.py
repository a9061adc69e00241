"""Reasons of the gate: truth, action, substance and promise. Is it so, can it be done, does it say anything?"""

from __future__ import annotations

from troth.codes._page import Page

PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "G301",
            "A statement is false",
            "What the message would say is known not to be so. The pack's truthful message for this state goes "
            "instead; where it names none, nothing goes.",
            "ask ready → REPLACE G301 statement_false: ready_for_pickup, sends not_found_note",
            "Nothing to do: the replacement is true. Name one in the pack's `replace` if there is none.",
        ),
        Page(
            "G302",
            "A fact that the statement needs is missing",
            "No source that knows has said it, and the one whose silence would tell is not heard. Missing is "
            "not false: the message is held until somebody says, at most for the message's `hold_for`.",
            "ask ready → HOLD G302 fact_missing: complete",
            "Look at the feed of the fact's first source: is it heard? `troth show SUBJECT` names it.",
        ),
        Page(
            "G303",
            "A fact that the statement needs is stale",
            "The last word on it is older than the fact's `fresh_for`.",
            "ask in_stock → HOLD G303 fact_stale: available",
            "Have the source say it again, or make `fresh_for` what it really is.",
        ),
        Page(
            "G304",
            "Sources differ about a fact that the statement needs",
            "Sources of equal authority have differed for longer than the fact's `settle`.",
            "ask ready → HOLD G304 fact_disputed: lost",
            "Find out which is right, and have the other corrected.",
        ),
        Page(
            "G305",
            "Whether the promise stands is not known",
            "The statement repeats a promise whose outcome is unknown, or that nobody has made.",
            "ask confirmation → HOLD G305 outcome_unknown: ready_by",
            "Send the event that makes the promise before its confirmation is asked for.",
        ),
        Page(
            "G401",
            "What the message invites cannot be done now",
            "The statement is true, and the customer could not act on it: an invitation to a closed store. It "
            "waits until they can.",
            "ask ready → HOLD G401 action_not_available: collect",
            "Nothing to do: the message is decided again when the action becomes available.",
        ),
        Page(
            "G402",
            "Nobody knows whether it can be done",
            "A fact that the action's `available_when` reads is not known.",
            "ask ready → HOLD G402 action_unknown: collect",
            "Let the source of that fact be heard.",
        ),
        Page(
            "G501",
            "The customer knows it already",
            "All that the message states is what the customer was told and still believes, over whatever channel.",
            "ask ready → SUPPRESS G501 nothing_new: ready",
            "Do not send it. A message that is meant to repeat is marked `reminder` in the pack.",
        ),
        Page(
            "G503",
            "The same message is on its way",
            "It was handed over under another id within the last day, and no receipt has come yet.",
            "ask ready as m2 → SUPPRESS G503 on_its_way: ready: it was handed over as m1",
            "Wait for the receipt, or report that it failed.",
        ),
        Page(
            "G504",
            "The subject is not affected",
            "The message is a notice to many, and the pack's `affects` says that it does not concern this one.",
            "ask update → SUPPRESS G504 not_affected",
            "Do not send it.",
        ),
        Page(
            "G505",
            "Nobody knows whether the subject is affected",
            "A fact that `affects` reads is not known.",
            "ask update → HOLD G505 affected_unknown",
            "Let the source of that fact be heard.",
        ),
        Page(
            "G506",
            "A vague notice",
            "The message has to say more than it does: the pack's `must_say` names what (the cause, the next "
            "step, the moment of the next word). A notice with no information in it costs trust and saves "
            "nothing.",
            "ask new_time with data {} → SUPPRESS G506 vague: cause",
            "Put the named members into the request's `data`.",
        ),
        Page(
            "G601",
            "The message states no moment that can be read",
            "The message repeats or makes a promise, and its data carry no date in the form that the pack's "
            "`due` reads.",
            "ask confirmation with data {} → SUPPRESS G601 no_date: ready_by",
            "Put the moment into the request's `data`, RFC 3339 with an offset.",
        ),
        Page(
            "G602",
            "The message states another moment than was promised",
            "The date in the message is not the one that stands. A customer who reads two dates believes neither.",
            "ask confirmation with ready_by 15:00, promised 14:00 → SUPPRESS G602 other_date",
            "Take the moment from the promise (`GET /v1/subjects/…/promises`), or renegotiate it first.",
        ),
        Page(
            "G603",
            "The promise will hardly be kept",
            "The pack's `at_risk_when` is true: its latest start has passed, say. It is not stated again.",
            "ask confirmation → HOLD G603 at_risk: ready_by",
            "Give a new date before the old one has passed, and tell the customer.",
        ),
        Page(
            "G604",
            "Nobody knows whether the promise can be kept",
            "A fact that `at_risk_when` reads is not known.",
            "ask confirmation → HOLD G604 risk_unknown: ready_by",
            "Let the source of that fact be heard.",
        ),
        Page(
            "G605",
            "The message promises the past",
            "The moment that it would promise has passed.",
            "ask confirmation with ready_by yesterday → SUPPRESS G605 past_date",
            "Correct the moment.",
        ),
    )
}
