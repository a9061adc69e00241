"""Pages of the codes W: warnings about packs that compile but probably do not mean what they say."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_ALLOW: Final = "or say under `lint: {allow: {CODE:name: reason}}` why it does not apply"

_PAGES: Final = (
    Page(
        "W101",
        "A state that can never be reached.",
        "The state of a subject is the first whose condition is true while all before it are false. Whenever this "
        "condition is true, "
        "one before it is true too.",
        "states:\n  paid: {when: paid}\n  paid_early: {when: paid && !handed_over}",
        "Move the narrower state up, or correct its condition.",
    ),
    Page(
        "W102",
        "A state after which none can be.",
        "At this state one of the conditions so far is always true, so that the states after it can never be reached.",
        "states:\n  open: {when: paid || !paid}\n  before: {when: '!placed'}",
        "Move it to the end, or correct its condition.",
    ),
    Page(
        "W103",
        "A statement that can never be true.",
        "No case of the facts makes it true, so the gate would hold or replace every message that carries it.",
        "statements:\n  ready: {about: pickup, true_when: picked && !picked}",
        "Correct its condition.",
    ),
    Page(
        "W104",
        "A fact without a source.",
        "No event observes it from a source of its authority, so it stays unknown (or at its `otherwise`) for ever.",
        "facts:\n  paid: {type: bool, authority: [[payment]]}   # and no event observes paid",
        "Let an event observe it from one of its sources, or remove it.",
    ),
    Page(
        "W105",
        "A fact that nothing reads.",
        "No condition and no chronology depends on it: perhaps a condition was forgotten.",
        "facts:\n  weight: {type: double, authority: [[shop]]}",
        f"Use it, remove it, {_ALLOW}.",
    ),
    Page(
        "W106",
        "A promise that nothing can keep.",
        "With what events can report of its facts, kept_when is never true: every such promise would be broken.",
        "promises:\n  day: {kept_when: delivered, ...}   # and no event observes delivered as true",
        "Correct kept_when, or let an event observe what it reads.",
    ),
    Page(
        "W107",
        "A promise that nothing makes.",
        "The events that make it can do nothing, and the messages that make it do not state it.",
        "promises:\n  day: {made_by: {message: confirmation}, ...}   # and the confirmation does not state it",
        "Correct made_by or made_when, or let the message carry a statement of the promise.",
    ),
    Page(
        "W108",
        "A message without a truthful replacement.",
        "When the message is not true in a state, there is nothing true to send instead, and the customer hears "
        "nothing. A message of "
        "purpose `checking` needs none.",
        "messages:\n  ready: {purpose: inform, statements: [ready], told_at: {email: sent}}",
        'Add `replace: {"*": looking_into_it}`, or a message per state whose statements can be true there.',
    ),
    Page(
        "W109",
        "A usable or terminal state of which nobody has to tell in time.",
        "Without tell and tell_within a customer who is never told counts as aligned.",
        "states:\n  ready: {when: ready, usable: true}",
        f"Add tell and tell_within, {_ALLOW}.",
    ),
    Page(
        "W110",
        "A state without an entry in transitions.",
        "Where transitions are declared, a state without an entry may be followed by any: impossible jumps from it "
        "go unnoticed.",
        "transitions:\n  placed: [paid]   # and none for paid",
        "Add the entry; an empty list when nothing may follow.",
    ),
    Page(
        "W111",
        "An event type that does nothing.",
        "It observes, retracts, corrects and promises nothing, is no receipt and not the request.",
        "events:\n  order.touched: {}",
        "Let it do something, or remove it: events of undeclared types are kept all the same.",
    ),
    Page(
        "W112",
        "A topic of which a belief can never be put right.",
        "Only one statement is about the topic, and it never expires: once told, the customer believes it for ever, "
        "also when it has "
        "become false.",
        "statements:\n  ready: {about: pickup, true_when: ready}",
        "Add the statement that follows it on the topic, or give it valid_for.",
    ),
    Page(
        "W113",
        "A statement that no message carries.",
        "It can never be told.",
        "statements:\n  on_its_way: {about: arrival, true_when: handed_over}",
        "Add it to a message, or remove it.",
    ),
    Page(
        "W114",
        "A justification that no warning needs.",
        "Justifications should not outlive their reason: the next warning of the kind would go unseen.",
        "lint:\n  allow:\n    W105:weight: shown to people   # and weight is read by now",
        "Remove it.",
    ),
)

_GATE: Final = (
    Page(
        "W115",
        "A survey or an offer that is never pointless.",
        "It interrupts the customer. Without relevant_when the gate lets it out in every state: an offer for what is "
        "done, a survey before anything was delivered.",
        "messages:\n  survey: {purpose: survey, fail: closed, statements: [was_delivered], ...}",
        f"Add relevant_when, {_ALLOW}.",
    ),
    Page(
        "W116",
        "A message that may be held without end.",
        "Where a fact is missing the gate holds it. Without hold_for nothing ever ends that, and nothing true is sent "
        "in its place: the customer hears nothing.",
        "messages:\n  ready: {purpose: inform, fail: closed, statements: [ready], told_at: {email: sent}}",
        "Add hold_for with meanwhile, or replace.",
    ),
    Page(
        "W117",
        "What is sent meanwhile is not known either.",
        "When a message has been held too long, what takes its place should only say that somebody is finding out, "
        "or that you are sorry.",
        "messages:\n  ready: {hold_for: 1h, meanwhile: survey, ...}",
        "Name a message of purpose checking or apology.",
    ),
    Page(
        "W118",
        "What is sent meanwhile never is.",
        "Without hold_for the message is held without end, and its meanwhile is never reached.",
        "messages:\n  ready: {meanwhile: looking_into_it, ...}   # and no hold_for",
        "Add hold_for, or remove meanwhile.",
    ),
    Page(
        "W119",
        "A message that promises without saying by when.",
        "The gate holds the moment that a message states against the promise. Without due it cannot, and a wrong date "
        "passes.",
        "messages:\n  confirmation: {purpose: promise, fail: closed, statements: [arrives_by], ...}",
        "Add due, such as timestamp(data.due).",
    ),
    Page(
        "W120",
        "A limit that is never reached.",
        "Another limit is stricter in every case, or no message of the pack counts for it: it only looks like a "
        "protection.",
        "contact: {at_most: [{count: 1, per: 7d}, {count: 2, per: 1d}]}",
        "Remove it, or correct its count, period or purposes.",
    ),
    Page(
        "W121",
        "A notice that may say nothing.",
        "A notice to many that gives neither cause nor next step nor the time of the next word only worries people.",
        "messages:\n  delayed: {purpose: inform, affects: delay > 15, ...}   # and no must_say",
        f"Add must_say, {_ALLOW}.",
    ),
    Page(
        "W122",
        "Limits on contact without a customer.",
        "Quiet hours and limits are a customer's. A pack that does not say where an event names the customer leaves "
        "that to each sender.",
        "contact: {at_most: [{count: 2, per: 1d}]}   # and no customer",
        f"Add customer, such as data.customer, {_ALLOW}.",
    ),
    Page(
        "W123",
        "An objective that nothing can meet.",
        "Nothing that can happen in this pack is ever counted as a success for it: the promise is never made or can "
        "never be kept, no state is usable, no message states anything, or the leg of the case cannot be told.",
        "objectives:\n  soon: {measure: time_to_usable_outcome, target: 0.9, within: 7d, over: 28d}   # none usable",
        f"Mend what it measures, or remove it, {_ALLOW}.",
    ),
    Page(
        "W124",
        "An objective without an error budget.",
        "At a target of 1 a single failure misses it for the whole period, and nothing tells how fast it gets worse. "
        "Nobody keeps every promise: say how many failures are acceptable.",
        "objectives:\n  delivery_day: {target: 1, over: 28d}",
        f"Set a target under 1, {_ALLOW}.",
    ),
    Page(
        "W125",
        "A language that lacks texts.",
        "A status page in two languages at once is read in neither. All that customers may read is translated, or the "
        "language is not offered.",
        "page:\n  texts:\n    de: {Ready: Bereit}   # and nothing else",
        f"Translate the texts that are listed, {_ALLOW}.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in (*_PAGES, *_GATE)}
