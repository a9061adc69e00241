"""The JSON Schema of a scenario file: what editors complete and what the loader checks first."""

from __future__ import annotations

from typing import Any, Final

from troth.scenarios import schema_live
from troth.scenarios.schema_words import NAME_OR_NAMES, NAMES, TEXT, TIME, closed, map_of, time_or

_TRUTH: Final[dict[str, Any]] = {"enum": [True, False, "unknown"]}
OUTCOMES: Final = ("open", "kept", "late", "broken", "void", "unknown")
ALIGNMENTS: Final = ("aligned", "ahead", "stuck", "unverifiable", "behind", "untold")
STATUSES: Final = ("known", "stale", "missing", "disputed")


_STATE: Final[dict[str, Any]] = {
    "description": "The present state: a name, unknown, or an object with its candidates, its start or its history.",
    "anyOf": [
        {**TEXT, "title": "a state's name"},
        closed(
            {
                "is": TEXT,
                "unknown": NAMES,
                "since": TIME,
                "undated": {"type": "boolean"},
                "history": {**NAMES, "description": "Every state it has been in, the first first."},
            },
            minProperties=1,
        ),
    ],
}

_FACT: Final[dict[str, Any]] = {
    "description": "A value (the fact is known and has it), or an object with status, value and conflict.",
    "anyOf": [
        {"type": ["boolean", "number", "string"]},
        closed(
            {
                "status": {"enum": list(STATUSES)},
                "value": {},
                "conflict": {"type": "boolean"},
                "assumed": {"type": "boolean"},
                "by": TEXT,
            },
            minProperties=1,
        ),
    ],
}

_PROMISE: Final[dict[str, Any]] = {
    "description": "An outcome, `none` for a promise never made, or an object with more of it.",
    "anyOf": [
        {"type": "string", "enum": [*OUTCOMES, "none"], "title": "an outcome"},
        closed(
            {
                "outcome": {"enum": list(OUTCOMES)},
                "windows": {"type": "array", "items": {"enum": ["first", "renegotiated", "slip"]}},
                "due": time_or("undisclosed"),
                "kept_at": time_or("never"),
                "decided_at": time_or("never"),
            },
            minProperties=1,
        ),
    ],
}

_CASE: Final[dict[str, Any]] = closed(
    {
        "open": {**NAME_OR_NAMES, "description": "Opened and not closed."},
        "owned": {**NAME_OR_NAMES, "description": "Somebody has it."},
        "resolved": {**NAME_OR_NAMES, "description": "Resolved in its present life, closed or not."},
        "closed": {**NAME_OR_NAMES, "description": "Opened and closed."},
        "reopened": {**NAME_OR_NAMES, "description": "Open again after it had been resolved or closed."},
        "none": {**NAME_OR_NAMES, "description": "Never opened."},
        **schema_live.CASE,
    },
    minProperties=1,
)

EXPECT: Final[dict[str, Any]] = closed(
    {
        "state": _STATE,
        "fact": map_of(_FACT, "Fact name → what is expected of it."),
        "promise": map_of(_PROMISE, "Promise kind, or kind/key → outcome for the first window."),
        "renegotiated": map_of({"enum": list(OUTCOMES)}, "Promise kind, or kind/key → outcome as renegotiated."),
        "alignment": {"enum": list(ALIGNMENTS), "description": "Message, state and action: do they line up?"},
        "statement": map_of(_TRUTH, "Statement → whether it is true now."),
        "action": map_of({"enum": ["available", "not available", "unknown"]}, "Action → whether it can be done now."),
        "told": {**NAMES, "description": "Every message that counts as told, in the order of the telling."},
        "believed": {**NAMES, "description": "Every statement that the customer still believes."},
        "case": _CASE,
        "finding": {**NAMES, "description": "The codes of all findings so far; [] when there is none."},
        "attribute": map_of({}, "Attribute of the subject → its value now, null for none."),
        "wake_up": {
            **time_or("none"),
            "description": "The next moment at which something changes by itself, none for never.",
        },
        **schema_live.EXPECT,
    },
    minProperties=1,
)

_EVENT: Final[dict[str, Any]] = closed(
    {
        "source": {**TEXT, "description": "The system that reports."},
        "type": {**TEXT, "description": "What happened, as the pack names it."},
        "subject": {**TEXT, "description": "Whom it is about; the scenario's subject when omitted."},
        "data": {
            "type": "object",
            "description": "Payload; {after: 4h}, {at: 1d}, {day: 2d} are written out as times.",
        },
        "occurred": {**TIME, "description": "When it happened, if that is not this step: -2h makes it a late event."},
        "heard": {**TIME, "description": "When the firm hears of it, if that is not this step: +10m."},
        "sequence": {
            "type": "integer",
            "description": "The order that the source declares among events of one moment.",
        },
        "id": {
            **TEXT,
            "description": "Its identity, for corrections and repetitions; made from its place when omitted.",
        },
    },
    ("source", "type"),
)

_STEP: Final[dict[str, Any]] = closed(
    {
        "at": {**TIME, "description": "When the step is: 0m, 41m, 1d2h after the start."},
        "subject": {**TEXT, "description": "Whom the step is about; the scenario's subject when omitted."},
        "event": _EVENT,
        "silent": {**NAMES, "description": "Feeds that are not heard from this moment on, until named under heard."},
        "heard": {**NAMES, "description": "Feeds that are heard again from this moment on."},
        "expect": EXPECT,
        **schema_live.STEP,
    },
    ("at",),
)

SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "troth scenario",
    "description": "One story about one pack on a relative clock, with what is expected on the way.",
    **closed(
        {
            "scenario": {**TEXT, "description": "The story in one sentence: its name."},
            "pack": {**TEXT, "description": "The pack it tests."},
            "start": {
                **TIME,
                "description": "The moment 0 of its clock, RFC 3339 with offset, or wall-clock time in the zone.",
            },
            "zone": {**TEXT, "description": "IANA zone of its days and wall-clock times; UTC when omitted."},
            "subject": {**TEXT, "description": "Whom it is about; made from the pack's noun when omitted."},
            "heard": {
                **map_of(time_or("end", "never"), ""),
                "description": "Source, or `all` → the moment up to which its feed is heard: a time, `never`, or `end` "
                "for the moment of each expectation (so it is for every source that is not named).",
            },
            "timeline": {"type": "array", "minItems": 1, "items": _STEP},
        },
        ("scenario", "pack", "start", "timeline"),
    ),
}
"""JSON Schema (draft 2020-12) of a scenario file."""
