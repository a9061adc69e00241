"""The shapes of what is derived and said: states, actions, statements, objectives."""

from __future__ import annotations

from typing import Final

from troth.lang.schema.build import TITLE, choice, duration, flag, many, name, number, record, rule, text
from troth.model.objective import AIMED_AT, LEGS

STATE: Final = record(
    "State",
    "The state of a subject is the first whose condition is true while all before it are false.",
    {
        "when": rule("When", "Its condition."),
        "title": text("Title", "In words, for customers."),
        "usable": flag("Usable", "The customer has what they came for, or can have it now."),
        "terminal": flag("Terminal", "Nothing is to come after it."),
        "lasts": duration("Lasts", "How long it must hold to count as usable or terminal."),
        "tell": many(
            "Tell", "Statements of which the customer should believe at least one.", name("Statement", "A statement.")
        ),
        "tell_within": duration("Tell within", "How long after entering it the customer should have been told."),
        "undated": rule("Undated", "True when the moment of entering is not known."),
    },
    required=["when"],
)

ACTION: Final = record(
    "Action",
    "Something that the customer or the staff can do.",
    {
        "by": text("By", "Who does it, such as customer or associate."),
        "available_when": rule("Available when", "It can be done now; left out: always."),
        "title": TITLE,
    },
    required=["by"],
)

STATEMENT: Final = record(
    "Statement",
    "A proposition that a message puts into the customer's mind. It has either true_when or promise.",
    {
        "about": text("About", "Its topic: a later statement on the topic replaces it."),
        "title": text("Title", "The statement as a sentence, for customers."),
        "true_when": rule("True when", "Its condition."),
        "promise": name("Promise", "The promise it states: true while that is open or kept."),
        "fails_when": rule("Fails when", "Known to be impossible."),
        "valid_for": duration("Valid for", "How long the customer may be taken to believe it."),
        "invites": many("Invites", "Actions that it invites.", name("Action", "An action.")),
    },
    required=["about"],
)

OBJECTIVE: Final = record(
    "Objective",
    "The share of promises, time, waits or cases that is aimed at. What is left of 1 is the error budget.",
    {
        "title": TITLE,
        "measure": choice("Measure", "What is measured; left out: promise_reliability.", tuple(AIMED_AT)),
        "kind": name("Kind", "The kind of promise or case; left out: the objective's own name."),
        "target": number("Target", "A share between 0 and 1.", exclusiveMinimum=0, maximum=1),
        "within": duration("Within", "For times: the target is the share that is there within this time."),
        "leg": choice("Leg", "For cases: the leg that the time is of; left out: open_closed.", LEGS),
        "over": duration("Over", "The period that it is counted over."),
        "by": many("By", "Segments in each of which it should hold, too.", name("Segment", "A declared segment.")),
        "burn": number(
            "Burn",
            "Alert when the budget is used so many times as fast as would last the period, over both a 28th and six "
            "28ths of it. Left out: 2.",
            exclusiveMinimum=1,
            maximum=1000,
        ),
    },
    required=["target", "over"],
)

LINT: Final = record(
    "Lint",
    "Warnings that the pack justifies.",
    {
        "allow": {
            "type": "object",
            "additionalProperties": text("Reason", "Why the warning does not apply."),
            "propertyNames": {
                "pattern": r"^W[0-9]{3}(:[A-Za-z0-9_.:/*-]+)?$",
                "$comment": "a code of a warning such as W101, or W101:name for one thing",
            },
            "title": "Allow",
            "description": "Code (or code:name of the thing) → the reason why the warning does not apply.",
        }
    },
)
