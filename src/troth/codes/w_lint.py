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

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
