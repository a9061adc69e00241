"""The JSON Schema of a scenario file: what editors complete and what the loader checks first."""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_NAMES: Final[dict[str, Any]] = {"type": "array", "items": _TEXT}
_NAME_OR_NAMES: Final[dict[str, Any]] = {"anyOf": [_TEXT, _NAMES]}
_TIME: Final[dict[str, Any]] = {
    "type": "string",
    "minLength": 1,
    "description": "0m, 1d2h: on the scenario's clock. +10m, -2h: from this step. Or RFC 3339, or a wall-clock time.",
}
_TRUTH: Final[dict[str, Any]] = {"enum": [True, False, "unknown"]}
OUTCOMES: Final = ("open", "kept", "late", "broken", "void", "unknown")
ALIGNMENTS: Final = ("aligned", "ahead", "stuck", "unverifiable", "behind", "untold")
STATUSES: Final = ("known", "stale", "missing", "disputed")


def _map_of(values: dict[str, Any], description: str) -> dict[str, Any]:
    """Return the schema of a non-empty object with free names and values of one form."""
    return {"type": "object", "minProperties": 1, "additionalProperties": values, "description": description}


def _closed(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
        **more,
    }


def _time_or(*words: str) -> dict[str, Any]:
    """Return the schema of a time that some words may stand for."""
    return {**_TIME, "$comment": f"a time, or one of: {', '.join(words)}"}


_STATE: Final[dict[str, Any]] = {
    "description": "The present state: a name, unknown, or an object with its candidates, its start or its history.",
    "anyOf": [
        {**_TEXT, "title": "a state's name"},
        _closed(
            {
                "is": _TEXT,
                "unknown": _NAMES,
                "since": _TIME,
                "undated": {"type": "boolean"},
                "history": {**_NAMES, "description": "Every state it has been in, the first first."},
            },
            minProperties=1,
        ),
    ],
}

_FACT: Final[dict[str, Any]] = {
    "description": "A value (the fact is known and has it), or an object with status, value and conflict.",
    "anyOf": [
        {"type": ["boolean", "number", "string"]},
        _closed(
            {
                "status": {"enum": list(STATUSES)},
                "value": {},
                "conflict": {"type": "boolean"},
                "assumed": {"type": "boolean"},
                "by": _TEXT,
            },
            minProperties=1,
        ),
    ],
}

_PROMISE: Final[dict[str, Any]] = {
    "description": "An outcome, `none` for a promise never made, or an object with more of it.",
    "anyOf": [
        {"type": "string", "enum": [*OUTCOMES, "none"], "title": "an outcome"},
        _closed(
            {
                "outcome": {"enum": list(OUTCOMES)},
                "windows": {"type": "array", "items": {"enum": ["first", "renegotiated", "slip"]}},
                "due": _time_or("undisclosed"),
                "kept_at": _time_or("never"),
                "decided_at": _time_or("never"),
            },
            minProperties=1,
        ),
    ],
}

_CASE: Final[dict[str, Any]] = _closed(
    {
        "open": {**_NAME_OR_NAMES, "description": "Opened and not closed."},
        "owned": {**_NAME_OR_NAMES, "description": "Somebody has it."},
        "resolved": {**_NAME_OR_NAMES, "description": "Resolved in its present life, closed or not."},
        "closed": {**_NAME_OR_NAMES, "description": "Opened and closed."},
        "reopened": {**_NAME_OR_NAMES, "description": "Open again after it had been resolved or closed."},
        "none": {**_NAME_OR_NAMES, "description": "Never opened."},
    },
    minProperties=1,
)

EXPECT: Final[dict[str, Any]] = _closed(
    {
        "state": _STATE,
        "fact": _map_of(_FACT, "Fact name → what is expected of it."),
        "promise": _map_of(_PROMISE, "Promise kind, or kind/key → outcome for the first window."),
        "renegotiated": _map_of({"enum": list(OUTCOMES)}, "Promise kind, or kind/key → outcome as renegotiated."),
        "alignment": {"enum": list(ALIGNMENTS), "description": "Message, state and action: do they line up?"},
        "statement": _map_of(_TRUTH, "Statement → whether it is true now."),
        "action": _map_of({"enum": ["available", "not available", "unknown"]}, "Action → whether it can be done now."),
        "told": {**_NAMES, "description": "Every message that counts as told, in the order of the telling."},
        "believed": {**_NAMES, "description": "Every statement that the customer still believes."},
        "case": _CASE,
        "finding": {**_NAMES, "description": "The codes of all findings so far; [] when there is none."},
        "attribute": _map_of({}, "Attribute of the subject → its value now, null for none."),
        "wake_up": {
            **_time_or("none"),
            "description": "The next moment at which something changes by itself, none for never.",
        },
        # Known, so that the error can say when they come; refused by the loader.
        "decision": {},
        "because": {},
    },
    minProperties=1,
)

_EVENT: Final[dict[str, Any]] = _closed(
    {
        "source": {**_TEXT, "description": "The system that reports."},
        "type": {**_TEXT, "description": "What happened, as the pack names it."},
        "subject": {**_TEXT, "description": "Whom it is about; the scenario's subject when omitted."},
        "data": {
            "type": "object",
            "description": "Payload; {after: 4h}, {at: 1d}, {day: 2d} are written out as times.",
        },
        "occurred": {**_TIME, "description": "When it happened, if that is not this step: -2h makes it a late event."},
        "heard": {**_TIME, "description": "When the firm hears of it, if that is not this step: +10m."},
        "sequence": {
            "type": "integer",
            "description": "The order that the source declares among events of one moment.",
        },
        "id": {
            **_TEXT,
            "description": "Its identity, for corrections and repetitions; made from its place when omitted.",
        },
    },
    ("source", "type"),
)

_STEP: Final[dict[str, Any]] = _closed(
    {
        "at": {**_TIME, "description": "When the step is: 0m, 41m, 1d2h after the start."},
        "subject": {**_TEXT, "description": "Whom the step is about; the scenario's subject when omitted."},
        "event": _EVENT,
        "silent": {**_NAMES, "description": "Feeds that are not heard from this moment on, until named under heard."},
        "heard": {**_NAMES, "description": "Feeds that are heard again from this moment on."},
        "expect": EXPECT,
        "ask": {},
    },
    ("at",),
)

SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "troth scenario",
    "description": "One story about one pack on a relative clock, with what is expected on the way.",
    **_closed(
        {
            "scenario": {**_TEXT, "description": "The story in one sentence: its name."},
            "pack": {**_TEXT, "description": "The pack it tests."},
            "start": {
                **_TIME,
                "description": "The moment 0 of its clock, RFC 3339 with offset, or wall-clock time in the zone.",
            },
            "zone": {**_TEXT, "description": "IANA zone of its days and wall-clock times; UTC when omitted."},
            "subject": {**_TEXT, "description": "Whom it is about; made from the pack's noun when omitted."},
            "heard": {
                **_map_of(_time_or("end", "never"), ""),
                "description": "Source, or `all` → the moment up to which its feed is heard: a time, `never`, or `end` "
                "for the moment of each expectation (so it is for every source that is not named).",
            },
            "timeline": {"type": "array", "minItems": 1, "items": _STEP},
        },
        ("scenario", "pack", "start", "timeline"),
    ),
}
"""JSON Schema (draft 2020-12) of a scenario file."""
