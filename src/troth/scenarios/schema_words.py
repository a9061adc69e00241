"""Words that the schema of scenarios is written with."""

from __future__ import annotations

from typing import Any, Final

TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
NAMES: Final[dict[str, Any]] = {"type": "array", "items": TEXT}
NAME_OR_NAMES: Final[dict[str, Any]] = {"anyOf": [TEXT, NAMES]}
TIME: Final[dict[str, Any]] = {
    "type": "string",
    "minLength": 1,
    "description": "0m, 1d2h: on the scenario's clock. +10m, -2h: from this step. Or RFC 3339, or a wall-clock time.",
}


def map_of(values: dict[str, Any], description: str) -> dict[str, Any]:
    """Return the schema of a non-empty object with free names and values of one form."""
    return {"type": "object", "minProperties": 1, "additionalProperties": values, "description": description}


def closed(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
        **more,
    }


def time_or(*words: str) -> dict[str, Any]:
    """Return the schema of a time that some words may stand for."""
    return {**TIME, "$comment": f"a time, or one of: {', '.join(words)}"}
