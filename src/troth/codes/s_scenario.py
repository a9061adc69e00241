"""Codes of scenarios: S1xx a scenario file that is not right, S2xx an expectation that does not hold."""

from __future__ import annotations

from troth.codes._page import Page

PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "S101",
            "A scenario file that cannot be read",
            "The file does not exist, must not be read, or is not UTF-8 text. Nothing of it was run, and the run "
            "counts it as failed: a test that cannot be read tests nothing.",
            "troth test delivery scenarios/missing.yaml",
            "Check the name, the permissions and the encoding.",
        ),
        Page(
            "S102",
            "A time that cannot be read",
            "A time without a sign (`0m`, `1d2h`) counts from the scenario's start; one with a sign (`+10m`, `-2h`) "
            "counts from the step it stands in; anything else has to be RFC 3339, or a wall-clock time in the "
            "scenario's zone.",
            "timeline:\n  - {at: 2 days, expect: {state: placed}}",
            "Write `2d`. Units are ms, s, m, h, d, w.",
        ),
        Page(
            "S103",
            "A step before the one above it",
            "A timeline is read from top to bottom, so its moments must not go back. An event that is heard late "
            "stands where it is heard, and says with `occurred` when it had happened.",
            "- {at: 2d, expect: {state: placed}}\n- {at: 1d, event: {source: carrier, type: carrier.collected}}",
            "Move the step up, or make it a late event: `{at: 2d, event: {…, occurred: 1d}}`.",
        ),
        Page(
            "S104",
            "A name that the pack does not declare",
            "A misspelt state or promise would otherwise be an expectation that can never hold, and a misspelt event "
            "type an event that does nothing.",
            "expect: {state: deliverd}",
            "Use a name of the pack; the message lists them and names the nearest.",
        ),
        Page(
            "S105",
            "An answer to a question that nobody asks",
            "`decision`, `because`, `sends` and `until` speak of the answer that the gate gives to the question of the "
            "same step. In a step without a question they would hold of nothing.",
            "`decision` in a step that asks nothing; expected `ask:` in the same step",
            "Move the expectation to the step that asks, or add `ask:`.",
        ),
        Page(
            "S107",
            "A timeline without any expectation",
            "A scenario that expects nothing always passes.",
            "timeline:\n  - {at: 0m, event: {source: shop, type: order.placed}}",
            "Add `expect:` to the step at which something should be so.",
        ),
        Page(
            "S108",
            "A scenario of another pack",
            "A scenario names its pack, so that it cannot be run against another one by mistake.",
            "pack: delivery   # in the scenarios of travel_disruption",
            "Move the file, or correct the name.",
        ),
        Page(
            "S109",
            "An event heard before its step",
            "A step stands at the moment at which its event is heard; `heard` may only delay that.",
            "- {at: 2h, event: {source: carrier, type: carrier.delivered, heard: -1h}}",
            "Move the step to the moment of hearing, and say with `occurred` when it had happened.",
        ),
        Page(
            "S110",
            "A step in which nothing happens",
            "A step is a moment with an event, an expectation, or a feed that falls silent or is heard again.",
            "- {at: 2h}",
            "Give it an event or an expectation, or remove it.",
        ),
        Page(
            "S111",
            "A story that is too long for the page",
            "The pack explorer shows stories step by step, and keeps a story that is composed there in its address. "
            "Both have limits, which the message names.",
            "a story of 260 steps; expected at most 200 steps",
            "Tell it in parts; or write it as a scenario file, and run `troth test`.",
        ),
        Page(
            "S112",
            "Something that a composed story cannot say",
            "On the page a story is composed of events, and each member of an event has the kind that the pack reads "
            "it as: a time, a duration, a number, yes or no, or a text. What the gate is asked, and what people do to "
            "cases, is told in scenario files.",
            "data.promised_by: `this evening`; expected a time such as 4h (after the step) or 2026-03-02T09:00:00Z",
            "Write the value as the message says.",
        ),
        Page(
            "S201",
            "Another state than expected",
            "The state is the first one, in the pack's order, whose condition is true while all before it are false. "
            "If an earlier one is unknown, the state is unknown. The explanation lists the conditions that stood in "
            "the way.",
            "state unknown (delivered, on_its_way possible), at 3d; expected state on_its_way",
            "Read the explanation: mostly a source that is not heard, or an event that observes another fact.",
        ),
        Page(
            "S202",
            "Another fact than expected",
            "A fact is known, stale, missing or disputed. Only a known one has a value that rules read.",
            "delivered is missing, at 3d; expected status known, value false",
            "Look at the fact's authority, its `fresh_for` and `otherwise`, and at which sources are heard.",
        ),
        Page(
            "S203",
            "Another promise than expected",
            "A promise is open, kept, late, broken, void or unknown. `promise` speaks of the first window, "
            "`renegotiated` of the last window that counts.",
            "delivery_day: broken; first due 4d; never kept; expected outcome void",
            "Look at the due moment (a day ends at the next local midnight of its zone), at the grace, and at what "
            "keeps it.",
        ),
        Page(
            "S204",
            "Another alignment than expected",
            "Alignment compares what the customer believes with what is so and what can be done. The explanation "
            "lists each believed statement and whether it is true.",
            "ahead because of was_delivered, at 5d; expected aligned",
            "Look at the receipts that make a message told, and at the truth of its statements.",
        ),
        Page(
            "S205",
            "Another truth of a statement than expected",
            "A statement is true, false or unknown. A promising one is true while its promise is open or kept.",
            "was_delivered is unknown, at 2d; expected was_delivered false",
            "Read the explanation: it names the facts that decided, or that are not known.",
        ),
        Page(
            "S206",
            "An action is not as available as expected",
            "An action is available, not available or unknown, as its `available_when` is true, false or unknown.",
            "cancel is not available, at 2d; expected cancel available",
            "Read the explanation: it names the facts that decided, or that are not known.",
        ),
        Page(
            "S207",
            "Other messages told or statements believed than expected",
            "A message counts as told at the receipt that its channel declares under `told_at` (sent, delivered or "
            "read). A later statement on the same topic replaces what was believed.",
            "told [confirmation], at 5d; expected told [confirmation, survey]",
            "Look at the receipts of the message and at `told_at` of its channel.",
        ),
        Page(
            "S208",
            "Another case than expected",
            "A case is open until it is closed, and reopened when it was resolved or closed and is wrong again.",
            "no case late_delivery, at 5d; expected late_delivery open",
            "Look at what opens the case: a condition, or the lapse of a promise.",
        ),
        Page(
            "S209",
            "Other findings than expected",
            "`finding` lists the codes of all findings so far; an empty list means that there is none.",
            "findings [F101], at 5d; expected findings []",
            "Name the findings that are meant, or put the pack's transitions and chronology right.",
        ),
        Page(
            "S210",
            "Another wake-up than expected",
            "A record says when time alone will change it next; the runtime looks at it again at that moment.",
            "wake-up at 4d, at 2d; expected no wake-up",
            "Look at due moments, freshness, validity and `tell_within`.",
        ),
        Page(
            "S211",
            "Another attribute than expected",
            "An attribute counts from the moment from which it is known, never earlier.",
            "priority is null, at 1h; expected priority high",
            "Look at which event carries it, under `data.attributes`.",
        ),
        Page(
            "S212",
            "Another decision than expected",
            "The gate answers SEND, REPLACE, HOLD or SUPPRESS with all its reasons. The explanation lists every "
            "reason, and of a message that would go instead its own.",
            "HOLD, at 41m; expected SEND",
            "Read the reasons: they name the statement, fact or case, and until when they stand.",
        ),
        Page(
            "S213",
            "Another confirmation than expected",
            "A permit is confirmed once, just before hand-over. A step that only says `confirm` expects that the "
            "message may go.",
            "it may not be handed over, G703, at 50m; expected ok true",
            "Look at what has changed since the permit was given: `permit` says what it is worth.",
        ),
        Page(
            "S214",
            "Another permit than expected",
            "A permit is valid until it expires, is revoked because the answer would now be another, or is used.",
            "of ready: revoked, at 50m; expected valid",
            "Look at the facts on which the message rests, and at when the permit ends.",
        ),
        Page(
            "S215",
            "Other effects than expected",
            "`effects` lists everything that the world is told about the subject since the step before, also what "
            "happens by itself on the way.",
            "told: state.changed: ready, message.requested: looking_into_it, at 1h; expected state.changed: ready",
            "Name all effects that are meant; expect them at the step that causes them.",
        ),
        Page(
            "S216",
            "Other bypasses than expected",
            "A message that is put to the gate (`fail` in the pack), has left by its receipt, and has no confirmed "
            "permit, is a bypass.",
            "left without a permit: r1, at 1h; expected none",
            "Confirm before the receipt, or expect the bypass.",
        ),
        Page(
            "S217",
            "The service refuses a step",
            "An event goes to quarantine, or a command names what does not exist. The rest of the story goes on "
            "without it.",
            "refused: G803 order/1 has no case late_delivery, at 1h; expected a step that the service takes",
            "Look at what the service says: it names what it knows.",
        ),
        Page(
            "S220",
            "The order of arrival changed the record",
            "Every scenario is told in several orders of arrival, with repetitions, event by event and in bulk. All "
            "have to give one record. If they do not, a pack is not to blame: it is a fault of the engine.",
            "another record (promises) when the events arrive one by one: step 3 → step 1 → step 2",
            "Report it with the scenario.",
        ),
    )
}
"""Code → page."""
